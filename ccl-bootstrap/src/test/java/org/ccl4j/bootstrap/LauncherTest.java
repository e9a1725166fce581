package org.ccl4j.bootstrap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.ccl4j.api.CclException;
import org.ccl4j.api.CclUsageException;
import org.ccl4j.api.ErrorCode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Jobs of real processes. */
class LauncherTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String SECRET = "ccl.store.secret";

  private final ExecutorService hosts = Executors.newCachedThreadPool();

  /** Keeps what the ranks print to standard output. */
  private static final class Printed implements JobObserver {
    private final Map<Integer, ByteArrayOutputStream> texts = new TreeMap<>();
    private final CountDownLatch first = new CountDownLatch(1);

    @Override
    public synchronized void output(int rank, boolean isError, byte[] bytes, int length) {
      if (!isError) {
        texts.computeIfAbsent(rank, r -> new ByteArrayOutputStream()).write(bytes, 0, length);
        first.countDown();
      }
    }

    String line(int rank) {
      return lines().getOrDefault(rank, "");
    }

    synchronized Map<Integer, String> lines() {
      Map<Integer, String> lines = new TreeMap<>();
      texts.forEach((rank, text) -> lines.put(rank, text.toString(StandardCharsets.UTF_8).strip()));
      return lines;
    }
  }

  private static LaunchJob job(int ranks, String script) {
    return LaunchJob.of(ranks, List.of("sh", "-c", script));
  }

  private static LaunchJob job(int ranks, String script, Duration grace, Duration timeout) {
    return new LaunchJob(
        List.of("sh", "-c", script), ranks, LaunchHosts.ONE, Map.of(), grace, Optional.of(timeout));
  }

  private static List<Integer> ranks(JobEnd end, RankEnd.Means means) {
    return end.ranks().stream()
        .filter(rank -> rank.means() == means)
        .map(RankEnd::rank)
        .sorted(Comparator.naturalOrder())
        .toList();
  }

  /** Waits for a process that is not this one's child. */
  private static void assertEnds(long pid) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (ProcessHandle.of(pid).map(LauncherTest::runs).orElse(false)) {
      assertTrue(System.nanoTime() < end, "process " + pid + " is still there");
      Thread.onSpinWait();
    }
  }

  /** What has ended may stay in the table of processes until somebody collects it. */
  private static boolean runs(ProcessHandle process) {
    return process.isAlive() && process.info().command().isPresent();
  }

  @AfterEach
  void forget() {
    hosts.shutdownNow();
    System.clearProperty(SECRET);
  }

  @Test
  void ranksFindTheirPlaceInTheirVariables() {
    Printed printed = new Printed();
    JobEnd end =
        Launcher.run(
            job(
                    3,
                    "echo $CCL_RANK/$CCL_SIZE $CCL_LOCAL_RANK/$CCL_LOCAL_SIZE $RANK/$WORLD_SIZE"
                        + " $LOCAL_RANK/$LOCAL_WORLD_SIZE ${CCL_STORE%:*} $MASTER_ADDR $MINE"
                        + " ${#CCL_STORE_SECRET} ${#CCL_JOB_ID} $CCL_FAKE_TRANSPORT")
                .withVariables(Map.of("MINE", "own")),
            printed);
    assertEquals(JobEnd.Cause.SUCCESS, end.cause());
    assertEquals(0, end.exitCode());
    for (int rank = 0; rank < 3; rank++) {
      String place = rank + "/3";
      assertEquals(
          String.join(" ", place, place, place, place) + " tcp://127.0.0.1 127.0.0.1 own 43 16 shm",
          printed.lines().get(rank));
    }
  }

  @Test
  void portForOtherProgramsIsNotThatOfTheStore() {
    Printed printed = new Printed();
    Launcher.run(job(1, "echo ${CCL_STORE##*:} $MASTER_PORT"), printed);
    String[] ports = printed.line(0).split(" ", -1);
    assertFalse(ports[0].equals(ports[1]), printed.lines()::toString);
  }

  @Test
  void storeServesWhoKnowsTheSecretWhileTheJobRuns(@TempDir Path folder) {
    Printed printed = new Printed();
    Path done = folder.resolve("done");
    String untilDone = "while [ ! -e '" + done + "' ]; do sleep 0.02; done; exit 9";
    JobEnd end =
        Launcher.run(
            job(1, "echo $CCL_STORE $CCL_STORE_SECRET; " + untilDone),
            new JobObserver() {
              @Override
              public void output(int rank, boolean isError, byte[] bytes, int length) {
                String[] words =
                    new String(bytes, 0, length, StandardCharsets.UTF_8).split("\\s", -1);
                int port = Integer.parseInt(words[0].replaceAll(".*:", ""));
                TcpStore.Options options = TcpStore.Options.with(StoreSecret.of(words[1]));
                try (TcpStore store = TcpStore.connect("127.0.0.1", port, options)) {
                  store.set("key", new byte[] {7});
                  printed.output(rank, false, new byte[] {store.get("key").orElseThrow()[0]}, 1);
                }
                try {
                  Files.createFile(done);
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              }
            });
    assertEquals("\u0007", printed.lines().get(0));
    assertEquals(9, end.exitCode(), end::toString);
  }

  @Test
  void lastOutputArrivesHoweverSlowItsReaderIs() {
    Printed printed = new Printed();
    Launcher.run(
        job(2, "seq 20000; echo the end"),
        new JobObserver() {
          @Override
          public void output(int rank, boolean isError, byte[] bytes, int length) {
            // Longer than the launcher waits for a rank that is quiet.
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1500));
            printed.output(rank, isError, bytes, length);
          }
        });
    for (int rank = 0; rank < 2; rank++) {
      assertEquals(20001, printed.line(rank).lines().count());
      assertTrue(printed.line(rank).endsWith("the end"), "the last line of rank " + rank);
    }
  }

  @Test
  void firstFailureEndsTheOthersAndIsTheExitCode() {
    JobEnd end = Launcher.run(job(4, "[ $RANK = 2 ] && exit 7; exec sleep 300"), new Printed());
    assertEquals(JobEnd.Cause.RANK_FAILED, end.cause());
    assertEquals(7, end.exitCode());
    assertEquals(2, end.first().orElseThrow().rank());
    assertEquals(List.of(2), ranks(end, RankEnd.Means.ITSELF));
    assertEquals(List.of(0, 1, 3), ranks(end, RankEnd.Means.TERMINATED));
  }

  @Test
  void signalCountsAs128AndItsNumber() {
    JobEnd end = Launcher.run(job(2, "[ $RANK = 1 ] && kill -9 $$; exec sleep 300"), new Printed());
    assertEquals(137, end.exitCode());
    assertEquals(1, end.first().orElseThrow().rank());
  }

  @Test
  void rankThatDoesNotListenIsForcedAfterTheGrace() {
    // Only once the trap is set may the other rank fail.
    JobEnd end =
        Launcher.run(
            job(
                2,
                "if [ $RANK = 0 ]; then trap '' TERM; : > /tmp/$CCL_JOB_ID; while :; do sleep 1;"
                    + " done; fi; while [ ! -e /tmp/$CCL_JOB_ID ]; do sleep 0.1; done;"
                    + " rm /tmp/$CCL_JOB_ID; exit 3",
                Duration.ofMillis(300),
                PATIENCE),
            new Printed());
    assertEquals(3, end.exitCode());
    assertEquals(List.of(0), ranks(end, RankEnd.Means.KILLED));
    assertEquals(137, end.ranks().get(1).exitCode());
  }

  @Test
  void timeoutEndsAllRanksWith124() {
    JobEnd end =
        Launcher.run(
            job(2, "exec sleep 300", Duration.ofSeconds(5), Duration.ofMillis(500)), new Printed());
    assertEquals(JobEnd.Cause.TIMEOUT, end.cause());
    assertEquals(124, end.exitCode());
    assertEquals(List.of(0, 1), ranks(end, RankEnd.Means.TERMINATED));
  }

  @Test
  void whatARankLeavesBehindEndsWithIt() {
    Printed printed = new Printed();
    JobEnd end =
        Launcher.run(
            job(2, "sleep 300 >/dev/null 2>&1 & sh -c 'sleep 300 & echo $!; exit'; exit 0"),
            printed);
    assertEquals(0, end.exitCode());
    printed.lines().values().forEach(pid -> assertEnds(Long.parseLong(pid)));
  }

  @Test
  void ranksEndBelowAGuardThatHasNoSessionsToGive() throws Exception {
    Guard guard = new Guard(Guard.find().script(), false);
    CountDownLatch ended = new CountDownLatch(1);
    Printed printed = new Printed();
    List<RankEnd> ends = new ArrayList<>();
    RankProcess rank =
        RankProcess.start(
            0,
            guard.guard(List.of("sh", "-c", "echo up; exec sleep 300"), Duration.ofSeconds(1)),
            Map.of(),
            printed,
            end -> {
              ends.add(end);
              ended.countDown();
            });
    assertTrue(printed.first.await(PATIENCE.toSeconds(), TimeUnit.SECONDS), "nothing printed");
    rank.terminate();
    assertTrue(ended.await(PATIENCE.toSeconds(), TimeUnit.SECONDS), "it does not end");
    assertEquals(143, ends.get(0).exitCode());
  }

  private static int freePort() throws Exception {
    try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return probe.getLocalPort();
    }
  }

  private Future<JobEnd> host(
      int count, int index, int port, int ranks, String script, Printed to) {
    return host(
        new LaunchHosts(count, index, "127.0.0.1", port),
        ranks,
        script,
        Optional.of(Duration.ofSeconds(30)),
        to);
  }

  private Future<JobEnd> host(
      LaunchHosts place, int ranks, String script, Optional<Duration> timeout, Printed to) {
    List<String> command = List.of("sh", "-c", script);
    Duration grace = Duration.ofSeconds(5);
    return hosts.submit(
        () -> Launcher.run(new LaunchJob(command, ranks, place, Map.of(), grace, timeout), to));
  }

  private static JobEnd get(Future<JobEnd> end) throws Exception {
    return end.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  @Test
  void launchersOfSeveralHostsMakeOneJob() throws Exception {
    System.setProperty(SECRET, "a secret of several hosts");
    int port = freePort();
    Printed printed = new Printed();
    String script = "echo $CCL_RANK/$CCL_SIZE $LOCAL_RANK $CCL_STORE $CCL_JOB_ID $MASTER_PORT";
    // The one that connects may well come first.
    Future<JobEnd> second = host(2, 1, port, 2, script, printed);
    Future<JobEnd> first = host(2, 0, port, 2, script, printed);
    assertEquals(0, get(first).exitCode());
    assertEquals(0, get(second).exitCode());
    String rest = printed.line(0).substring("0/4 0".length());
    assertTrue(rest.startsWith(" tcp://127.0.0.1:" + port + " "), rest);
    assertEquals(
        Map.of(0, "0/4 0" + rest, 1, "1/4 1" + rest, 2, "2/4 0" + rest, 3, "3/4 1" + rest),
        printed.lines());
  }

  @Test
  void failureOnOneHostEndsTheJobOnTheOthers() throws Exception {
    System.setProperty(SECRET, "a secret of several hosts");
    int port = freePort();
    Future<JobEnd> first = host(2, 0, port, 1, "exec sleep 300", new Printed());
    Future<JobEnd> second = host(2, 1, port, 1, "exit 9", new Printed());
    assertEquals(JobEnd.Cause.RANK_FAILED, get(second).cause());
    assertEquals(JobEnd.Cause.FAILED_ELSEWHERE, get(first).cause());
    assertEquals(9, get(first).exitCode());
    assertEquals("host 1: rank 1 ended with exit code 9", get(first).elsewhere());
  }

  private static CclException failure(Future<JobEnd> host) {
    ExecutionException thrown = assertThrows(ExecutionException.class, () -> get(host));
    return assertInstanceOf(CclException.class, thrown.getCause());
  }

  @Test
  void launchersThatDoNotFitAreRefused() throws Exception {
    System.setProperty(SECRET, "a secret of several hosts");
    int port = freePort();
    Future<JobEnd> first = host(3, 0, port, 1, "exit 0", new Printed());
    CclException size = failure(host(3, 1, port, 2, "exit 0", new Printed()));
    assertEquals(ErrorCode.LAUNCH_FAILED, size.code());
    assertTrue(size.getMessage().contains("given 2 ranks on each of 3 hosts"), size::getMessage);
    CclException twice = failure(host(3, 0, port, 1, "exit 0", new Printed()));
    assertEquals(ErrorCode.STORE_ADDRESS_UNUSABLE, twice.code(), "two serve at one port");
    Future<JobEnd> second = host(3, 1, port, 1, "exit 0", new Printed());
    Future<JobEnd> third = host(3, 1, port, 1, "exit 0", new Printed());
    // One of the two took the place; the other is told.
    Future<JobEnd> refused = firstToEnd(second, third);
    CclException index = failure(refused);
    assertTrue(index.getMessage().contains("two launchers with the index 1"), index::getMessage);
    Future<JobEnd> last = host(3, 2, port, 1, "exit 0", new Printed());
    assertEquals(0, get(first).exitCode());
    assertEquals(0, get(last).exitCode());
  }

  private static Future<JobEnd> firstToEnd(Future<JobEnd> a, Future<JobEnd> b) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!a.isDone() && !b.isDone()) {
      assertTrue(System.nanoTime() < end, "none of both was refused");
      Thread.onSpinWait();
    }
    return a.isDone() ? a : b;
  }

  @Test
  void hostThatStaysAwayIsNamed() throws Exception {
    System.setProperty(SECRET, "a secret of several hosts");
    LaunchJob job =
        new LaunchJob(
            List.of("true"),
            1,
            new LaunchHosts(2, 0, "127.0.0.1", freePort()),
            Map.of(),
            Duration.ofSeconds(1),
            Optional.of(Duration.ofMillis(500)));
    CclException late = assertThrows(CclException.class, () -> Launcher.run(job, new Printed()));
    assertEquals(ErrorCode.LAUNCH_FAILED, late.code());
    assertTrue(late.getMessage().contains("index [1] had not come"), late::getMessage);
  }

  private Future<JobEnd> hostWithoutTimeout(int index, int port, String script, Printed to) {
    return host(new LaunchHosts(2, index, "127.0.0.1", port), 1, script, Optional.empty(), to);
  }

  @Test
  void launcherThatIsInterruptedTellsTheOthers() throws Exception {
    System.setProperty(SECRET, "a secret of several hosts");
    int port = freePort();
    Future<JobEnd> first = hostWithoutTimeout(0, port, "exit 0", new Printed());
    Printed begun = new Printed();
    Future<JobEnd> second = hostWithoutTimeout(1, port, "echo here; exec sleep 300", begun);
    assertTrue(begun.first.await(PATIENCE.toSeconds(), TimeUnit.SECONDS));
    second.cancel(true);
    JobEnd end = get(first);
    assertEquals(JobEnd.Cause.FAILED_ELSEWHERE, end.cause());
    assertTrue(end.elsewhere().contains("interrupted"), end::elsewhere);
  }

  @Test
  void launcherThatIsGoneWithoutAWordHoldsNobodyUp() throws Exception {
    System.setProperty(SECRET, "a secret of several hosts");
    int port = freePort();
    Future<JobEnd> first = hostWithoutTimeout(0, port, "exit 0", new Printed());
    LaunchStore.open(new LaunchHosts(2, 1, "127.0.0.1", port), 1, PATIENCE).close();
    JobEnd end = get(first);
    assertEquals(JobEnd.Cause.FAILED_ELSEWHERE, end.cause());
    assertTrue(end.elsewhere().contains("ended before they were done"), end::elsewhere);
  }

  @Test
  void severalHostsNeedASecretInCommon() throws Exception {
    CclException missing = failure(host(2, 0, freePort(), 1, "exit 0", new Printed()));
    assertEquals(ErrorCode.STORE_SECRET_MISSING, missing.code());
  }

  @Test
  void jobsThatCannotBeAreRefused() {
    assertEquals(
        ErrorCode.OUT_OF_RANGE, assertThrows(CclUsageException.class, () -> job(0, "true")).code());
    assertEquals(
        ErrorCode.INVALID_ARGUMENT,
        assertThrows(CclUsageException.class, () -> LaunchJob.of(1, List.of())).code());
    assertEquals(
        ErrorCode.INVALID_ARGUMENT,
        assertThrows(CclUsageException.class, () -> new LaunchHosts(2, 0, "", 0)).code());
  }
}
