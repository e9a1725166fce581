package org.ccl4j.bootstrap;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.net.UnknownHostException;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.ccl4j.api.CclException;
import org.ccl4j.api.ErrorCode;
import org.jspecify.annotations.Nullable;

/** Connects a client: tries until somebody answers, something lasting is wrong, or time is over. */
final class TcpConnector {
  private static final long FIRST_PAUSE_NANOS = 20_000_000;
  private static final long LONGEST_PAUSE_NANOS = 2_000_000_000;
  // Long enough for two lost packets, short enough to see a host that comes up.
  private static final long ATTEMPT_NANOS = 10_000_000_000L;

  private static final long TELLING_NANOS = 1_000_000_000;

  private final Loop loop;
  private final String host;
  private final int port;
  private final Optional<InetAddress> known;
  private final TcpStore.Options options;
  private final String address;
  private final long start = System.nanoTime();
  private final long timeoutNanos;
  private int attempts;
  private boolean reached;
  private @Nullable Throwable last;

  TcpConnector(Loop loop, InetSocketAddress to, TcpStore.Options options) {
    this.loop = loop;
    this.host = to.getHostString();
    this.port = to.getPort();
    this.known = Optional.ofNullable(to.getAddress());
    this.options = options;
    this.address =
        (options.tls().isPresent() ? "tcps://" : "tcp://") + Failures.address(host, port);
    this.timeoutNanos = Arguments.nanos(options.connectTimeout());
  }

  TcpSession connect() {
    long pause = FIRST_PAUSE_NANOS;
    try {
      while (true) {
        TcpSession session = attempt();
        if (session != null) {
          return session;
        }
        if (left() <= 0) {
          throw late();
        }
        long random = ThreadLocalRandom.current().nextLong(pause / 2, pause + 1);
        TimeUnit.NANOSECONDS.sleep(Math.min(random, left()));
        pause = Math.min(pause * 2, LONGEST_PAUSE_NANOS);
      }
    } catch (InterruptedException e) {
      throw Failures.interrupted("the store at " + address);
    }
  }

  private long left() {
    return timeoutNanos - (System.nanoTime() - start);
  }

  private @Nullable TcpSession attempt() throws InterruptedException {
    for (InetAddress candidate : resolve()) {
      attempts++;
      long begun = System.nanoTime();
      TcpSession session = new TcpSession(address, options.secret());
      try {
        return attempt(session, new InetSocketAddress(candidate, port));
      } catch (TimeoutException e) {
        // The last attempt may be too short to tell anything that an earlier one did not.
        if (last == null || System.nanoTime() - begun > TELLING_NANOS) {
          last =
              new IOException(
                  session.reached() ? "it accepted, and then said nothing" : "no answer");
        }
      } catch (ExecutionException e) {
        last = e.getCause();
      } catch (IOException e) {
        last = e;
      } finally {
        reached |= session.reached();
      }
      CclException lasting = last == null ? null : TcpSession.lasting(address, tls(), last);
      if (lasting != null) {
        throw lasting;
      }
    }
    return null;
  }

  private boolean tls() {
    return options.tls().isPresent();
  }

  private TcpSession attempt(TcpSession session, InetSocketAddress to)
      throws IOException, InterruptedException, ExecutionException, TimeoutException {
    SocketChannel channel = SocketChannel.open();
    boolean connected = false;
    try {
      channel.configureBlocking(false);
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
      channel.connect(to);
      Wire wire =
          options.tls().isPresent()
              ? TlsWire.client(channel, options.tls().get(), host, port)
              : new Wire.Plain(channel);
      Link link = new Link(loop, channel, wire, session, Link.Backlog.UNBOUNDED);
      long patience = Math.max(1, Math.min(left(), ATTEMPT_NANOS));
      TcpSession ready = session.begin(link).get(patience, TimeUnit.NANOSECONDS);
      connected = true;
      return ready;
    } finally {
      if (!connected) {
        session.close(new IOException("the attempt was given up"));
        channel.close();
      }
    }
  }

  /** On a thread of its own, because looking a name up knows neither deadlines nor interrupts. */
  private List<InetAddress> resolve() throws InterruptedException {
    if (known.isPresent()) {
      return List.of(known.get());
    }
    CompletableFuture<List<InetAddress>> found = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                found.complete(List.of(InetAddress.getAllByName(host)));
              } catch (UnknownHostException | RuntimeException e) {
                found.completeExceptionally(e);
              }
            },
            "ccl-store-name");
    thread.setDaemon(true);
    thread.start();
    try {
      return found.get(Math.max(1, left()), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      if (attempts == 0) {
        last = new UnknownHostException("no answer about the name in time");
      }
    } catch (ExecutionException e) {
      last = e.getCause();
    }
    return List.of();
  }

  private CclException late() {
    Throwable why = last;
    if (why instanceof CclException known) {
      return known;
    }
    if (why instanceof UnknownHostException) {
      return Failures.of(
          ErrorCode.STORE_HOST_UNKNOWN,
          "the name '"
              + host
              + "' of the store at "
              + address
              + " does not resolve ("
              + Failures.reason(why)
              + "), tried for "
              + options.connectTimeout()
              + ". Correct the name, or give an address.",
          why);
    }
    return Failures.of(
        ErrorCode.STORE_UNREACHABLE,
        "no store answered at "
            + address
            + " within "
            + options.connectTimeout()
            + " and "
            + attempts
            + (attempts == 1 ? " attempt" : " attempts")
            + "; the last ended with: "
            + (why == null ? "nothing" : Failures.reason(why))
            + ". "
            + (reached
                ? "Something listens there: check that it is a store and not overloaded."
                : "Check host and port, that the server runs, and that no firewall is between."),
        why);
  }
}
