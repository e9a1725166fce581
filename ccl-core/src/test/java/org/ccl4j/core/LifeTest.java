package org.ccl4j.core;

import static org.ccl4j.core.World.assertCode;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.ccl4j.api.Capability;
import org.ccl4j.api.CclException;
import org.ccl4j.api.CclTimeoutException;
import org.ccl4j.api.CclUsageException;
import org.ccl4j.api.Communicator;
import org.ccl4j.api.ConnectOptions;
import org.ccl4j.api.DataType;
import org.ccl4j.api.DeviceBuffer;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.MemoryStatistic;
import org.ccl4j.api.RankContext;
import org.ccl4j.api.ReduceOp;
import org.ccl4j.api.ShrinkMode;
import org.ccl4j.api.Tuning;
import org.ccl4j.api.TuningOption;
import org.ccl4j.api.UniqueId;
import org.ccl4j.bootstrap.InMemoryStore;
import org.ccl4j.spi.StatusCode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What becomes of communicators besides use: shrink, grow, revoke, suspend. */
class LifeTest {
  private static final ConnectOptions OPTIONS = ConnectOptions.DEFAULT;

  private final World world = new World(3);
  private final StubBackend stub = world.stub;
  private final Communicator comm = world.comm;
  private final DeviceBuffer x = world.floats(8);

  @AfterEach
  void close() {
    world.close();
  }

  private void allReduce(Communicator on) {
    on.allReduce(x, x, ReduceOp.SUM, world.stream);
  }

  private void fail() {
    world.nativeComm(0).asyncError = StubBackend.REMOTE_ERROR;
    assertTrue(comm.failure().isPresent());
  }

  private static void assertSays(CclException thrown, String... parts) {
    for (String part : parts) {
      String message = String.valueOf(thrown.getMessage());
      assertTrue(message.contains(part), "'" + part + "' in: " + message);
    }
  }

  // --- shrink ---

  @Test
  void shrinkPassesTheExcludedRanksInOrderAndNamesTheChildAfterItsParent() {
    Communicator last = world.comms.get(2);
    Communicator child = last.shrink(Set.of(1, 0), ShrinkMode.PLAIN);
    assertEquals(List.of("r2.shrink((0, 1), false, Tuning{})"), stub.calls("shrink"));
    assertEquals(0, child.rank());
    assertEquals(1, child.size());
    assertEquals(comm.name() + "/shrunk", child.name());
    assertSame(last.device(), child.device());
  }

  @Test
  void shrinkChecksItsRanksBeforeTheLibraryHearsOfThem() {
    assertCode(ErrorCode.INVALID_ARGUMENT, () -> comm.shrink(Set.of(), ShrinkMode.PLAIN));
    assertSays(
        assertCode(ErrorCode.INVALID_ARGUMENT, () -> comm.shrink(Set.of(0, 1), ShrinkMode.PLAIN)),
        "has 0",
        "this rank");
    assertSays(
        assertCode(ErrorCode.OUT_OF_RANGE, () -> comm.shrink(Set.of(3), ShrinkMode.ABORT)),
        "has 3",
        "0 to 2");
    assertEquals(List.of(), stub.calls("shrink"));
    allReduce(comm);
  }

  @Test
  void aPlainChildClosesWithItsParent() {
    Communicator child = comm.shrink(Set.of(1), ShrinkMode.PLAIN);
    comm.close();
    assertTrue(child.isClosed());
  }

  @Test
  void aFailedCommunicatorShrinksInAbortModeOnlyAndTheChildOutlivesIt() {
    fail();
    assertCode(ErrorCode.COMMUNICATOR_FAILED, () -> comm.shrink(Set.of(1), ShrinkMode.PLAIN));
    Communicator child = comm.shrink(Set.of(1), ShrinkMode.ABORT);
    assertEquals(List.of("r0.shrink((1), true, Tuning{})"), stub.calls("shrink"));
    comm.close();
    assertEquals(1, stub.calls("abort").size());
    assertEquals(List.of(), stub.calls("finish", "destroy"));
    assertFalse(child.isClosed());
    allReduce(child);
    world.device.close();
    assertTrue(child.isClosed());
  }

