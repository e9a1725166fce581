package org.ccl4j.core;

import static org.ccl4j.core.World.assertCode;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.ccl4j.api.CclException;
import org.ccl4j.api.CclLibraryException;
import org.ccl4j.api.Communicator;
import org.ccl4j.api.ConnectOptions;
import org.ccl4j.api.DataType;
import org.ccl4j.api.DeviceBuffer;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.Graph;
import org.ccl4j.api.ReduceOp;
import org.ccl4j.api.ShrinkMode;
import org.ccl4j.api.Stream;
import org.ccl4j.spi.StatusCode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The stream that a communicator brings along: when it is opened, and who closes it when. */
class OwnStreamTest {
  private final World world = new World(3);
  private final StubBackend stub = world.stub;
  private final Communicator comm = world.comm;
  private final DeviceBuffer x = world.floats(8);

  OwnStreamTest() {
    stub.forget();
  }

  @AfterEach
  void close() {
    for (String method : List.of("finish", "destroy", "abort", "destroyStream")) {
      stub.working(method);
    }
    world.close();
  }

  /** What ended something of rank 0's device, in order. */
  private List<String> endings() {
    return stub
        .calls("finish", "destroy", "abort", "revoke", "freeOrdered", "free", "destroyStream")
        .stream()
        .map(c -> c.substring(0, c.indexOf('(')))
        .toList();
  }

  private static <T> T finish(FutureTask<T> task) throws Exception {
    return task.get(60, TimeUnit.SECONDS);
  }

  private static <T> FutureTask<T> start(FutureTask<T> task) {
    Thread thread = new Thread(task);
    thread.setDaemon(true);
    thread.start();
    return task;
  }

  // --- opening ---

  @Test
  void itIsOpenedAtTheFirstCallAndTheSameFromThenOn() {
    assertEquals(List.of(), stub.calls("createStream"));
    Stream own = comm.stream();
    assertSame(own, comm.stream());
    assertEquals(List.of("createStream(0, 0)"), stub.calls("createStream"));
    assertSame(comm.device(), own.device());
    assertNotEquals(world.stream.handle(), own.handle());
    assertTrue(own.toString().contains(comm.toString()), own.toString());
  }

  @Test
  void itIsOnTheDeviceOfItsCommunicator() {
    world.comms.get(2).stream();
    assertEquals(List.of("createStream(2, 0)"), stub.calls("createStream"));
  }

  @Test
  void aCommunicatorThatNobodyAskedClosesNone() {
    comm.close();
    assertEquals(List.of(), stub.calls("createStream", "destroyStream"));
  }

