package org.ccl4j.bootstrap;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.ccl4j.api.CclException;
import org.ccl4j.api.CclUsageException;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.Store;
import org.ccl4j.api.config.Settings;
import org.jspecify.annotations.Nullable;

/**
 * The store of a launched job. The launcher of the first host serves it, so that it outlives every
 * rank; over it the launchers of several hosts agree on the job and tell each other its end.
 */
final class LaunchStore implements AutoCloseable {
  private static final String SEPARATOR = "\n";
  private static final String JOB = "launcher/job";
  private static final String FAILED = "launcher/failed";
  private static final int JOB_ID_BYTES = 8;

  private final LaunchHosts hosts;
  private final @Nullable TcpStoreServer server;
  private final Store store;
  private final StoreSecret secret;
  private final Terms terms;

  /**
   * What all launchers of a job have in common.
   *
   * @param jobId what tells this job from all others
   * @param ranksPerHost how many ranks each host has
   * @param hosts how many hosts
   * @param freePort a port of the first host that nobody had when the job began
   */
  private record Terms(String jobId, int ranksPerHost, int hosts, int freePort) {
    byte[] toBytes() {
      return String.join(SEPARATOR, jobId, "" + ranksPerHost, "" + hosts, "" + freePort)
          .getBytes(UTF_8);
    }

    static Terms parse(byte[] bytes) {
      String[] parts = new String(bytes, UTF_8).split(SEPARATOR, 4);
      return new Terms(
          parts[0],
          Integer.parseInt(parts[1]),
          Integer.parseInt(parts[2]),
          Integer.parseInt(parts[3]));
    }
  }

  private LaunchStore(
      LaunchHosts hosts,
      @Nullable TcpStoreServer server,
      Store store,
      StoreSecret secret,
      Terms terms) {
    this.hosts = hosts;
    this.server = server;
    this.store = store;
    this.secret = secret;
    this.terms = terms;
  }

  /**
   * Serves the store or connects to it, and waits for the launchers of all hosts.
   *
   * @param ranksPerHost how many ranks this host has
   * @param meeting how long to wait for the others
   */
  static LaunchStore open(LaunchHosts hosts, int ranksPerHost, Duration meeting) {
    StoreSecret secret = hosts.count() == 1 ? StoreSecret.random() : sharedSecret();
    TcpStoreServer server = hosts.serves() ? serve(hosts, secret) : null;
    Store store = null;
    try {
      TcpStore.Options options = TcpStore.Options.with(secret).withConnectTimeout(meeting);
      store =
          server == null
              ? TcpStore.connect(hosts.masterHost(), hosts.masterPort(), options)
              : TcpStore.connect(server.address(), options);
      Terms terms = agree(store, hosts, ranksPerHost, meeting);
      return new LaunchStore(hosts, server, store, secret, terms);
    } catch (RuntimeException e) {
      if (store != null) {
        store.close();
      }
      if (server != null) {
        server.close();
      }
      throw e;
    }
  }

  private static StoreSecret sharedSecret() {
    return StoreSecret.find(Settings.system())
        .orElseThrow(
            () ->
                new CclUsageException(
                    ErrorCode.STORE_SECRET_MISSING,
                    "the launchers of several hosts have no secret in common. Make one, such as by"
                        + " 'openssl rand -hex 32', and set CCL_STORE_SECRET to it on every host,"
                        + " or CCL_STORE_SECRET_FILE to a file that has it."));
  }

  private static TcpStoreServer serve(LaunchHosts hosts, StoreSecret secret) {
    TcpStoreServer.Options options = TcpStoreServer.Options.with(secret);
    return TcpStoreServer.start(
        hosts.masterHost().isEmpty()
            ? options
            : options.withBind(new InetSocketAddress(hosts.masterHost(), hosts.masterPort())));
  }

  private static Terms agree(Store store, LaunchHosts hosts, int ranksPerHost, Duration meeting) {
    if (hosts.serves()) {
      byte[] id = new byte[JOB_ID_BYTES];
      new SecureRandom().nextBytes(id);
      Terms terms =
          new Terms(HexFormat.of().formatHex(id), ranksPerHost, hosts.count(), freePort(hosts));
      store.set(JOB, terms.toBytes());
    }
    Terms terms = Terms.parse(store.await(JOB, meeting));
    if (terms.ranksPerHost() != ranksPerHost || terms.hosts() != hosts.count()) {
      throw doNotFit(
          "the launcher of host "
              + hosts.index()
              + " was given "
              + ranksPerHost
              + " ranks on each of "
              + hosts.count()
              + " hosts, that of host 0 "
              + terms.ranksPerHost()
              + " on each of "
              + terms.hosts()
              + "; all must be given the same");
    }
    byte[] name = hostName().getBytes(UTF_8);
    if (!store.compareAndSet(hostKey(hosts.index()), Optional.empty(), name)) {
      throw doNotFit(
          "there are two launchers with the index "
              + hosts.index()
              + " (the other one is on "
              + new String(store.await(hostKey(hosts.index()), meeting), UTF_8)
              + "); allowed is one for each index from 0 to "
              + (hosts.count() - 1));
    }
    awaitHosts(store, hosts, meeting);
    return terms;
  }