  @Test
  void abortModeLeavesTheParentFitForItsEndAlone() {
    comm.shrink(Set.of(1), ShrinkMode.ABORT);
    assertSays(assertCode(ErrorCode.ILLEGAL_STATE, () -> allReduce(comm)), "allReduce", "ABORT");
    assertCode(ErrorCode.ILLEGAL_STATE, () -> comm.split(0, 0));
    assertCode(ErrorCode.ILLEGAL_STATE, () -> comm.shrink(Set.of(1), ShrinkMode.PLAIN));
    assertCode(ErrorCode.ILLEGAL_STATE, comm::suspend);
    assertCode(ErrorCode.ILLEGAL_STATE, comm::newGrowthId);
    comm.shrink(Set.of(2), ShrinkMode.ABORT);
    comm.close();
    assertEquals(List.of(), stub.calls("finish", "destroy"));
  }

  @Test
  void waitsAreNotConcernedWithACommunicatorThatWasShrunkAway() {
    allReduce(comm);
    fail();
    assertCode(ErrorCode.REMOTE_FAILURE, () -> world.stream.synchronize(Duration.ofSeconds(30)));
    Communicator child = comm.shrink(Set.of(1), ShrinkMode.ABORT);
    allReduce(child);
    world.stream.synchronize(Duration.ofSeconds(30));
  }

  @Test
  void aShrinkThatRunsOutOfTimeSaysWhatTheLibraryKnowsAndCanBeTriedAgain() {
    stub.failOnce("shrink", StatusCode.NOT_READY);
    stub.said = "rank 2 has not called";
    assertSays(
        assertCode(
            ErrorCode.CONNECT_TIMEOUT,
            () ->
                comm.shrink(
                    Set.of(1), ShrinkMode.PLAIN, OPTIONS.withTimeout(Duration.ofMillis(50)))),
        "not all 2 remaining ranks",
        "rank 2 has not called",
        "PT0.05S");
    comm.shrink(Set.of(1), ShrinkMode.PLAIN);
  }

  @Test
  void whatTheLibraryRefusesAsAnArgumentHurtsNothingAndTheRestDoes() {
    stub.failOnce("shrink", StubBackend.INVALID_ARGUMENT);
    assertCode(ErrorCode.LIBRARY_ERROR, () -> comm.shrink(Set.of(1), ShrinkMode.PLAIN));
    allReduce(comm);
    stub.failOnce("shrink", StubBackend.REMOTE_ERROR);
    assertCode(ErrorCode.REMOTE_FAILURE, () -> comm.shrink(Set.of(1), ShrinkMode.PLAIN));
    assertCode(ErrorCode.COMMUNICATOR_FAILED, () -> allReduce(comm));
  }

  // --- grow ---

  @Test
  void theRankThatMadeTheIdPassesItOnAndTheOthersPassNothing() {
    UniqueId id = comm.newGrowthId();
    Communicator grown = comm.grow(4, Optional.of(id), OPTIONS);
    Communicator other = world.comms.get(1).grow(4, Optional.empty(), OPTIONS);
    assertEquals(List.of("r0.grow(4, with id)", "r1.grow(4, without id)"), stub.calls("grow"));
    assertEquals(List.of(0, 4), List.of(grown.rank(), grown.size()));
    assertEquals(List.of(1, 4), List.of(other.rank(), other.size()));
    comm.close();
    assertFalse(grown.isClosed());
    allReduce(grown);
  }

  @Test
  void anIdIsGoodForOneGrowthOnItsOwnRank() {
    UniqueId id = comm.newGrowthId();
    assertCode(ErrorCode.ILLEGAL_STATE, comm::newGrowthId);
    assertCode(
        ErrorCode.INVALID_UNIQUE_ID, () -> world.comms.get(1).grow(4, Optional.of(id), OPTIONS));
    stub.failOnce("grow", StatusCode.NOT_READY);
    assertCode(ErrorCode.CONNECT_TIMEOUT, () -> comm.grow(4, Optional.of(id), OPTIONS));
    comm.grow(4, Optional.of(id), OPTIONS);
    assertCode(ErrorCode.INVALID_UNIQUE_ID, () -> comm.grow(5, Optional.of(id), OPTIONS));
    comm.newGrowthId();
  }

