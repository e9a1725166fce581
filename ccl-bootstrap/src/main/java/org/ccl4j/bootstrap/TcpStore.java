package org.ccl4j.bootstrap;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import org.ccl4j.api.CclException;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.Store;

/**
 * A store that a {@link TcpStoreServer} serves. It has one connection, which any number of threads
 * use at the same time; all connections of a process share one daemon thread.
 *
 * <p>Once the connection is lost the store is of no more use: what was under way and all later
 * calls fail with {@link ErrorCode#STORE_FAILED}, and nothing is sent again, because a server that
 * was started anew has lost its keys and an addition that was sent twice may count twice. Connect
 * again where that is right.
 *
 * <p>Calls other than {@link #await} are bounded by the request timeout and not ended by an
 * interrupt, so that it is always known whether they took effect.
 */
public final class TcpStore implements Store {
  /** What the server's answer to a wait may take longer than the wait itself. */
  private static final Duration GRACE = Duration.ofSeconds(2);

  private final TcpSession session;
  private final Options options;
  private final AtomicInteger ids = new AtomicInteger();
  private final AtomicBoolean closed = new AtomicBoolean();

  /**
   * How to connect.
   *
   * @param secret what the server knows too; empty for a server that anybody may use
   * @param tls whom to trust, where the server uses TLS
   * @param connectTimeout how long to try, over all attempts
   * @param requestTimeout how long the server may take for an answer
   */
  public record Options(
      Optional<StoreSecret> secret,
      Optional<SSLContext> tls,
      Duration connectTimeout,
      Duration requestTimeout) {

    /**
     * Checks the values.
     *
     * @throws org.ccl4j.api.CclUsageException {@link ErrorCode#NULL_ARGUMENT} when something is
     *     null, {@link ErrorCode#OUT_OF_RANGE} when a timeout is not positive
     */
    public Options {
      Arguments.nonNull("secret", secret);
      Arguments.nonNull("tls", tls);
      Arguments.requirePositive("connectTimeout", connectTimeout);
      Arguments.requirePositive("requestTimeout", requestTimeout);
    }

    /**
     * Connects to a server that knows the secret, and to no other.
     *
     * @param secret the secret
     * @return the options, with a minute for connecting and half a minute for each request
     */
    public static Options with(StoreSecret secret) {
      return of(Optional.of(Arguments.nonNull("secret", secret)));
    }

    /**
     * Connects to a server that anybody may use.
     *
     * @return the options, with a minute for connecting and half a minute for each request
     */
    public static Options insecure() {
      return of(Optional.empty());
    }

    private static Options of(Optional<StoreSecret> secret) {
      return new Options(secret, Optional.empty(), Duration.ofMinutes(1), Duration.ofSeconds(30));
    }

    /**
     * Uses TLS. The server's certificate must be for the host name that is connected to.
     *
     * @param context whom to trust
     * @return new options
     */
    public Options withTls(SSLContext context) {
      return new Options(
          secret,
          Optional.of(Arguments.nonNull("context", context)),
          connectTimeout,
          requestTimeout);
    }

    /**
     * Sets the time for connecting.
     *
     * @param timeout how long to try, over all attempts
     * @return new options
     */
    public Options withConnectTimeout(Duration timeout) {
      return new Options(secret, tls, timeout, requestTimeout);
    }

    /**
     * Sets the time for an answer.
     *
     * @param timeout how long the server may take
     * @return new options
     */
    public Options withRequestTimeout(Duration timeout) {
      return new Options(secret, tls, connectTimeout, timeout);
    }
  }

  private TcpStore(TcpSession session, Options options) {
    this.session = session;
    this.options = options;
  }

  /**
   * Connects. While nothing answers it tries again and again, with growing pauses of random length,
   * so that ranks may start before the server does.
   *
   * @param host a name or address
   * @param port 1 to 65535
   * @param options how
   * @return the store
   * @throws CclException {@link ErrorCode#STORE_UNREACHABLE}, {@link ErrorCode#STORE_HOST_UNKNOWN}
   *     or {@link ErrorCode#STORE_FULL} when the time is over; at once {@link
   *     ErrorCode#STORE_PROTOCOL}, {@link ErrorCode#STORE_SECRET_MISSING}, {@link
   *     ErrorCode#STORE_SECRET_WRONG}, {@link ErrorCode#STORE_TLS_FAILED}, {@link
   *     ErrorCode#OUT_OF_RANGE}, and {@link ErrorCode#INTERRUPTED} when the thread is interrupted
   */
  public static TcpStore connect(String host, int port, Options options) {
    Arguments.nonNull("host", host);
    Arguments.requireRange("port", port, 1, 65535);
    return connect(InetSocketAddress.createUnresolved(host, port), options);
  }