  @Test
  void threadsThatAskAtOnceGetTheSame() throws Exception {
    int threads = 8;
    for (int round = 0; round < 50; round++) {
      Communicator fresh = comm.split(0, 0).orElseThrow();
      stub.forget();
      CyclicBarrier together = new CyclicBarrier(threads);
      List<FutureTask<Stream>> asking = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        asking.add(
            start(
                new FutureTask<>(
                    () -> {
                      together.await();
                      return fresh.stream();
                    })));
      }
      for (FutureTask<Stream> one : asking) {
        assertSame(fresh.stream(), finish(one));
      }
      assertEquals(1, stub.calls("createStream").size());
    }
  }

  @Test
  void aSecondThreadWaitsForTheFirstThatOpensIt() throws Exception {
    CountDownLatch opening = new CountDownLatch(1);
    stub.gate("createStream", opening);
    FutureTask<Stream> first = start(new FutureTask<>(comm::stream));
    stub.awaitCall("createStream");
    FutureTask<Stream> second = start(new FutureTask<>(comm::stream));
    opening.countDown();
    assertSame(finish(first), finish(second));
    assertEquals(1, stub.calls("createStream").size());
  }

  @Test
  void oneThatCannotBeOpenedCostsNothingAndIsTriedAgain() {
    stub.failOnce("createStream", StubBackend.DEVICE_ERROR);
    CclLibraryException e =
        assertCode(CclLibraryException.class, ErrorCode.DEVICE_FAILURE, comm::stream);
    assertTrue(String.valueOf(e.getMessage()).contains("opening a stream"), e.getMessage());
    assertTrue(comm.failure().isEmpty());
    comm.allReduce(x, x, ReduceOp.SUM, comm.stream());
    stub.forget();
    comm.close();
    assertEquals(List.of("r0.finish", "r0.destroy", "free", "destroyStream"), endings());
  }

  @Test
  void itMayBeAskedForBesideACallInAGroupAndInACapture() throws Exception {
    world.ccl.group(
        () -> {
          comm.allReduce(x, x, ReduceOp.SUM, comm.stream());
          assertSame(comm.stream(), comm.stream());
        });
    assertEquals(
        List.of("createStream(0, 0)"), stub.calls("createStream", "allReduce").subList(0, 1));
    assertEquals(1, stub.calls("allReduce").size());

    Communicator second = world.comms.get(1);
    try (Graph graph = world.stream.capture(second::stream)) {
      assertFalse(graph.isClosed());
      assertEquals(2, stub.calls("createStream").size());
    }

    CountDownLatch reducing = new CountDownLatch(1);
    stub.gate("allReduce", reducing);
    Communicator third = world.comms.get(2);
    DeviceBuffer y = third.device().allocate(DataType.FLOAT32, 8);
    Stream own = third.stream();
    FutureTask<Void> inside =
        start(new FutureTask<>(() -> third.allReduce(y, y, ReduceOp.SUM, own), null));
    while (stub.calls("allReduce").size() < 2) {
      Thread.onSpinWait();
    }
    assertSame(own, third.stream());
    reducing.countDown();
    finish(inside);
  }

  @Test
  void itIsGivenAsLongAsTheCommunicatorIsNotClosed() {
    Communicator revoked = world.comms.get(1);
    revoked.revoke();
    assertSame(revoked.stream(), revoked.stream());
    Communicator suspended = world.comms.get(2);
    suspended.suspend();
    assertSame(suspended.stream(), suspended.stream());
    comm.shrink(Set.of(1), ShrinkMode.ABORT);
    world.nativeComm(0).asyncError = StubBackend.REMOTE_ERROR;
    assertTrue(comm.failure().isPresent());
    assertSame(comm.stream(), comm.stream());
    comm.stream().synchronize();
  }

  // --- closing ---

  @Test
  void itsUserDoesNotCloseIt() {
    Stream own = comm.stream();
    own.close();
    own.close();
    assertEquals(List.of(), stub.calls("destroyStream"));
    comm.allReduce(x, x, ReduceOp.SUM, own);
    own.synchronize();
    try (Graph graph =
        own.capture(
            () -> {
              own.close();
              comm.allReduce(x, x, ReduceOp.SUM, own);
            })) {
      graph.launch(own);
    }
    assertSame(own, comm.stream());
    assertEquals(List.of(), stub.calls("destroyStream"));
  }

  @Test
  void itClosesOnceBehindTheEndOfItsCommunicator() {
    Stream own = comm.stream();
    comm.close();
    comm.close();
    own.close();
    assertEquals(List.of("r0.finish", "r0.destroy", "free", "destroyStream"), endings());
    CclException asked = assertCode(ErrorCode.CLOSED, comm::stream);
    assertTrue(
        String.valueOf(asked.getMessage()).contains("stream: communicator"), asked::toString);
    assertCode(ErrorCode.CLOSED, own::synchronize);
    assertCode(ErrorCode.CLOSED, own::isIdle);
    assertCode(ErrorCode.CLOSED, () -> x.fill((byte) 0, own));
    assertCode(ErrorCode.CLOSED, () -> world.comms.get(0).barrier(own));
    world.device.close();
    assertEquals(2, stub.calls("destroyStream").size(), "its own and that of the device");
  }

  @Test
  void itClosesBehindTheAbortOfItsCommunicator() {
    Stream own = comm.stream();
    comm.abort();
    comm.close();
    assertEquals(List.of("r0.abort", "free", "destroyStream"), endings());
    CclException asked = assertCode(ErrorCode.CLOSED, comm::stream);
    assertTrue(String.valueOf(asked.getMessage()).contains("was aborted"), asked::toString);
    assertCode(ErrorCode.CLOSED, own::synchronize);
  }

  @Test
  void itClosesHoweverTheCommunicatorEnds() {
    world.comms.forEach(Communicator::stream);
    world.nativeComm(0).asyncError = StubBackend.REMOTE_ERROR;
    comm.close();
    assertEquals(List.of("r0.abort", "free", "destroyStream"), endings());

    stub.forget();
    world.comms.get(1).revoke();
    world.comms.get(1).close();
    assertEquals(List.of("r1.revoke", "r1.destroy", "free", "destroyStream"), endings());

    stub.forget();
    stub.failing("finish", StatusCode.NOT_READY);
    assertCode(ErrorCode.CLOSE_TIMEOUT, () -> world.comms.get(2).close());
    assertEquals(List.of("r2.finish", "r2.abort", "free", "destroyStream"), endings());
  }

  @Test
  void aFailureInBetweenLeavesItNeitherOpenNorFailed() {
    comm.stream();
    stub.failing("destroy", StubBackend.UNHEARD_OF);
    assertCode(ErrorCode.LIBRARY_ERROR, comm::close);
    assertEquals(List.of("r0.finish", "r0.destroy", "free", "destroyStream"), endings());
    stub.working("destroy");

    world.comms.get(1).stream();
    stub.failing("destroyStream", StubBackend.DEVICE_ERROR);
    CclException e = assertCode(ErrorCode.DEVICE_FAILURE, () -> world.comms.get(1).close());
    assertTrue(String.valueOf(e.getMessage()).contains("destroying stream"), e.getMessage());
    assertTrue(world.comms.get(1).isClosed());
    world.comms.get(1).close();
  }

  @Test
  void anAbortedShrinkLeavesItUntilTheCommunicatorIsClosed() {
    Stream own = comm.stream();
    Communicator child = comm.shrink(Set.of(1), ShrinkMode.ABORT);
    own.synchronize();
    assertNotSame(own, child.stream());
    comm.close();
    assertEquals(1, stub.calls("destroyStream").size());
    child.allReduce(x, x, ReduceOp.SUM, child.stream());
  }

  @Test
  void whatWasAllocatedInItsOrderIsFreedInItBefore() {
    DeviceBuffer ordered = world.device.allocate(DataType.FLOAT32, 8, comm.stream());
    comm.close();
    assertEquals(
        List.of("r0.finish", "r0.destroy", "free", "freeOrdered", "destroyStream"), endings());
    assertCode(ErrorCode.CLOSED, () -> ordered.slice(0, 1));
  }

  @Test
  void deviceAndLibraryCloseItWithItsCommunicator() {
    world.comms.forEach(Communicator::stream);
    world.comms.get(1).device().close();
    assertEquals(List.of("r1.finish", "r1.destroy", "free", "destroyStream"), endings());
    stub.forget();
    world.ccl.close();
    List<String> endings = stub.calls("destroy", "destroyStream", "closeBackend");
    assertEquals("closeBackend()", endings.get(endings.size() - 1));
    assertEquals(
        List.of("r2.destroy()", "destroyStream(2)", "r0.destroy()", "destroyStream(0)"),
        endings.subList(0, 4));
    assertEquals(3, stub.calls("destroyStream").size(), "two of communicators, one of a device");
  }

  @Test
  void eachChildHasAnother() {
    Communicator split = comm.split(0, 0).orElseThrow();
    Communicator shrunk = comm.shrink(Set.of(1), ShrinkMode.PLAIN);
    Stream own = comm.stream();
    assertEquals(
        3,
        List.of(own, split.stream(), shrunk.stream()).stream()
            .map(Stream::handle)
            .distinct()
            .count());
    Stream childs = split.stream();
    split.close();
    assertEquals(1, stub.calls("destroyStream").size());
    assertCode(ErrorCode.CLOSED, childs::synchronize);
    own.synchronize();
    comm.close();
    assertEquals(3, stub.calls("destroyStream").size());
    assertCode(ErrorCode.CLOSED, shrunk::stream);
  }

  @Test
  void aGraphThatWasCapturedFromItWithoutOperationsOutlivesIt() {
    Stream own = comm.stream();
    try (Graph fill = own.capture(() -> x.fill((byte) 1, own));
        Graph reduce = own.capture(() -> comm.allReduce(x, x, ReduceOp.SUM, own))) {
      comm.close();
      assertTrue(reduce.isClosed());
      fill.launch(world.stream);
    }
  }

  @Test
  void closingTheCommunicatorDuringTheCaptureEndsTheCapture() {
    Stream own = comm.stream();
    assertCode(ErrorCode.CLOSED, () -> own.capture(comm::close));
    assertEquals(1, stub.calls("destroyStream").size());
    assertEquals(List.of(), stub.calls("endCapture", "instantiateGraph"));
  }

  @Test
  void theEndOfTheCommunicatorEndsAWaitForIt() throws Exception {
    Stream own = comm.stream();
    stub.idle = false;
    FutureTask<Void> waiting =
        start(
            new FutureTask<>(
                () -> assertCode(ErrorCode.CLOSED, () -> own.synchronize(Duration.ofMinutes(10))),
                null));
    stub.awaitCall("synchronizeStream");
    comm.close();
    finish(waiting);
    assertEquals(List.of("r0.finish", "r0.destroy", "free", "destroyStream"), endings());
  }

  @Test
  void aLibraryThatHangsInTheAbortKeepsTheStream() {
    CountDownLatch never = new CountDownLatch(1);
    try {
      Communicator hasty =
          world
              .ccl
              .connectAll(world.devices, ConnectOptions.DEFAULT.withTimeout(Duration.ofMillis(20)))
              .get(0);
      Stream own = hasty.stream();
      stub.gate("abort", never);
      assertCode(ErrorCode.CLOSE_TIMEOUT, hasty::abort);
      assertEquals(List.of(), stub.calls("destroyStream"));
      assertCode(ErrorCode.CLOSED, own::isIdle);
    } finally {
      never.countDown();
    }
  }

  @Test
  void oneThatIsOpenedWhileTheCommunicatorClosesIsClosedWithIt() throws Exception {
    CountDownLatch opening = new CountDownLatch(1);
    stub.gate("createStream", opening);
    FutureTask<Void> asking =
        start(new FutureTask<>(() -> assertCode(ErrorCode.CLOSED, comm::stream), null));
    stub.awaitCall("createStream");
    Thread closer = new Thread(comm::close);
    closer.start();
    while (!comm.isClosed()) {
      Thread.onSpinWait();
    }
    opening.countDown();
    finish(asking);
    closer.join(60_000);
    assertTrue(comm.isClosed());
    assertEquals(List.of("destroyStream", "r0.finish", "r0.destroy", "free"), endings());
  }
}
