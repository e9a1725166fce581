package org.ccl4j.fake.junit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.ccl4j.api.Capability;
import org.ccl4j.api.CclException;
import org.ccl4j.api.CclSelectionException;
import org.ccl4j.api.CclUsageException;
import org.ccl4j.api.Communicator;
import org.ccl4j.api.DataType;
import org.ccl4j.api.DeviceBuffer;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.OpenOptions;
import org.ccl4j.api.ReduceOp;
import org.ccl4j.fake.OtherServices;
import org.ccl4j.junit.RankFailedError;
import org.ccl4j.junit.RankHarness;
import org.ccl4j.junit.RankScope;
import org.ccl4j.junit.RanksHungError;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.opentest4j.TestAbortedException;

class RankHarnessTest {
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

  @AfterEach
  void noThreadOfARankIsLeft() {
    Set<Thread> threads = Thread.getAllStackTraces().keySet();
    assertTrue(threads.stream().noneMatch(t -> t.getName().startsWith("ccl-rank")), "" + threads);
  }

  @Test
  void runsTheBodyOnEveryRankWithObjectsOfItsOwn() {
    Map<Integer, RankScope> scopes = new ConcurrentHashMap<>();
    RankHarness.of(3)
        .run(
            scope -> {
              scopes.put(scope.rank(), scope);
              assertEquals(3, scope.size());
              assertEquals(scope.rank(), scope.communicator().rank());
              assertEquals(3, scope.communicator().size());
              assertEquals(scope.rank(), scope.device().ordinal());
              assertSame(scope.device(), scope.stream().device());
              sum(scope);
            });
    assertEquals(Set.of(0, 1, 2), scopes.keySet());
    assertEquals(3, scopes.values().stream().map(RankScope::ccl).distinct().count(), "libraries");
    scopes.values().forEach(scope -> assertTrue(scope.communicator().isClosed(), "closed"));
  }

  @Test
  void givesASimulationAsManyDevicesAsThereAreRanks() {
    RankHarness.of(11).run(RankHarnessTest::sum);
    RankHarness.of(3)
        .withOptions(OpenOptions.DEFAULT.with("ccl.fake.devices", "2"))
        .run(RankHarnessTest::sum);
  }

  @Test
  void fewerRealDevicesThanRanksAbortWithTheNumbers() {
    TestAbortedException reason =
        assertThrows(
            TestAbortedException.class,
            () ->
                RankHarness.of(9)
                    .withOptions(
                        OpenOptions.DEFAULT.withClassLoader(new OtherServices("real-looking")))
                    .run(RankHarnessTest::sum));
    assertEquals("unsupported: 9 devices are needed, test/real has 8", reason.getMessage());
  }

  @Test
  void whatTheLibraryLacksAbortsBeforeAnyRankStarts() {
    RankHarness harness =
        RankHarness.of(2).withOptions(OpenOptions.DEFAULT.with("ccl.fake.disable", "SPLIT,GRAPHS"));
    TestAbortedException reason =
        assertThrows(
            TestAbortedException.class,
            () ->
                harness
                    .withCapabilities(
                        Set.of(Capability.GRAPHS, Capability.SPLIT, Capability.PRE_MUL_SUM))
                    .run(scope -> fail("a rank has started")));
    assertEquals("unsupported: the library lacks SPLIT, GRAPHS", reason.getMessage());
    harness.withCapabilities(Set.of(Capability.PRE_MUL_SUM)).run(RankHarnessTest::sum);
  }

  @Test
  void backendsAreLookedForOnceAtMost() {
    OpenOptions options = OpenOptions.DEFAULT.withClassLoader(new OtherServices("with-spare"));
    int before = SpareProvider.PROBES.get();
    RankHarness.of(3).withOptions(options.withBackend("cpu/fake")).run(RankHarnessTest::sum);
    assertEquals(before, SpareProvider.PROBES.get(), "another was named");
    RankHarness.of(3).withOptions(options).run(RankHarnessTest::sum);
    assertEquals(before + 1, SpareProvider.PROBES.get(), "none was named");
  }

  @Test
  void aLibraryThatCannotBeOpenedIsTheFailureOfARank() {
    RankFailedError error =
        assertThrows(
            RankFailedError.class,
            () ->
                RankHarness.of(2)
                    .withOptions(OpenOptions.DEFAULT.with("ccl.leaks", "maybe"))
                    .run(RankHarnessTest::sum));
    assertEquals(
        ErrorCode.INVALID_SETTING, assertInstanceOf(CclException.class, error.getCause()).code());
  }

  @Test
  void failureNamesTheRankAndHasItsCause() {
    IllegalStateException own = new IllegalStateException("of rank 1");
    RankFailedError error =
        assertThrows(
            RankFailedError.class,
            () ->
                RankHarness.of(2)
                    .run(
                        scope -> {
                          if (scope.rank() == 1) {
                            throw own;
                          }
                        }));
    assertEquals(1, error.rank());
    assertSame(own, error.getCause());
    assertTrue(String.valueOf(error.getMessage()).contains("rank 1 of 2 failed"), error.toString());
    assertEquals(0, error.getSuppressed().length, Arrays.toString(error.getSuppressed()));
  }

  @Test
  void failureEndsRanksThatWaitInACollective() {
    RankFailedError error =
        assertThrows(
            RankFailedError.class,
            () ->
                RankHarness.of(3)
                    .run(
                        scope -> {
                          sum(scope);
                          if (scope.rank() == 2) {
                            throw new IllegalStateException("rank 2 leaves");
                          }
                          sum(scope);
                        }));
    assertEquals(2, error.rank(), "the first failure, not those that followed from it");
    assertEquals(2, error.getSuppressed().length, "the ranks that waited");
  }

