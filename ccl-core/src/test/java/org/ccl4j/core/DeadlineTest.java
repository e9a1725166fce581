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
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.ccl4j.api.Capability;
import org.ccl4j.api.CclException;
import org.ccl4j.api.CclTimeoutException;
import org.ccl4j.api.CollectiveOptions;
import org.ccl4j.api.Communicator;
import org.ccl4j.api.ConnectOptions;
import org.ccl4j.api.DeviceBuffer;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.ReduceOp;
import org.ccl4j.api.ShrinkMode;
import org.ccl4j.spi.StatusCode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** An operation with a deadline of its own ends its communicator when it does not complete. */
class DeadlineTest {
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final CollectiveOptions SOON =
      CollectiveOptions.DEFAULT.withDeadline(Duration.ofMillis(20)).withLabel("layer 7");
  private static final CollectiveOptions LATE =
      CollectiveOptions.DEFAULT.withDeadline(Duration.ofHours(1));

  private final StubBackend stub = withoutNativeForms();
  private final World world = new World(stub, 2);
  private final DeviceBuffer buffer = world.floats(8);

  private static StubBackend withoutNativeForms() {
    StubBackend stub = new StubBackend();
    stub.capabilities = EnumSet.complementOf(EnumSet.of(Capability.NATIVE_ALL_TO_ALL_V));
    return stub;
  }

  @AfterEach
  void close() {
    world.close();
  }

  private void allReduce(Communicator comm, CollectiveOptions options) {
    comm.allReduce(buffer, buffer, 8, ReduceOp.SUM, world.stream, options);
  }

  private static CclException awaitFailure(Communicator comm) {
    long end = System.nanoTime() + LONG.toNanos();
    while (comm.failure().isEmpty()) {
      assertTrue(System.nanoTime() < end, "no failure in time");
      Thread.onSpinWait();
    }
    return comm.failure().orElseThrow();
  }

  private static boolean watcherRuns() {
    return Thread.getAllStackTraces().keySet().stream()
        .anyMatch(t -> t.getName().equals("ccl-deadlines") && t.isAlive());
  }

  private static void awaitNoWatcher() {
    long end = System.nanoTime() + LONG.toNanos();
    while (watcherRuns()) {
      assertTrue(System.nanoTime() < end, "the watcher still runs");
      Thread.onSpinWait();
    }
  }

  @Test
  void anOperationThatDoesNotCompleteInTimeFailsAndIsAborted() {
    stub.idle = false;
    stub.waitsFor = "rank 1";
    allReduce(world.comm, SOON);
    CclException e = awaitFailure(world.comm);
    assertEquals(ErrorCode.OPERATION_TIMEOUT, e.code());
    assertTrue(e instanceof CclTimeoutException);
    String message = e.getMessage();
    for (String part : List.of("allReduce 'layer 7'", "PT0.02S", "rank 1", world.comm.name())) {
      assertTrue(message.contains(part), part + " in " + message);
    }
    assertEquals("allReduce", e.details().operation());
    stub.awaitCall("abort");
    assertFalse(world.comm.isClosed(), "the user has not closed it");
    assertSame(e, assertThrows(CclException.class, () -> world.stream.synchronize(LONG)));
    CclException later =
        assertCode(
            ErrorCode.COMMUNICATOR_FAILED, () -> allReduce(world.comm, CollectiveOptions.DEFAULT));
    assertSame(e, later.getCause());
    stub.forget();
    world.comm.close();
    assertEquals(List.of(), stub.calls("abort", "finish", "destroy"), "aborted before");
    assertTrue(world.comms.get(1).failure().isEmpty(), "another communicator");
  }

  @Test
  void anOperationThatCompletesInTimeLeavesNothingBehind() {
    allReduce(world.comm, LATE);
    assertEquals(1, stub.calls("createEvent").size());
    assertEquals(1, stub.calls("recordEvent").size());
    stub.awaitCall("destroyEvent");
    assertTrue(world.comm.failure().isEmpty());
    awaitNoWatcher();
    allReduce(world.comm, LATE);
    stub.forget();
    stub.awaitCall("destroyEvent");
  }