  @Test
  void growChecksSizesAndPlaces() {
    assertSays(
        assertCode(ErrorCode.OUT_OF_RANGE, () -> comm.grow(3, Optional.empty(), OPTIONS)),
        "is 3",
        "more than the 3");
    RankContext wrong = RankContext.of(1, 4, new InMemoryStore());
    assertCode(ErrorCode.INVALID_ARGUMENT, () -> comm.grow(wrong, OPTIONS));
    Communicator single = world.ccl.connectAll(List.of(world.device)).get(0);
    assertCode(ErrorCode.INVALID_ARGUMENT, () -> single.grow(2, Optional.empty(), OPTIONS));
    UniqueId id = world.ccl.newUniqueId();
    assertSays(
        assertCode(
            ErrorCode.OUT_OF_RANGE, () -> world.ccl.connectGrown(world.device, id, 0, 4, OPTIONS)),
        "rank is 0",
        "1 to 3");
    assertCode(
        ErrorCode.OUT_OF_RANGE, () -> world.ccl.connectGrown(world.device, id, 1, 1, OPTIONS));
    assertCode(
        ErrorCode.OUT_OF_RANGE,
        () ->
            world.ccl.connectGrown(
                world.device, RankContext.of(0, 4, new InMemoryStore()), OPTIONS));
    assertEquals(List.of(), stub.calls("grow", "connectGrown", "newGrowthId"));
  }

  @Test
  void overAStoreRankZeroMakesTheIdAndTheNewRanksFindIt() throws Exception {
    InMemoryStore store = new InMemoryStore();
    FutureTask<Communicator> newest =
        new FutureTask<>(
            () ->
                world.ccl.connectGrown(world.ccl.device(3), RankContext.of(3, 4, store), OPTIONS));
    new Thread(newest).start();
    FutureTask<Communicator> second =
        new FutureTask<>(() -> world.comms.get(1).grow(RankContext.of(1, 4, store), OPTIONS));
    new Thread(second).start();
    FutureTask<Communicator> third =
        new FutureTask<>(() -> world.comms.get(2).grow(RankContext.of(2, 4, store), OPTIONS));
    new Thread(third).start();
    Communicator grown = comm.grow(RankContext.of(0, 4, store), OPTIONS);
    assertEquals(4, grown.size());
    assertEquals(3, newest.get(60, TimeUnit.SECONDS).rank());
    second.get(60, TimeUnit.SECONDS);
    third.get(60, TimeUnit.SECONDS);
    assertEquals(1, stub.calls("newGrowthId").size());
    assertEquals(1, stub.calls("grow").stream().filter(c -> c.contains("with id")).count());
    assertEquals(List.of("connectGrown(3, 4, 3)"), stub.calls("connectGrown"));
  }

  // --- revoke ---

  @Test
  void aRevokedCommunicatorIsDestroyedWithoutBeingFinished() {
    comm.revoke();
    comm.revoke();
    assertEquals(1, stub.calls("revoke").size());
    assertSays(assertCode(ErrorCode.ILLEGAL_STATE, () -> allReduce(comm)), "was revoked", "split");
    assertCode(ErrorCode.ILLEGAL_STATE, comm::suspend);
    assertCode(ErrorCode.ILLEGAL_STATE, comm::newGrowthId);
    assertCode(ErrorCode.ILLEGAL_STATE, () -> comm.memoryStatistic(MemoryStatistic.TOTAL));
    Communicator shrunk = comm.shrink(Set.of(1), ShrinkMode.PLAIN);
    Communicator split = comm.split(0, 0).orElseThrow();
    comm.close();
    assertEquals(List.of(), stub.calls("finish", "abort"));
    assertEquals(1, stub.calls("destroy").size());
    assertFalse(shrunk.isClosed() || split.isClosed());
    assertCode(ErrorCode.CLOSED, comm::revoke);
  }

