package org.ccl4j.fake.junit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.ccl4j.api.CclUsageException;
import org.ccl4j.api.DataType;
import org.ccl4j.api.DeviceBuffer;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.ReduceOp;
import org.ccl4j.api.Store;
import org.ccl4j.bootstrap.InMemoryStore;
import org.ccl4j.junit.ProcessGroup;
import org.ccl4j.junit.RankBody;
import org.ccl4j.junit.RankFailedError;
import org.ccl4j.junit.RankHarness;
import org.ccl4j.junit.RankScope;
import org.ccl4j.junit.RanksHungError;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.opentest4j.TestAbortedException;

/**
 * Runs spread over a group. The processes of the group are threads here, with a harness each, which
 * the harness cannot tell: all it has of the others is the store.
 */
class RankHarnessProcessesTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final ExecutorService processes = Executors.newCachedThreadPool();
  private final Store store = new InMemoryStore();

  /** What one process of a group does. */
  private interface Member {
    void run(RankHarness harness, int index) throws Exception;
  }

  private static void sum(RankScope scope) {
    try (DeviceBuffer x = scope.device().allocate(DataType.INT32, 1)) {
      x.copyFrom(new int[] {scope.rank() + 1}, scope.stream());
      scope.communicator().allReduce(x, x, ReduceOp.SUM, scope.stream());
      int[] found = new int[1];
      x.copyTo(found, scope.stream());
      int size = scope.size();
      assertArrayEquals(new int[] {size * (size + 1) / 2}, found, "sum over all ranks");
    }
  }

  /** Runs a group of processes; what each of them threw, or null. */
  private List<@Nullable Throwable> run(int count, int ranks, Member member)
      throws InterruptedException, TimeoutException {
    List<Future<@Nullable Void>> running = new ArrayList<>();
    for (int index = 0; index < count; index++) {
      RankHarness harness =
          RankHarness.of(ranks).withProcesses(new ProcessGroup(index, count, store));
      int self = index;
      running.add(
          processes.submit(
              () -> {
                member.run(harness, self);
                return null;
              }));
    }
    List<@Nullable Throwable> thrown = new ArrayList<>();
    for (Future<@Nullable Void> each : running) {
      try {
        each.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        thrown.add(null);
      } catch (ExecutionException e) {
        thrown.add(e.getCause());
      }
    }
    return thrown;
  }

  private List<@Nullable Throwable> runBody(int count, int ranks, RankBody body)
      throws InterruptedException, TimeoutException {
    return run(count, ranks, (harness, index) -> harness.run(body));
  }

  @AfterEach
  void noThreadOfARankIsLeft() {
    processes.shutdownNow();
    Set<Thread> threads = Thread.getAllStackTraces().keySet();
    assertTrue(threads.stream().noneMatch(t -> t.getName().startsWith("ccl-rank")), "" + threads);
  }

  @Test
  void everyRankRunsOnceAndInTheProcessThatHostsIt() throws Exception {
    Set<String> seen = ConcurrentHashMap.newKeySet();
    List<@Nullable Throwable> thrown =
        run(
            2,
            5,
            (harness, index) ->
                harness.run(
                    scope -> {
                      assertTrue(seen.add(scope.rank() + " in " + index), "twice");
                      sum(scope);
                    }));
    assertEquals(List.of(), thrown.stream().filter(t -> t != null).toList());
    assertEquals(Set.of("0 in 0", "1 in 1", "2 in 0", "3 in 1", "4 in 0"), seen);
  }

  @Test
  void processesWithoutRanksTakePartInTheRun() throws Exception {
    List<@Nullable Throwable> thrown = runBody(3, 1, RankHarnessProcessesTest::sum);
    assertEquals(List.of(), thrown.stream().filter(t -> t != null).toList());
    thrown =
        runBody(
            3,
            1,
            scope -> {
              throw new IllegalStateException("the only rank");
            });
    for (Throwable each : thrown) {
      assertEquals(0, assertInstanceOf(RankFailedError.class, each).rank());
    }
  }

  @Test
  void failureOfARankIsThatOfEveryProcessAndTheNextRunStartsClean() throws Exception {
    List<@Nullable Throwable> thrown =
        run(
            2,
            4,
            (harness, index) -> {
              assertThrows(
                  RankFailedError.class,
                  () ->
                      harness.run(
                          scope -> {
                            sum(scope);
                            if (scope.rank() == 1) {
                              throw new IllegalStateException("own words of rank 1");
                            }
                            sum(scope); // the others wait for rank 1
                          }));
              harness.run(RankHarnessProcessesTest::sum);
            });
    assertEquals(List.of(), thrown.stream().filter(t -> t != null).toList());
  }

  @Test
  void everyProcessReportsTheSameFirstFailure() throws Exception {
    List<@Nullable Throwable> thrown =
        runBody(
            3,
            6,
            scope -> {
              if (scope.rank() == 4) {
                throw new IllegalStateException("own words of rank 4");
              }
              sum(scope);
            });
    for (int index = 0; index < 3; index++) {
      RankFailedError error = assertInstanceOf(RankFailedError.class, thrown.get(index));
      assertEquals(
          "rank 4 of 6 failed: java.lang.IllegalStateException: own words of rank 4",
          error.getMessage());
      assertEquals(4, error.rank());
      if (index == 1) {
        assertInstanceOf(IllegalStateException.class, error.getCause());
      } else {
        assertNull(error.getCause(), "thrown in another process");
      }
    }
  }

  @Test
  void abortedBodiesAbortTheRunInEveryProcess() throws Exception {
    List<@Nullable Throwable> thrown =
        runBody(
            2,
            3,
            scope -> {
              throw new TestAbortedException("unsupported: nothing here");
            });
    for (Throwable each : thrown) {
      assertEquals(
          "unsupported: nothing here",
          assertInstanceOf(TestAbortedException.class, each).getMessage());
    }
  }

  @Test
  void hangIsReportedWithTheRanksOfEveryProcess() throws Exception {
    List<@Nullable Throwable> thrown =
        run(
            2,
            2,
            (harness, index) ->
                harness
                    .withDeadline(Duration.ofMillis(500))
                    .run(scope -> scope.ranks().store().await("never", Duration.ofMinutes(5))));
    for (Throwable each : thrown) {
      RanksHungError error = assertInstanceOf(RanksHungError.class, each);
      StringBuilder all = new StringBuilder(String.valueOf(error.getMessage()));
      for (Throwable other : error.getSuppressed()) {
        all.append(other.getMessage());
      }
      assertTrue(all.toString().contains("rank 0 of 2"), all::toString);
      assertTrue(all.toString().contains("rank 1 of 2"), all::toString);
    }
  }

  @Test
  void processThatStaysAwayFailsTheRunOfTheOthersInTime() {
    RankHarness harness =
        RankHarness.of(1)
            .withProcesses(new ProcessGroup(0, 2, store))
            .withDeadline(Duration.ofMillis(500));
    RanksHungError error = assertThrows(RanksHungError.class, () -> harness.run(scope -> {}));
    assertTrue(
        String.valueOf(error.getMessage()).startsWith("Process 1 of 2 did not come to the end"),
        error.getMessage());
  }

  @Test
  void placesOutsideTheGroupAreRefused() {
    for (int[] place : new int[][] {{-1, 2}, {2, 2}, {0, 0}}) {
      CclUsageException refused =
          assertThrows(CclUsageException.class, () -> new ProcessGroup(place[0], place[1], store));
      assertEquals(ErrorCode.OUT_OF_RANGE, refused.code());
    }
  }
}