  @Test
  void failureEndsRanksThatWaitInChildrenAndStores() {
    RankFailedError error =
        assertThrows(
            RankFailedError.class,
            () ->
                RankHarness.of(3)
                    .run(
                        scope -> {
                          Communicator child = scope.communicator().split(0, 0).orElseThrow();
                          switch (scope.rank()) {
                            case 0 -> {
                              child.barrier(scope.stream());
                              scope.stream().synchronize(Duration.ofMinutes(5));
                            }
                            case 1 -> scope.ranks().store().await("never", Duration.ofMinutes(5));
                            default -> throw new IllegalStateException("rank 2 leaves");
                          }
                        }));
    assertEquals(2, error.rank());
    assertEquals(2, error.getSuppressed().length, Arrays.toString(error.getSuppressed()));
  }

  @Test
  void allFailuresAreReported() {
    CountDownLatch both = new CountDownLatch(2); // shared, to have them fail at the same time
    RankFailedError error =
        assertThrows(
            RankFailedError.class,
            () ->
                RankHarness.of(2)
                    .run(
                        scope -> {
                          both.countDown();
                          both.await();
                          throw new IllegalStateException("own words of rank " + scope.rank());
                        }));
    assertEquals(1, error.getSuppressed().length);
    RankFailedError other = assertInstanceOf(RankFailedError.class, error.getSuppressed()[0]);
    assertEquals(1, error.rank() + other.rank(), "both ranks");
    assertTrue(other.toString().contains("own words of rank " + other.rank()), other.toString());
  }

  @Test
  void hangNamesEachRanksCallAndStack() {
    RanksHungError error =
        assertThrows(
            RanksHungError.class,
            () ->
                RankHarness.of(2)
                    .withDeadline(Duration.ofMillis(500))
                    .run(
                        scope -> {
                          if (scope.rank() == 0) {
                            try (DeviceBuffer x = scope.device().allocate(DataType.FLOAT32, 7)) {
                              scope.communicator().allReduce(x, x, ReduceOp.MAX, scope.stream());
                              scope.stream().synchronize(Duration.ofMinutes(5));
                            }
                          } else {
                            scope.ranks().store().await("never", Duration.ofMinutes(5));
                          }
                        }));
    String message = String.valueOf(error.getMessage());
    assertTrue(message.contains("did not end within PT0.5S"), message);
    assertTrue(
        message.contains("rank 0 of 2: allReduce(FLOAT32[7], FLOAT32[7], max, stream)"), message);
    assertTrue(message.contains("rank 1 of 2: connect("), message);
    assertTrue(message.contains(".synchronize("), message);
    assertTrue(message.contains(".await("), message);
    assertTrue(message.contains(RankHarnessTest.class.getName()), message);
  }

  @Test
  void endlessLoopIsInterrupted() {
    AtomicBoolean interrupted = new AtomicBoolean();
    assertThrows(
        RanksHungError.class,
        () ->
            RankHarness.of(1)
                .withDeadline(Duration.ofMillis(100))
                .run(
                    scope -> {
                      while (!Thread.currentThread().isInterrupted()) {
                        Thread.onSpinWait();
                      }
                      interrupted.set(true);
                    }));
    assertTrue(interrupted.get(), "the loop saw the interrupt");
  }

  @Test
  void interruptOfTheCallerEndsTheRun() {
    Thread.currentThread().interrupt();
    RanksHungError error =
        assertThrows(
            RanksHungError.class,
            () ->
                RankHarness.of(1)
                    .run(scope -> scope.ranks().store().await("never", Duration.ofMinutes(5))));
    assertTrue(Thread.interrupted(), "the interrupt is passed on");
    assertTrue(String.valueOf(error.getMessage()).contains("interrupted"), error.toString());
  }

  @Test
  void abortedBodyAbortsTheTestUnlessARankFailed() {
    TestAbortedException reason = new TestAbortedException("unsupported: today");
    assertSame(
        reason,
        assertThrows(
            TestAbortedException.class,
            () ->
                RankHarness.of(2)
                    .run(
                        scope -> {
                          if (scope.rank() == 0) {
                            throw reason;
                          }
                          sum(scope); // waits for rank 0 and fails for its sake
                        })));
  }

  @Test
  void bodiesMayAllAbortForOneReason() {
    TestAbortedException reason = new TestAbortedException("unsupported: today");
    assertSame(
        reason,
        assertThrows(
            TestAbortedException.class,
            () ->
                RankHarness.of(2)
                    .run(
                        scope -> {
                          throw reason;
                        })));
  }

  @Test
  void wrongNumbersAndBackendsAreRefused() {
    assertEquals(
        ErrorCode.OUT_OF_RANGE,
        assertThrows(CclUsageException.class, () -> RankHarness.of(0)).code());
    assertEquals(
        ErrorCode.OUT_OF_RANGE,
        assertThrows(CclUsageException.class, () -> RankHarness.of(1).withDeadline(Duration.ZERO))
            .code());
    assertEquals(
        ErrorCode.OUT_OF_RANGE,
        assertThrows(CclUsageException.class, () -> RankHarness.of(1).withRanksPerDevice(0))
            .code());
    assertEquals(
        ErrorCode.UNKNOWN_BACKEND,
        assertThrows(
                CclSelectionException.class,
                () ->
                    RankHarness.of(1)
                        .withOptions(OpenOptions.DEFAULT.withBackend("no/such"))
                        .run(scope -> {}))
            .code());
  }
}
