package org.ccl4j.bootstrap;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import javax.net.ssl.SSLContext;
import org.ccl4j.api.CclLibraryException;
import org.ccl4j.api.ErrorCode;

/**
 * Serves a store to {@link TcpStore}s over the network, from one daemon thread. Its content lives
 * in memory and goes with it.
 *
 * <p>Clients and server prove to each other that they know the {@link StoreSecret}, and each frame
 * is protected against change, repetition and omission. Without TLS the content can still be read
 * by whoever sees the traffic; see docs/adr/0008.
 */
public final class TcpStoreServer implements AutoCloseable {
  private static final int BACKLOG = 4096;
  private static final System.Logger LOG = System.getLogger(TcpStoreServer.class.getName());

  private final ServerSocketChannel listener;
  private final InetSocketAddress address;
  private final StoreService service;
  private final Loop loop;
  private boolean closed;

  /**
   * How to serve.
   *
   * @param bind the interface and port to listen on; port 0 takes a free one
   * @param secret what clients must know; empty when anybody may use the store
   * @param tls the server's certificate and key, where connections are to use TLS
   * @param limits what clients may do
   */
  public record Options(
      InetSocketAddress bind,
      Optional<StoreSecret> secret,
      Optional<SSLContext> tls,
      StoreLimits limits) {

    /**
     * Checks that nothing is null.
     *
     * @throws org.ccl4j.api.CclUsageException {@link ErrorCode#NULL_ARGUMENT} when something is
     */
    public Options {
      Arguments.nonNull("bind", bind);
      Arguments.nonNull("secret", secret);
      Arguments.nonNull("tls", tls);
      Arguments.nonNull("limits", limits);
    }

    /**
     * Serves those who know the secret, on a free port of the loopback interface.
     *
     * @param secret the secret
     * @return the options
     */
    public static Options with(StoreSecret secret) {
      return onLoopback(Optional.of(Arguments.nonNull("secret", secret)));
    }

    /**
     * Serves anybody who can reach it, on a free port of the loopback interface. All users of this
     * host can; on another interface, all who can send to it.
     *
     * @return the options
     */
    public static Options insecure() {
      return onLoopback(Optional.empty());
    }

    private static Options onLoopback(Optional<StoreSecret> secret) {
      return new Options(
          new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
          secret,
          Optional.empty(),
          StoreLimits.DEFAULT);
    }

    /**
     * Listens on another interface or port.
     *
     * @param address of this host; the wildcard address only where it is given here
     * @return new options
     */
    public Options withBind(InetSocketAddress address) {
      return new Options(address, secret, tls, limits);
    }

    /**
     * Uses TLS.
     *
     * @param context has the server's certificate and key
     * @return new options
     */
    public Options withTls(SSLContext context) {
      return new Options(bind, secret, Optional.of(Arguments.nonNull("context", context)), limits);
    }

    /**
     * Sets other limits.
     *
     * @param other the limits
     * @return new options
     */
    public Options withLimits(StoreLimits other) {
      return new Options(bind, secret, tls, other);
    }
  }

  private TcpStoreServer(
      ServerSocketChannel listener, InetSocketAddress address, StoreService service, Loop loop) {
    this.listener = listener;
    this.address = address;
    this.service = service;
    this.loop = loop;
  }