  @Test
  void revokingIsAllowedBesideACallThatWaitsAndAfterAFailure() throws Exception {
    CountDownLatch gate = new CountDownLatch(1);
    stub.gate("split", gate);
    FutureTask<Void> splitter =
        new FutureTask<>(
            () -> {
              comm.split(0, 0);
              return null;
            });
    new Thread(splitter).start();
    stub.awaitCall("split");
    comm.revoke();
    gate.countDown();
    splitter.get(60, TimeUnit.SECONDS);
    Communicator second = world.comms.get(1);
    world.nativeComm(1).asyncError = StubBackend.REMOTE_ERROR;
    assertTrue(second.failure().isPresent());
    second.revoke();
    assertEquals(2, stub.calls("revoke").size());
    assertCode(
        ErrorCode.COMMUNICATOR_FAILED, () -> second.barrier(world.ccl.device(1).openStream()));
  }

  // --- suspend ---

  @Test
  void aSuspendedCommunicatorRefusesAllButResumeStatisticsAndItsEnd() {
    comm.resume();
    comm.suspend();
    comm.suspend();
    assertEquals(List.of("r0.suspend()"), stub.calls("suspend", "resume"));
    assertSays(
        assertCode(ErrorCode.ILLEGAL_STATE, () -> allReduce(comm)), "is suspended", "resume()");
    assertCode(ErrorCode.ILLEGAL_STATE, () -> comm.split(0, 0));
    assertCode(ErrorCode.ILLEGAL_STATE, () -> comm.shrink(Set.of(1), ShrinkMode.ABORT));
    assertCode(ErrorCode.ILLEGAL_STATE, comm::revoke);
    assertCode(ErrorCode.ILLEGAL_STATE, comm::newGrowthId);
    assertEquals(7, comm.memoryStatistic(MemoryStatistic.SUSPENDABLE));
    comm.resume();
    allReduce(comm);
    comm.suspend();
    comm.close();
    assertEquals(1, stub.calls("destroy").size());
  }

  @Test
  void whenARankStaysAwayFromSuspendingTheCommunicatorHasFailed() {
    stub.failOnce("suspend", StatusCode.NOT_READY);
    CclTimeoutException late =
        assertCode(
            CclTimeoutException.class,
            ErrorCode.OPERATION_TIMEOUT,
            () -> comm.suspend(Duration.ofMillis(70)));
    assertSays(late, "suspend", "not all 3 ranks", "PT0.07S", "connect anew");
    assertSame(late, comm.failure().orElseThrow());
    stub.awaitCall("abort");
    assertCode(ErrorCode.OUT_OF_RANGE, () -> world.comms.get(1).resume(Duration.ZERO));
  }

  @Test
  void aFailureMetWhileEndingItDoesNotHideWhatEndedIt() {
    world.stream.capture(() -> allReduce(comm));
    stub.failOnce("destroyExecutable", StubBackend.DEVICE_ERROR);
    stub.failOnce("suspend", StatusCode.NOT_READY);
    CclException late = assertCode(ErrorCode.OPERATION_TIMEOUT, comm::suspend);
    assertEquals(1, late.getSuppressed().length);
  }

  @Test
  void whatWaitedForTheLaunchLockIsNotMadeAfterTheAbort() throws Exception {
    notMadeAfterTheAbort(comm, () -> comm.preMulSum(DataType.FLOAT32, 2));
    assertEquals(List.of(), stub.calls("createPreMulSum"));
    Communicator second = world.comms.get(1);
    DeviceBuffer there = world.devices.get(1).allocate(DataType.FLOAT32, 8);
    notMadeAfterTheAbort(second, () -> second.register(there));
    assertEquals(List.of(), stub.calls("register"));
  }

  private void notMadeAfterTheAbort(Communicator on, Runnable call) throws Exception {
    LaunchLock lock = world.library().launchLock(on.device().ordinal());
    FutureTask<CclException> making =
        new FutureTask<>(() -> assertThrows(CclException.class, call::run));
    Thread thread = new Thread(making);
    Thread aborting = new Thread(on::abort);
    stub.forget();
    lock.lock();
    try {
      thread.start();
      World.assertSoon(
          () ->
              thread.getState() == Thread.State.WAITING
                  || thread.getState() == Thread.State.TIMED_WAITING);
      aborting.start();
      stub.awaitCall("abort"); // is not patient for ever
    } finally {
      lock.unlock();
    }
    aborting.join();
    assertEquals(ErrorCode.CLOSED, making.get(60, TimeUnit.SECONDS).code());
  }