  private static void awaitHosts(Store store, LaunchHosts hosts, Duration meeting) {
    long end = System.nanoTime() + meeting.toNanos();
    try {
      for (int host = 0; host < hosts.count(); host++) {
        store.await(hostKey(host), Duration.ofNanos(Math.max(1, end - System.nanoTime())));
      }
    } catch (CclException e) {
      if (e.code() != ErrorCode.STORE_TIMEOUT) {
        throw e;
      }
      List<Integer> missing = new ArrayList<>();
      for (int host = 0; host < hosts.count(); host++) {
        if (store.get(hostKey(host)).isEmpty()) {
          missing.add(host);
        }
      }
      throw Failures.of(
          ErrorCode.LAUNCH_FAILED,
          "the launchers of the hosts with the index "
              + missing
              + " had not come within "
              + meeting
              + ". Start them with the same address and secret.",
          e);
    }
  }

  private static CclUsageException doNotFit(String what) {
    return new CclUsageException(ErrorCode.LAUNCH_FAILED, what + ". Correct that one.");
  }

  private static String hostKey(int host) {
    return "launcher/host/" + host;
  }

  private static String doneKey(int host) {
    return "launcher/done/" + host;
  }

  private static String hostName() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (IOException e) {
      return "a host without a name";
    }
  }

  /** For ranks that are no Java programs, which serve a store of their own at rank 0. */
  private static int freePort(LaunchHosts hosts) {
    InetAddress where =
        hosts.masterHost().isEmpty()
            ? InetAddress.getLoopbackAddress()
            : new InetSocketAddress(hosts.masterHost(), 0).getAddress();
    try (ServerSocket probe = new ServerSocket(0, 1, where)) {
      return probe.getLocalPort();
    } catch (IOException e) {
      throw Failures.of(
          ErrorCode.LAUNCH_FAILED,
          "no free port was found on " + where + ": " + Failures.reason(e) + ".",
          e);
    }
  }

  String jobId() {
    return terms.jobId();
  }

  StoreSecret secret() {
    return secret;
  }

  String masterHost() {
    return hosts.masterHost().isEmpty()
        ? InetAddress.getLoopbackAddress().getHostAddress()
        : hosts.masterHost();
  }

  int freePort() {
    return terms.freePort();
  }

  /** Where the ranks find the store. */
  String uri() {
    int port = server == null ? hosts.masterPort() : server.address().getPort();
    return "tcp://" + Failures.address(masterHost(), port);
  }

  /**
   * A failure on another host.
   *
   * @param exitCode what the launcher there ends with
   * @param what in words
   */
  record Elsewhere(int exitCode, String what) {}

  /** Tells the other hosts that the job has failed here, unless it has failed there already. */
  void tellFailure(int exitCode, String what) {
    tell(
        () ->
            store.compareAndSet(
                FAILED,
                Optional.empty(),
                String.join(SEPARATOR, "" + hosts.index(), "" + exitCode, what).getBytes(UTF_8)));
  }

  /** What made the job fail on another host; empty when nothing has. */
  Optional<Elsewhere> failureElsewhere() {
    if (hosts.count() == 1) {
      return Optional.empty();
    }
    try {
      if (server != null && server.clients() <= 1 && !mayEnd()) {
        return Optional.of(
            new Elsewhere(
                1,
                "the launchers of the other hosts ended before they were done; look at their"
                    + " output"));
      }
      return store
          .get(FAILED)
          .map(bytes -> new String(bytes, UTF_8).split(SEPARATOR, 3))
          .filter(parts -> Integer.parseInt(parts[0]) != hosts.index())
          .map(
              parts ->
                  new Elsewhere(Integer.parseInt(parts[1]), "host " + parts[0] + ": " + parts[2]));
    } catch (CclException e) {
      return Optional.of(new Elsewhere(1, "host 0: its launcher cannot be reached any more"));
    }
  }

  /** Tells the other hosts that this one needs the store no more. */
  void tellDone() {
    tell(() -> store.set(doneKey(hosts.index()), new byte[0]));
  }

  private void tell(Runnable what) {
    if (hosts.count() > 1) {
      try {
        what.run();
      } catch (CclException e) {
        // The launcher that serves the store is gone, which the others see as well.
        System.getLogger(LaunchStore.class.getName())
            .log(System.Logger.Level.DEBUG, "other hosts could not be told", e);
      }
    }
  }

  /** Whether nobody needs the store any more that this launcher serves. */
  boolean mayEnd() {
    if (!hosts.serves()) {
      return true;
    }
    for (int host = 1; host < hosts.count(); host++) {
      if (store.get(doneKey(host)).isEmpty()) {
        return false;
      }
    }
    return true;
  }

  @Override
  public void close() {
    store.close();
    if (server != null) {
      server.close();
    }
  }
}