  /**
   * Connects, as {@link #connect(String, int, Options)} does.
   *
   * @param address such as {@link TcpStoreServer#address()}; a name that is not resolved yet is
   *     looked up at each attempt
   * @param options how
   * @return the store
   */
  public static TcpStore connect(InetSocketAddress address, Options options) {
    Arguments.nonNull("address", address);
    Arguments.nonNull("options", options);
    Loop loop = ClientLoop.acquire();
    boolean connected = false;
    try {
      TcpStore store = new TcpStore(new TcpConnector(loop, address, options).connect(), options);
      connected = true;
      return store;
    } finally {
      if (!connected) {
        ClientLoop.release();
      }
    }
  }

  @Override
  public void set(String key, byte[] value) {
    Arguments.requireKey(key);
    byte[] copy = Arguments.copyOf("value", value);
    call(new Request(Request.Op.SET, id(), key, 0, Optional.empty(), copy));
  }

  @Override
  public Optional<byte[]> get(String key) {
    Arguments.requireKey(key);
    Reply reply = call(Request.of(Request.Op.GET, id(), key));
    return reply.outcome() == Reply.Outcome.NONE ? Optional.empty() : Optional.of(reply.value());
  }

  @Override
  public long add(String key, long delta) {
    Arguments.requireKey(key);
    return call(Request.of(Request.Op.ADD, id(), key, delta)).number();
  }

  @Override
  public boolean compareAndSet(String key, Optional<byte[]> expected, byte[] value) {
    Arguments.requireKey(key);
    Optional<byte[]> old =
        Arguments.nonNull("expected", expected).map(v -> Arguments.copyOf("expected", v));
    byte[] copy = Arguments.copyOf("value", value);
    return call(new Request(Request.Op.COMPARE_AND_SET, id(), key, 0, old, copy)).number() != 0;
  }

  @Override
  public boolean delete(String key) {
    Arguments.requireKey(key);
    return call(Request.of(Request.Op.DELETE, id(), key)).number() != 0;
  }

  @Override
  public byte[] await(String key, Duration timeout) {
    Arguments.requireKey(key);
    long nanos = Arguments.nanos(Arguments.requirePositive("timeout", timeout));
    Request request = Request.of(Request.Op.AWAIT, id(), key, nanos);
    long patience = Math.min(nanos, Long.MAX_VALUE / 4) + GRACE.toNanos();
    CompletableFuture<Reply> answer = session.send(request);
    try {
      Reply reply = opened(answer.get(patience, TimeUnit.NANOSECONDS));
      if (reply.outcome() == Reply.Outcome.NONE) {
        throw Failures.late(key, timeout);
      }
      return reply.value();
    } catch (InterruptedException e) {
      session.cancel(request);
      throw Failures.interrupted("key '" + key + "'");
    } catch (TimeoutException e) {
      session.cancel(request);
      throw Failures.of(
          ErrorCode.STORE_FAILED,
          "the store at "
              + session
              + " gave no answer about key '"
              + key
              + "' within "
              + timeout
              + " and "
              + GRACE
              + " of grace. Look at the host and the process that serve it.",
          e);
    } catch (ExecutionException e) {
      throw session.failure();
    }
  }

  private int id() {
    return ids.incrementAndGet();
  }

  private Reply call(Request request) {
    CompletableFuture<Reply> answer = session.send(request);
    long end = System.nanoTime() + Arguments.nanos(options.requestTimeout());
    boolean interrupted = Thread.interrupted();
    try {
      while (true) {
        try {
          return opened(answer.get(end - System.nanoTime(), TimeUnit.NANOSECONDS));
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } catch (TimeoutException e) {
      session.forget(request);
      throw Failures.of(
          ErrorCode.STORE_FAILED,
          "the store at "
              + session
              + " gave no answer within "
              + options.requestTimeout()
              + "; whether the request took effect is not known. Look at the host and the process"
              + " that serve it.",
          e);
    } catch (ExecutionException e) {
      throw session.failure();
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static Reply opened(Reply reply) {
    if (reply.outcome() == Reply.Outcome.FAILED) {
      throw reply.exception();
    }
    return reply;
  }

  /** Ends the connection; what other threads wait for fails. Idempotent. */
  @Override
  public void close() {
    if (!closed.getAndSet(true)) {
      session.close(Failures.closed(this));
      ClientLoop.release();
    }
  }

  /** The address; never the secret. */
  @Override
  public String toString() {
    return "TcpStore[" + session + "]";
  }
}
