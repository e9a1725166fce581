package org.ccl4j.core;

import static org.ccl4j.core.World.assertCode;
import static org.ccl4j.core.World.assertSoon;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.ccl4j.api.Ccl;
import org.ccl4j.api.CclException;
import org.ccl4j.api.CclTimeoutException;
import org.ccl4j.api.CclUsageException;
import org.ccl4j.api.Communicator;
import org.ccl4j.api.DataType;
import org.ccl4j.api.DeviceBuffer;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.Event;
import org.ccl4j.api.ReduceOp;
import org.ccl4j.api.Status;
import org.ccl4j.api.Stream;
import org.ccl4j.spi.StatusCode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Waits are bounded, and end when what they wait for cannot come any more. */
class WaitsTest {
  private static final Duration SHORT = Duration.ofMillis(10);
  private static final Duration LONG = Duration.ofSeconds(60);

  private final World world = new World(2);
  private final StubBackend stub = world.stub;
  private final Stream stream = world.stream;
  private final Communicator comm = world.comm;
  private final DeviceBuffer buffer = world.floats(8);
  private final ExecutorService pool = Executors.newCachedThreadPool();

  @AfterEach
  void close() {
    pool.shutdownNow();
    stub.idle = true;
    world.close();
  }

  private void allReduce() {
    comm.allReduce(buffer, buffer, ReduceOp.SUM, stream);
  }

  private <T> Future<T> inAnotherThread(Callable<T> body) {
    return pool.submit(body);
  }

  @Test
  void anIdleStreamIsNotWaitedFor() {
    stream.synchronize(SHORT);
    stream.synchronize();
    assertTrue(stream.isIdle());
    stub.idle = false;
    assertFalse(stream.isIdle());
  }

  @Test
  void aWaitThatTakesTooLongSaysWhatTheStreamWaitsFor() {
    stub.idle = false;
    stub.waitsFor = "rank 1 in allReduce";
    CclTimeoutException e =
        assertCode(
            CclTimeoutException.class, ErrorCode.WAIT_TIMEOUT, () -> stream.synchronize(SHORT));
    String message = e.getMessage();
    assertTrue(message.contains("rank 1 in allReduce"), message);
    assertTrue(message.contains("PT0.01S"), message);
    assertTrue(message.contains(stream.toString()), message);
    stub.idle = true;
    stream.synchronize(SHORT);
  }

  @Test
  void theWaitWithoutTimeoutIsBoundedByTheConfiguration() {
    StubBackend mine = new StubBackend();
    try (Ccl ccl = mine.open(Map.of("ccl.wait.timeout", "10ms"))) {
      Stream own = ccl.device(0).openStream();
      mine.idle = false;
      assertCode(ErrorCode.WAIT_TIMEOUT, own::synchronize);
      mine.idle = true;
    }
  }

  @Test
  @SuppressWarnings("NullAway")
  void theTimeoutMustBePositive() {
    Event event = world.device.newEvent();
    assertCode(ErrorCode.OUT_OF_RANGE, () -> stream.synchronize(Duration.ZERO));
    assertCode(ErrorCode.OUT_OF_RANGE, () -> stream.synchronize(Duration.ofNanos(-1)));
    assertCode(ErrorCode.NULL_ARGUMENT, () -> stream.synchronize(null));
    assertCode(ErrorCode.OUT_OF_RANGE, () -> event.synchronize(Duration.ZERO));
    assertCode(ErrorCode.NULL_ARGUMENT, () -> event.synchronize(null));
    stream.synchronize(Duration.ofSeconds(Long.MAX_VALUE));
  }

  @Test
  void anInterruptEndsTheWaitAndStaysSet() {
    stub.idle = false;
    Thread.currentThread().interrupt();
    assertCode(CclTimeoutException.class, ErrorCode.INTERRUPTED, () -> stream.synchronize(LONG));
    assertTrue(Thread.interrupted(), "the interrupt flag");
  }