  @Test
  void whatDidNotSucceedLeavesTheStateAsItWas() {
    stub.failOnce("suspend", StubBackend.INVALID_USAGE);
    assertCode(ErrorCode.LIBRARY_ERROR, comm::suspend);
    allReduce(comm);
    comm.suspend();
    stub.failOnce("resume", StubBackend.OUT_OF_MEMORY);
    assertCode(ErrorCode.OUT_OF_MEMORY, comm::resume);
    assertCode(ErrorCode.ILLEGAL_STATE, () -> allReduce(comm));
    comm.resume();
    allReduce(comm);
  }

  @Test
  void aFailureWhileSuspendedIsNotForgottenByResuming() {
    comm.suspend();
    fail();
    assertCode(ErrorCode.COMMUNICATOR_FAILED, comm::resume);
    assertCode(ErrorCode.COMMUNICATOR_FAILED, () -> allReduce(comm));
  }

  // --- what the library lacks ---

  @ParameterizedTest
  @EnumSource(names = {"SHRINK", "GROW", "REVOKE", "SUSPEND", "MEMORY_STATISTICS"})
  void whatTheLibraryLacksIsRefusedByNameAndVersion(Capability capability) {
    stub.capabilities = EnumSet.complementOf(EnumSet.of(capability));
    try (World lacking = new World(stub, 2)) {
      Communicator on = lacking.comm;
      CclException missing =
          assertCode(
              CclUsageException.class,
              ErrorCode.UNSUPPORTED,
              () -> {
                switch (capability) {
                  case SHRINK -> on.shrink(Set.of(1), ShrinkMode.PLAIN);
                  case GROW -> on.grow(3, Optional.empty(), OPTIONS);
                  case REVOKE -> on.revoke();
                  case SUSPEND -> on.resume();
                  default -> on.memoryStatistic(MemoryStatistic.TOTAL);
                }
              });
      assertSays(missing, capability.name(), "test/stub 1.0");
      assertEquals(List.of(), stub.calls());
    }
  }

  // --- tuning ---

  @Test
  void optionsThatTheLibraryDoesNotKnowAreRefusedEverywhere() {
    ConnectOptions newer =
        OPTIONS.withTuning(
            Tuning.DEFAULT.with(TuningOption.MAX_CTAS, 4).with(TuningOption.MAX_PEERS, 2));
    UniqueId id = world.ccl.newUniqueId();
    UniqueId growth = comm.newGrowthId();
    stub.forget();
    List<Runnable> calls =
        List.of(
            () -> world.ccl.connectAll(List.of(world.device), newer),
            () -> world.ccl.connect(world.device, id, 0, 1, newer),
            () -> world.ccl.connect(world.device, RankContext.of(0, 1, new InMemoryStore()), newer),
            () -> world.ccl.connectGrown(world.device, id, 1, 2, newer),
            () -> comm.split(0, 0, newer),
            () -> comm.shrink(Set.of(1), ShrinkMode.PLAIN, newer),
            () -> comm.grow(4, Optional.of(growth), newer));
    for (Runnable call : calls) {
      assertSays(
          assertCode(ErrorCode.UNSUPPORTED, call::run),
          "MAX_PEERS",
          "test/stub 1.0",
          "[MIN_CTAS, MAX_CTAS]");
    }
    assertEquals(List.of(), stub.calls());
    Tuning known = Tuning.DEFAULT.with(TuningOption.MAX_CTAS, 4);
    comm.shrink(Set.of(1), ShrinkMode.PLAIN, OPTIONS.withTuning(known));
    assertEquals(List.of("r0.shrink((1), false, " + known + ")"), stub.calls("shrink"));
  }