  @Test
  void theEventIsRecordedRightBehindTheOperation() {
    stub.forget();
    allReduce(world.comm, LATE);
    List<String> calls = stub.calls("createEvent", "allReduce", "recordEvent");
    assertTrue(calls.get(0).startsWith("createEvent"), calls.toString());
    assertTrue(calls.get(1).startsWith("r0.allReduce"), calls.toString());
    assertTrue(calls.get(2).startsWith("recordEvent"), calls.toString());
  }

  @Test
  void operationsWithoutDeadlinePayNothing() {
    stub.forget();
    allReduce(world.comm, CollectiveOptions.DEFAULT.withLabel("x"));
    world.ccl.group(() -> allReduce(world.comm, CollectiveOptions.DEFAULT));
    assertEquals(List.of(), stub.calls("createEvent", "recordEvent"));
  }

  @Test
  void deadlinesWorkInGroupsAndForComposedOperations() {
    stub.idle = false;
    long[] counts = {2, 2};
    stub.forget();
    world.ccl.group(
        () ->
            world.comm.allToAllV(
                buffer.slice(0, 4),
                counts,
                new long[] {0, 2},
                buffer.slice(4, 4),
                counts,
                new long[] {0, 2},
                world.stream,
                SOON));
    assertEquals(1, stub.calls("createEvent").size(), "once for all parts");
    List<String> calls = stub.calls("groupEnd", "recordEvent");
    assertTrue(calls.get(1).startsWith("recordEvent"), "behind the group: " + calls);
    CclException e = awaitFailure(world.comm);
    assertEquals(ErrorCode.OPERATION_TIMEOUT, e.code());
    assertEquals("allToAllV", e.details().operation());
  }

  @Test
  void anEventThatCannotBeMadeLaunchesNothing() {
    stub.failing("createEvent", StubBackend.OUT_OF_MEMORY);
    assertCode(ErrorCode.OUT_OF_MEMORY, () -> allReduce(world.comm, SOON));
    assertCode(ErrorCode.OUT_OF_MEMORY, () -> world.ccl.group(() -> allReduce(world.comm, SOON)));
    assertEquals(List.of(), stub.calls("allReduce", "groupStart"));
    assertTrue(world.comm.failure().isEmpty());
    stub.working("createEvent");
    allReduce(world.comm, LATE);
  }

  @Test
  void aLaunchThatFailsGivesItsEventBack() {
    stub.failing("allReduce", StubBackend.UNHEARD_OF);
    assertCode(ErrorCode.LIBRARY_ERROR, () -> allReduce(world.comm, LATE));
    assertEquals(stub.calls("createEvent").size(), stub.calls("destroyEvent").size());
  }

  @Test
  void anEventThatCannotBeRecordedIsReported() {
    stub.failing("recordEvent", StubBackend.DEVICE_ERROR);
    assertCode(ErrorCode.DEVICE_FAILURE, () -> allReduce(world.comm, LATE));
    assertEquals(1, stub.calls("destroyEvent").size());
  }

  @Test
  void aWatchThatCannotStartDoesNotKeepTheOthersOfItsGroupFromStarting() {
    stub.idle = false;
    Communicator other = world.comm.split(0, 0).orElseThrow();
    assertCode(
        ErrorCode.DEVICE_FAILURE,
        () ->
            world.ccl.group(
                () -> {
                  allReduce(world.comm, SOON);
                  allReduce(other, SOON);
                  stub.failOnce("recordEvent", StubBackend.DEVICE_ERROR);
                }));
    assertEquals(ErrorCode.OPERATION_TIMEOUT, awaitFailure(other).code());
    assertTrue(world.comm.failure().isEmpty(), "has no deadline");
  }

  @Test
  void closingTheCclEndsTheWatcherAndGivesTheEventsBack() {
    stub.idle = false;
    allReduce(world.comm, LATE);
    allReduce(world.comm, LATE);
    world.ccl.close();
    assertEquals(2, stub.calls("destroyEvent").size());
    List<String> calls = stub.calls("destroyEvent", "closeBackend");
    assertEquals("closeBackend()", calls.get(2));
    awaitNoWatcher();
  }