  @Test
  void anInterruptEndsAWaitThatIsUnderWay() throws Exception {
    stub.idle = false;
    Thread[] waiter = new Thread[1];
    Future<ErrorCode> result =
        inAnotherThread(
            () -> {
              waiter[0] = Thread.currentThread();
              return assertThrows(CclException.class, () -> stream.synchronize(LONG)).code();
            });
    stub.awaitCall("synchronizeStream");
    waiter[0].interrupt();
    assertEquals(ErrorCode.INTERRUPTED, result.get(60, TimeUnit.SECONDS));
  }

  @Test
  void aFailureOfACommunicatorUsedOnTheStreamEndsTheWaitAsItIs() throws Exception {
    stub.idle = false;
    allReduce();
    Future<CclException> result =
        inAnotherThread(() -> assertThrows(CclException.class, () -> stream.synchronize(LONG)));
    stub.awaitCall("synchronizeStream");
    stub.said = "rank 1 called broadcast";
    world.nativeComm(0).asyncError = StubBackend.INVALID_USAGE;
    CclException e = result.get(60, TimeUnit.SECONDS);
    assertEquals(ErrorCode.MISMATCH, e.code());
    assertEquals(Status.INVALID_USAGE, e.details().status().orElseThrow());
    assertEquals(StubBackend.INVALID_USAGE, e.details().vendorCode().orElseThrow());
    assertTrue(e.details().vendorText().contains("rank 1 called broadcast"));
    assertEquals(comm.name(), e.details().communicator());
    assertEquals(0, e.details().rank().orElseThrow());
    assertSame(e, comm.failure().orElseThrow());
    assertSame(e, assertThrows(CclException.class, () -> stream.synchronize(LONG)), "again");
    assertSame(e, assertThrows(CclException.class, stream::isIdle));
  }

  @Test
  void aFailureIsReportedAlthoughTheStreamDrained() {
    allReduce();
    world.nativeComm(0).asyncError = StubBackend.REMOTE_ERROR;
    assertCode(ErrorCode.REMOTE_FAILURE, () -> stream.synchronize(LONG));
  }

  @Test
  void laterCallsFailWithTheFirstFailureAsTheirCause() {
    allReduce();
    world.nativeComm(0).asyncError = StubBackend.REMOTE_ERROR;
    CclException first = assertThrows(CclException.class, () -> stream.synchronize(LONG));
    world.nativeComm(0).asyncError = StubBackend.DEVICE_ERROR;
    CclException later = assertCode(ErrorCode.COMMUNICATOR_FAILED, this::allReduce);
    assertSame(first, later.getCause());
    assertNotSame(
        later, assertCode(ErrorCode.COMMUNICATOR_FAILED, () -> comm.split(0, 0)), "a new one");
    assertCode(ErrorCode.COMMUNICATOR_FAILED, () -> comm.group(() -> {}));
  }

  @Test
  void aFailureConcernsOnlyStreamsOnWhichTheCommunicatorWasUsed() {
    Stream other = world.device.openStream();
    allReduce();
    world.nativeComm(0).asyncError = StubBackend.REMOTE_ERROR;
    other.synchronize(LONG);
    assertTrue(other.isIdle());
  }

  @Test
  void aFailureAfterTheStreamWasIdleDoesNotConcernItAnyMore() {
    allReduce();
    stream.synchronize(LONG);
    world.nativeComm(0).asyncError = StubBackend.REMOTE_ERROR;
    stream.synchronize(LONG);
    assertTrue(comm.failure().isPresent());
  }

  @Test
  void aCommunicatorUsedAgainAfterTheStreamWasIdleConcernsItAgain() {
    allReduce();
    stream.synchronize(LONG);
    allReduce();
    world.nativeComm(0).asyncError = StubBackend.REMOTE_ERROR;
    assertCode(ErrorCode.REMOTE_FAILURE, () -> stream.synchronize(LONG));
  }

  @Test
  void theFirstOfSeveralFailuresIsKept() {
    CommunicatorHandle handle = world.handle(comm);
    CclException first = new CclTimeoutException(ErrorCode.OPERATION_TIMEOUT, "first");
    assertSame(first, handle.fail(first));
    assertSame(first, handle.fail(new CclTimeoutException(ErrorCode.CLOSE_TIMEOUT, "second")));
    assertSame(first, comm.failure().orElseThrow());
  }