  @Test
  void aMinimumAboveTheMaximumIsRefused() {
    Tuning crossed = Tuning.DEFAULT.with(TuningOption.MIN_CTAS, 8).with(TuningOption.MAX_CTAS, 4);
    assertSays(
        assertCode(
            ErrorCode.INVALID_ARGUMENT,
            () -> world.ccl.connectAll(List.of(world.device), OPTIONS.withTuning(crossed))),
        "MIN_CTAS 8",
        "MAX_CTAS 4");
  }

  @Test
  void ranksThatAskForDifferentTuningHearOfIt() throws Exception {
    InMemoryStore store = new InMemoryStore();
    ConnectOptions four = OPTIONS.withTuning(Tuning.DEFAULT.with(TuningOption.MAX_CTAS, 4));
    FutureTask<CclException> other =
        new FutureTask<>(
            () ->
                assertThrows(
                    CclException.class,
                    () ->
                        world.ccl.connect(world.ccl.device(1), RankContext.of(1, 2, store), four)));
    new Thread(other).start();
    CclException mine =
        assertCode(
            ErrorCode.RANKS_DIFFER,
            () -> world.ccl.connect(world.device, RankContext.of(0, 2, store), OPTIONS));
    assertSays(mine, "tuning", "MAX_CTAS=4", "rank 1");
    assertEquals(mine.getMessage(), other.get(60, TimeUnit.SECONDS).getMessage());
    assertEquals(List.of(), stub.calls("connect"));
  }

  // --- estimates and parameters ---

  @Test
  void anEstimateIsAGroupThatEndsOtherwise() {
    Duration estimate =
        world.ccl.simulate(
            () -> {
              allReduce(comm);
              comm.group(() -> allReduce(comm));
            });
    assertEquals(Duration.ofNanos(12_500), estimate);
    assertEquals(
        List.of("groupStart", "r0.allReduce", "r0.allReduce", "groupSimulateEnd"),
        stub.calls("groupStart", "allReduce", "groupSimulateEnd", "groupEnd").stream()
            .map(c -> c.substring(0, c.indexOf('(')))
            .toList());
    stub.forget();
    assertEquals(Duration.ZERO, world.ccl.simulate(() -> {}));
    assertEquals(List.of(), stub.calls());
    allReduce(comm);
  }

  @Test
  void anEstimateThatFailsLeavesTheGroupAndTheCommunicator() {
    stub.failOnce("allReduce", StubBackend.INVALID_ARGUMENT);
    assertSays(
        assertCode(ErrorCode.LIBRARY_ERROR, () -> world.ccl.simulate(() -> allReduce(comm))),
        "simulating allReduce");
    assertEquals(1, stub.calls("groupSimulateEnd").size());
    stub.estimate = -1;
    assertSays(
        assertCode(ErrorCode.LIBRARY_ERROR, () -> world.ccl.simulate(() -> allReduce(comm))),
        "no estimate");
    RuntimeException own = new IllegalStateException("own");
    assertSame(
        own,
        assertThrows(
            RuntimeException.class,
            () ->
                world.ccl.simulate(
                    () -> {
                      allReduce(comm);
                      throw own;
                    })));
    stub.forget();
    allReduce(comm);
    assertEquals(1, stub.calls("allReduce").size());
    assertEquals(List.of(), stub.calls("groupStart"));
  }

  @Test
  void parametersAreInTheLibrarysOrder() {
    assertEquals(List.of("B", "A"), List.copyOf(world.ccl.parameters().keySet()));
    assertEquals("value of A", world.ccl.parameters().get("A"));
  }

  @ParameterizedTest
  @EnumSource(names = {"SIMULATE", "PARAMETERS"})
  void whatTheLibraryAsAWholeLacksIsRefusedToo(Capability capability) {
    stub.capabilities = EnumSet.complementOf(EnumSet.of(capability));
    try (World lacking = new World(stub, 2)) {
      assertSays(
          assertCode(
              ErrorCode.UNSUPPORTED,
              () -> {
                if (capability == Capability.SIMULATE) {
                  lacking.ccl.simulate(() -> {});
                } else {
                  lacking.ccl.parameters();
                }
              }),
          capability.name(),
          "test/stub 1.0");
    }
  }
}