  @Test
  void aCommunicatorThatIsGoneIsNotWatchedAnyMore() {
    stub.idle = false;
    allReduce(world.comm, LATE);
    stub.failing("finish", StatusCode.OK);
    world.comm.close();
    stub.awaitCall("destroyEvent");
  }

  @Test
  void theWatcherGoesOnWhenEndingACommunicatorMetAFailure() {
    world.stream.capture(() -> allReduce(world.comm, CollectiveOptions.DEFAULT));
    stub.failing("queryEvent", StatusCode.NOT_READY);
    stub.failing("destroyExecutable", StubBackend.DEVICE_ERROR);
    allReduce(world.comm, SOON);
    CclException first = awaitFailure(world.comm);
    assertEquals(ErrorCode.OPERATION_TIMEOUT, first.code());
    stub.awaitCall("destroyExecutable");
    barrierSoon(world.comms.get(1));
    assertEquals(ErrorCode.OPERATION_TIMEOUT, awaitFailure(world.comms.get(1)).code());
    stub.working("destroyExecutable");
  }

  @Test
  void theWatcherDoesNotWaitForTheChildrenOfACommunicatorToEnd() {
    ConnectOptions patient = ConnectOptions.DEFAULT.withTimeout(LONG.multipliedBy(10));
    Communicator child = world.comm.split(0, 0, patient).orElseThrow();
    CountDownLatch gate = new CountDownLatch(1);
    stub.gate("abort", gate);
    stub.failing("queryEvent", StatusCode.NOT_READY);
    allReduce(world.comm, SOON);
    awaitFailure(world.comm);
    barrierSoon(world.comms.get(1));
    assertEquals(ErrorCode.OPERATION_TIMEOUT, awaitFailure(world.comms.get(1)).code());
    gate.countDown();
    assertCode(ErrorCode.CLOSED, () -> allReduce(child, CollectiveOptions.DEFAULT));
  }

  private void barrierSoon(Communicator other) {
    other.barrier(world.devices.get(other.rank()).openStream(), SOON);
  }

  @Test
  void aLaunchThatHangsEndsWithItsDeadline() throws Exception {
    CountDownLatch gate = new CountDownLatch(1);
    stub.gate("allReduce", gate);
    FutureTask<CclException> calling =
        new FutureTask<>(() -> assertThrows(CclException.class, () -> allReduce(world.comm, SOON)));
    stub.failing("allReduce", StubBackend.REMOTE_ERROR); // what an abort makes of it
    new Thread(calling).start();
    CclException why = awaitFailure(world.comm);
    assertEquals(ErrorCode.OPERATION_TIMEOUT, why.code());
    stub.awaitCall("abort");
    gate.countDown();
    assertSame(why, calling.get(60, TimeUnit.SECONDS).getCause());
    stub.awaitCall("destroyEvent");
    assertEquals(List.of(), stub.calls("recordEvent", "queryEvent"));
  }

  @Test
  void aWatchThatCouldNotStartIsNoConcernOfLaterCalls() {
    stub.failOnce("recordEvent", StubBackend.DEVICE_ERROR);
    assertCode(ErrorCode.DEVICE_FAILURE, () -> allReduce(world.comm, SOON));
    stub.forget();
    allReduce(world.comm, CollectiveOptions.DEFAULT);
    assertEquals(List.of(), stub.calls("recordEvent", "destroyEvent"));
  }

  @Test
  void whatADeadlineHasEndedIsNeitherShrunkNorRevokedNatively() {
    stub.idle = false;
    allReduce(world.comm, SOON);
    CclException why = awaitFailure(world.comm);
    stub.awaitCall("abort");
    world.comm.revoke();
    CclException refused =
        assertCode(
            ErrorCode.COMMUNICATOR_FAILED, () -> world.comm.shrink(Set.of(1), ShrinkMode.ABORT));
    assertSame(why, refused.getCause());
    assertEquals(List.of(), stub.calls("shrink", "revoke"));
  }
}