  @Test
  void aClosedCommunicatorConcernsNoStreamAnyMore() {
    allReduce();
    world.nativeComm(0).asyncError = StubBackend.REMOTE_ERROR;
    assertCode(ErrorCode.REMOTE_FAILURE, () -> stream.synchronize(LONG));
    comm.close();
    stream.synchronize(LONG);
  }

  @Test
  void manyCommunicatorsOnOneStreamAreAllWatched() {
    for (int i = 0; i < 9; i++) {
      Communicator each = comm.split(0, 0).orElseThrow();
      each.allReduce(buffer, buffer, ReduceOp.SUM, stream);
    }
    allReduce();
    world.nativeComm(0).asyncError = StubBackend.REMOTE_ERROR;
    assertCode(ErrorCode.REMOTE_FAILURE, () -> stream.synchronize(LONG));
  }

  @Test
  void abortByAnotherThreadEndsAWait() throws Exception {
    stub.idle = false;
    allReduce();
    Future<CclException> result =
        inAnotherThread(() -> assertThrows(CclException.class, () -> stream.synchronize(LONG)));
    stub.awaitCall("synchronizeStream");
    comm.abort();
    CclException e = result.get(60, TimeUnit.SECONDS);
    assertEquals(ErrorCode.CLOSED, e.code());
    assertTrue(e.getMessage().contains("aborted"), e.getMessage());
    stream.synchronize(LONG);
  }

  @Test
  void closingTheStreamInAnotherThreadEndsAWait() throws Exception {
    stub.idle = false;
    Future<CclException> result =
        inAnotherThread(() -> assertThrows(CclException.class, () -> stream.synchronize(LONG)));
    stub.awaitCall("synchronizeStream");
    stream.close();
    assertEquals(ErrorCode.CLOSED, result.get(60, TimeUnit.SECONDS).code());
    assertEquals(1, stub.calls("destroyStream").size());
  }

  @Test
  void anErrorOfTheDeviceRuntimeIsTranslated() {
    stub.failing("synchronizeStream", StubBackend.DEVICE_ERROR);
    CclException e = assertCode(ErrorCode.DEVICE_FAILURE, () -> stream.synchronize(LONG));
    assertEquals(0, e.details().device().orElseThrow());
    stub.failing("synchronizeStream", StubBackend.UNHEARD_OF);
    e = assertCode(ErrorCode.LIBRARY_ERROR, () -> stream.synchronize(LONG));
    assertEquals(Status.UNKNOWN, e.details().status().orElseThrow());
    assertEquals(StubBackend.UNHEARD_OF, e.details().vendorCode().orElseThrow());
  }

  // --- events ---

  @Test
  void eventsAreWaitedForLikeStreams() throws Exception {
    Event event = world.device.newEvent();
    assertTrue(event.isComplete(), "never recorded");
    event.synchronize(SHORT);
    allReduce();
    stream.record(event);
    stub.idle = false;
    assertFalse(event.isComplete());
    assertCode(ErrorCode.WAIT_TIMEOUT, () -> event.synchronize(SHORT));
    Future<CclException> result =
        inAnotherThread(() -> assertThrows(CclException.class, () -> event.synchronize(LONG)));
    stub.awaitCall("synchronizeEvent");
    world.nativeComm(0).asyncError = StubBackend.REMOTE_ERROR;
    assertEquals(ErrorCode.REMOTE_FAILURE, result.get(60, TimeUnit.SECONDS).code());
    assertCode(ErrorCode.REMOTE_FAILURE, event::isComplete);
  }