  /**
   * Starts to serve.
   *
   * @param options how
   * @return the server, which accepts connections already
   * @throws CclLibraryException {@link ErrorCode#STORE_ADDRESS_UNUSABLE} when the port is taken or
   *     the address is not of this host, {@link ErrorCode#STORE_HOST_UNKNOWN} when it does not
   *     resolve
   */
  public static TcpStoreServer start(Options options) {
    InetSocketAddress bind = Arguments.nonNull("options", options).bind();
    if (bind.isUnresolved()) {
      throw Failures.of(
          ErrorCode.STORE_HOST_UNKNOWN,
          "the store cannot be served at "
              + bind.getHostString()
              + ": the name does not resolve. Give a name or address of this host.",
          null);
    }
    try {
      ServerSocketChannel listener = ServerSocketChannel.open();
      try {
        return start(options, listener);
      } catch (IOException | RuntimeException e) {
        listener.close();
        throw e;
      }
    } catch (BindException e) {
      throw Failures.of(
          ErrorCode.STORE_ADDRESS_UNUSABLE,
          "the store cannot be served at "
              + Failures.address(bind)
              + ": "
              + Failures.reason(e)
              + ". Take another port (0 finds a free one), end the process that has it, or give an"
              + " address of this host.",
          e);
    } catch (IOException e) {
      throw Failures.of(
          ErrorCode.STORE_FAILED,
          "the store cannot be served at "
              + Failures.address(bind)
              + ": "
              + Failures.reason(e)
              + ". Mend that and start again.",
          e);
    }
  }

  private static TcpStoreServer start(Options options, ServerSocketChannel listener)
      throws IOException {
    listener.setOption(StandardSocketOptions.SO_REUSEADDR, true);
    listener.bind(options.bind(), BACKLOG);
    listener.configureBlocking(false);
    InetSocketAddress address = (InetSocketAddress) listener.getLocalAddress();
    StoreService service = new StoreService(listener, options);
    Loop loop = Loop.start("ccl-store-server-" + address.getPort(), service);
    loop.execute(() -> service.start(loop));
    if (options.secret().isEmpty() && !address.getAddress().isLoopbackAddress()) {
      LOG.log(
          System.Logger.Level.WARNING,
          "the store at {0} is open to anybody who can reach it, because it was asked to run"
              + " without a secret",
          Failures.address(address));
    }
    return new TcpStoreServer(listener, address, service, loop);
  }

  /**
   * Where it listens.
   *
   * @return the address with the port that was found
   */
  public InetSocketAddress address() {
    return address;
  }

  /**
   * On which port it listens.
   *
   * @return the port that was given or found
   */
  public int port() {
    return address.getPort();
  }

  /** The address and whether a secret and TLS are used; never the secret. */
  @Override
  public String toString() {
    Options options = service.options();
    return "TcpStoreServer["
        + (options.tls().isPresent() ? "tcps://" : "tcp://")
        + Failures.address(address)
        + (options.secret().isPresent() ? "" : ", insecure")
        + "]";
  }

  /** How many requests were served so far. */
  long requests() {
    return service.requests();
  }

  /** How many connections there are. */
  int clients() {
    return service.clients();
  }

  /** How many keys and waits there are. */
  int held() {
    int[] held = {-1};
    CountDownLatch done = new CountDownLatch(1);
    loop.execute(
        () -> {
          held[0] = service.held();
          done.countDown();
        });
    try {
      done.await(30, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return held[0];
  }

  /**
   * Waits until no client is connected any more. The rank that serves the store calls this between
   * closing its own client and closing the server, so that the others can still read what was
   * agreed.
   *
   * @param timeout the longest wait
   * @return true when all are gone, false when the time was over or the thread was interrupted
   */
  public boolean awaitNoClients(Duration timeout) {
    long end = System.nanoTime() + Arguments.nanos(Arguments.requirePositive("timeout", timeout));
    while (service.clients() > 0) {
      if (System.nanoTime() - end >= 0 || Thread.currentThread().isInterrupted()) {
        return false;
      }
      LockSupport.parkNanos(5_000_000);
    }
    return true;
  }

  /** Ends all connections and frees the port. Idempotent. */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    CountDownLatch stopped = new CountDownLatch(1);
    loop.execute(
        () -> {
          try (listener) {
            service.stop();
          } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, "while closing the server's socket", e);
          } finally {
            stopped.countDown();
          }
        });
    boolean interrupted = false;
    while (stopped.getCount() > 0) {
      try {
        stopped.await(1, TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    loop.close();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
