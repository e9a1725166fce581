package org.ccl4j.bootstrap;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.ccl4j.api.Store;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Measures a rendezvous of many ranks over one server; no test, and not run by the build. Each rank
 * is a thread with a connection of its own, the server a process of its own. The command is in
 * docs/performance.md.
 */
class StoreScaleMeasurement {
  private static final Duration LONG = Duration.ofMinutes(2);
  private static final int ROUNDS = 5;

  /** The server's process. */
  static final class Server {
    private Server() {}

    public static void main(String[] args) throws IOException {
      TcpStoreServer.Options options =
          args[0].equals("insecure")
              ? TcpStoreServer.Options.insecure()
              : TcpStoreServer.Options.with(StoreSecret.of(args[0]));
      BufferedReader in = new BufferedReader(new InputStreamReader(System.in, US_ASCII));
      try (TcpStoreServer server = TcpStoreServer.start(options)) {
        System.out.println(server.address().getPort());
        while (in.readLine() != null) {
          System.out.println(
              String.join(
                  " ",
                  String.valueOf(server.requests()),
                  String.valueOf(kilobytes("VmHWM")),
                  String.valueOf(cpuMillis())));
        }
      }
    }

    private static long kilobytes(String what) throws IOException {
      return Files.readAllLines(Path.of("/proc/self/status")).stream()
          .filter(line -> line.startsWith(what))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
          .sum();
    }
  }

  /** The processor time of this process, with what the JVM itself does. */
  private static long cpuMillis() {
    return ProcessHandle.current().info().totalCpuDuration().orElseThrow().toMillis();
  }

  private record Figures(
      double connectMillis,
      double meetMillis,
      long requests,
      long peak,
      long serverCpu,
      long clientCpu) {}

  @Test
  @Timeout(580)
  void rendezvousOfManyRanks() throws Exception {
    StringBuilder table = new StringBuilder("\n");
    table.append("| ranks | connect, ms | meet, ms | both, ms | worst of five | ");
    table.append("processor time of the server, ms | of the ranks, ms | ");
    table.append("requests per rank | memory of the server, MB |\n");
    table.append("|---|---|---|---|---|---|---|---|---|\n");
    for (int ranks : new int[] {256, 1024, 4096}) {
      List<Figures> rounds = new ArrayList<>();
      for (int round = 0; round < ROUNDS; round++) {
        rounds.add(measure(ranks));
      }
      rounds.sort(
          (a, b) -> Double.compare(a.connectMillis + a.meetMillis, b.connectMillis + b.meetMillis));
      Figures median = rounds.get(ROUNDS / 2);
      Figures worst = rounds.get(ROUNDS - 1);
      table.append(
          String.format(
              Locale.ROOT,
              "| %d | %.0f | %.0f | %.0f | %.0f | %d | %d | %.2f | %d |%n",
              ranks,
              median.connectMillis,
              median.meetMillis,
              median.connectMillis + median.meetMillis,
              worst.connectMillis + worst.meetMillis,
              median.serverCpu,
              median.clientCpu,
              (double) median.requests / ranks,
              rounds.stream().mapToLong(Figures::peak).max().orElseThrow()));
    }
    System.out.println(table);
  }

  private static Figures measure(int ranks) throws Exception {
    StoreSecret secret = StoreSecret.random();
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx96m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Server.class.getName(),
                secret.reveal())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try {
      int port = Integer.parseInt(process.inputReader(US_ASCII).readLine());
      return measure(ranks, port, secret, process);
    } finally {
      process.destroyForcibly();
      assertTrue(process.waitFor(60, TimeUnit.SECONDS));
    }
  }

  private static Figures measure(int ranks, int port, StoreSecret secret, Process server)
      throws Exception {
    InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    TcpStore.Options options = TcpStore.Options.with(secret).withConnectTimeout(LONG);
    CountDownLatch start = new CountDownLatch(1);
    CountDownLatch connected = new CountDownLatch(ranks);
    CountDownLatch go = new CountDownLatch(1);
    CountDownLatch met = new CountDownLatch(ranks);
    CountDownLatch leave = new CountDownLatch(1);
    AtomicReference<Optional<Throwable>> failure = new AtomicReference<>(Optional.empty());
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < ranks; i++) {
      int rank = i;
      Thread thread =
          new Thread(
              null,
              () -> {
                try {
                  start.await();
                  try (Store store = TcpStore.connect(address, options)) {
                    connected.countDown();
                    go.await();
                    meet(store.prefixed("job"), rank, ranks);
                    met.countDown();
                    leave.await();
                  }
                } catch (Throwable e) {
                  failure.set(Optional.of(e));
                  connected.countDown();
                  met.countDown();
                }
              },
              "rank-" + rank,
              1 << 18);
      thread.start();
      threads.add(thread);
    }
    long cpu = cpuMillis();
    long t0 = System.nanoTime();
    start.countDown();
    assertTrue(connected.await(120, TimeUnit.SECONDS));
    long t1 = System.nanoTime();
    go.countDown();
    assertTrue(met.await(120, TimeUnit.SECONDS));
    long t2 = System.nanoTime();
    long clientCpu = cpuMillis() - cpu;
    assertEquals(Optional.empty(), failure.get());
    server.getOutputStream().write('\n');
    server.getOutputStream().flush();
    String[] said = server.inputReader(US_ASCII).readLine().split(" ", -1);
    leave.countDown();
    for (Thread thread : threads) {
      thread.join(60_000);
    }
    return new Figures(
        (t1 - t0) / 1e6,
        (t2 - t1) / 1e6,
        Long.parseLong(said[0]),
        Long.parseLong(said[1]) / 1024,
        Long.parseLong(said[2]),
        clientCpu);
  }

  /** The requests that the rendezvous of ccl-core makes, in its order. */
  private static void meet(Store store, int rank, int ranks) {
    long meeting = store.add("ccl/meeting/" + rank, 1);
    String hello = "ccl/" + meeting + "/hello/";
    String verdict = "ccl/" + meeting + "/verdict";
    store.set(hello + rank, new byte[100]);
    if (rank > 0) {
      store.await(verdict, LONG);
      return;
    }
    for (int other = 0; other < ranks; other++) {
      store.await(hello + other, LONG);
    }
    store.set(verdict, new byte[350]);
    for (int other = 0; other < ranks; other++) {
      store.delete(hello + other);
    }
  }
}