  @Test
  void anEventIsNotDestroyedWhileTheTimeSinceItIsAskedFor() throws Exception {
    Event start = world.device.newTimingEvent();
    Event end = world.device.newTimingEvent();
    stream.record(start);
    stream.record(end);
    CountDownLatch gate = new CountDownLatch(1);
    stub.gate("elapsedNanos", gate);
    FutureTask<Duration> asking = new FutureTask<>(() -> end.elapsedSince(start));
    new Thread(asking).start();
    stub.awaitCall("elapsedNanos");
    Thread closing = new Thread(start::close);
    closing.start();
    World.assertSoon(() -> closing.getState() != Thread.State.RUNNABLE);
    assertEquals(List.of(), stub.calls("destroyEvent"));
    gate.countDown();
    asking.get(60, TimeUnit.SECONDS);
    closing.join();
    assertEquals(1, stub.calls("destroyEvent").size());
  }

  @Test
  void elapsedTimeNeedsTwoReachedTimingEvents() {
    Event start = world.device.newTimingEvent();
    Event end = world.device.newTimingEvent();
    Event plain = world.device.newEvent();
    assertCode(ErrorCode.ILLEGAL_STATE, () -> end.elapsedSince(start));
    stream.record(start);
    assertCode(ErrorCode.ILLEGAL_STATE, () -> end.elapsedSince(start));
    stream.record(end);
    stream.record(plain);
    assertCode(ErrorCode.ILLEGAL_STATE, () -> plain.elapsedSince(start));
    assertCode(ErrorCode.ILLEGAL_STATE, () -> end.elapsedSince(plain));
    stub.failing("elapsedNanos", StatusCode.NOT_READY);
    assertCode(ErrorCode.ILLEGAL_STATE, () -> end.elapsedSince(start));
    stub.working("elapsedNanos");
    assertEquals(Duration.ofNanos(end.handle() - start.handle()), end.elapsedSince(start));
    assertTrue(start.elapsedSince(end).isNegative());
  }

  @Test
  @SuppressWarnings("NullAway")
  void eventsAreChecked() {
    Event elsewhere = world.devices.get(1).newEvent();
    Event closed = world.device.newEvent();
    closed.close();
    stub.forget();
    assertCode(ErrorCode.WRONG_DEVICE, () -> stream.record(elsewhere));
    assertCode(ErrorCode.CLOSED, () -> stream.record(closed));
    assertCode(ErrorCode.CLOSED, () -> stream.waitFor(closed));
    assertCode(ErrorCode.NULL_ARGUMENT, () -> stream.record(null));
    assertCode(ErrorCode.NULL_ARGUMENT, () -> stream.waitFor(null));
    assertCode(ErrorCode.CLOSED, closed::isComplete);
    assertCode(ErrorCode.CLOSED, () -> closed.synchronize(SHORT));
    try (World other = new World(1)) {
      Event alien = other.device.newEvent();
      assertCode(ErrorCode.FOREIGN_OBJECT, () -> stream.record(alien));
      assertCode(ErrorCode.FOREIGN_OBJECT, () -> stream.waitFor(alien));
    }
    assertEquals(List.of(), stub.calls());
    stream.waitFor(elsewhere);
    assertEquals(1, stub.calls("waitEvent").size());
  }

  // --- threads ---

  @Test
  void twoThreadsAtOnceOnOneCommunicatorAreRefused() throws Exception {
    CountDownLatch gate = new CountDownLatch(1);
    stub.gate("allReduce", gate);
    Future<?> inside =
        inAnotherThread(
            () -> {
              allReduce();
              return null;
            });
    stub.awaitCall("allReduce");
    for (Op op : Op.values()) {
      Op.Args args = new Op.Args();
      args.send = buffer;
      args.recv = buffer;
      args.stream = stream;
      args.root = 0;
      assertCode(CclUsageException.class, ErrorCode.CONCURRENT_USE, () -> op.call(comm, args));
    }
    assertCode(ErrorCode.CONCURRENT_USE, () -> comm.split(0, 0));
    assertCode(ErrorCode.CONCURRENT_USE, () -> comm.preMulSum(DataType.FLOAT32, 1));
    gate.countDown();
    inside.get(60, TimeUnit.SECONDS);
    allReduce();
    assertEquals(2, stub.calls("allReduce").size());
  }

  @Test
  void aGroupHasItsCommunicatorsUntilItsEnd() throws Exception {
    world.ccl.group(
        () -> {
          allReduce();
          try {
            ErrorCode code =
                inAnotherThread(() -> assertThrows(CclException.class, this::allReduce).code())
                    .get(60, TimeUnit.SECONDS);
            assertEquals(ErrorCode.CONCURRENT_USE, code);
          } catch (Exception e) {
            throw new AssertionError(e);
          }
        });
    inAnotherThread(
            () -> {
              allReduce();
              return null;
            })
        .get(60, TimeUnit.SECONDS);
  }

  @Test
  void aCommunicatorMayGoFromThreadToThread() throws Exception {
    for (int i = 0; i < 20; i++) {
      inAnotherThread(
              () -> {
                allReduce();
                return null;
              })
          .get(60, TimeUnit.SECONDS);
    }
    assertEquals(20, stub.calls("allReduce").size());
  }

  @Test
  void launchesOfTwoCommunicatorsOnOneDeviceNeverMeet() throws Exception {
    Communicator second = comm.split(0, 0).orElseThrow();
    CountDownLatch gate = new CountDownLatch(1);
    stub.gate("broadcast", gate);
    Future<?> inside =
        inAnotherThread(
            () -> {
              comm.broadcast(buffer, buffer, 0, stream);
              return null;
            });
    stub.awaitCall("broadcast");
    Thread[] waiting = new Thread[1];
    Future<?> blocked =
        inAnotherThread(
            () -> {
              waiting[0] = Thread.currentThread();
              second.allReduce(buffer, buffer, ReduceOp.SUM, stream);
              return null;
            });
    // Whoever waits for the launch lock naps now and then.
    assertSoon(() -> waiting[0] != null && waiting[0].getState() == Thread.State.TIMED_WAITING);
    assertEquals(List.of(), stub.calls("allReduce"));
    gate.countDown();
    inside.get(60, TimeUnit.SECONDS);
    blocked.get(60, TimeUnit.SECONDS);
    assertEquals(1, stub.calls("allReduce").size());
  }

  // --- errors of a launch ---

  @Test
  void anErrorOfALaunchFailsTheCommunicatorAndIsTranslated() {
    stub.said = "NET/IB down";
    stub.failing("allReduce", StubBackend.UNHEARD_OF);
    CclException e = assertCode(ErrorCode.LIBRARY_ERROR, this::allReduce);
    assertEquals("allReduce", e.details().operation());
    assertEquals(StubBackend.UNHEARD_OF, e.details().vendorCode().orElseThrow());
    assertTrue(e.getMessage().contains("NET/IB down"), e.getMessage());
    assertSame(e, comm.failure().orElseThrow());
    assertCode(ErrorCode.COMMUNICATOR_FAILED, this::allReduce);
  }

  @Test
  void eachStatusHasItsCode() {
    Map<Integer, ErrorCode> codes =
        Map.of(
            StubBackend.DEVICE_ERROR, ErrorCode.DEVICE_FAILURE,
            StubBackend.INVALID_ARGUMENT, ErrorCode.LIBRARY_ERROR,
            StubBackend.INVALID_USAGE, ErrorCode.LIBRARY_ERROR,
            StubBackend.REMOTE_ERROR, ErrorCode.REMOTE_FAILURE,
            StubBackend.OUT_OF_MEMORY, ErrorCode.OUT_OF_MEMORY,
            StubBackend.UNHEARD_OF, ErrorCode.LIBRARY_ERROR,
            StatusCode.UNSUPPORTED, ErrorCode.UNSUPPORTED);
    codes.forEach(
        (status, code) -> {
          stub.failing("allocate", status);
          assertCode(code, () -> world.floats(4));
        });
    stub.working("allocate");
  }

  @Test
  void aLaunchThatMeetsAnEarlierFailureReportsThatOne() {
    stub.failing("allReduce", StubBackend.INVALID_ARGUMENT);
    world.nativeComm(0).asyncError = StubBackend.INVALID_USAGE;
    CclException e = assertCode(ErrorCode.COMMUNICATOR_FAILED, this::allReduce);
    assertEquals(ErrorCode.MISMATCH, ((CclException) Objects.requireNonNull(e.getCause())).code());
  }
}
