package org.ccl4j.core;

import static org.ccl4j.core.World.assertCode;
import static org.ccl4j.core.World.assertSoon;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.ccl4j.api.Ccl;
import org.ccl4j.api.CclException;
import org.ccl4j.api.CclTimeoutException;
import org.ccl4j.api.Communicator;
import org.ccl4j.api.ConnectOptions;
import org.ccl4j.api.DataType;
import org.ccl4j.api.Device;
import org.ccl4j.api.DeviceBuffer;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.Event;
import org.ccl4j.api.Graph;
import org.ccl4j.api.PreMulSum;
import org.ccl4j.api.ReduceOp;
import org.ccl4j.api.Stream;
import org.ccl4j.spi.StatusCode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Everything is closed once, children first, whatever goes wrong on the way. */
class ClosingTest {
  private final World world = new World(2);
  private final StubBackend stub = world.stub;
  private final Communicator comm = world.comm;
  private final DeviceBuffer buffer = world.floats(8);

  @AfterEach
  void close() {
    stub.working("finish");
    stub.working("destroy");
    world.close();
  }

  private static final String[] ENDINGS = {
    "finish",
    "destroy",
    "abort",
    "destroyOperator",
    "destroyExecutable",
    "destroyStream",
    "destroyEvent",
    "free",
    "closeBackend"
  };

  private List<String> endings() {
    return stub.calls(ENDINGS).stream().map(c -> c.substring(0, c.indexOf('('))).toList();
  }

  private Graph graph() {
    return world.stream.capture(() -> comm.allReduce(buffer, buffer, ReduceOp.SUM, world.stream));
  }

  @Test
  void aCommunicatorClosesGraphsThenSplitsThenOperatorsThenItself() {
    PreMulSum op = comm.preMulSum(DataType.FLOAT32, 2);
    Communicator child = comm.split(0, 0).orElseThrow();
    Graph graph = graph();
    stub.forget();
    comm.close();
    assertEquals(
        List.of(
            "destroyExecutable",
            "r0.finish",
            "r0.destroy",
            "free",
            "r0.destroyOperator",
            "r0.finish",
            "r0.destroy",
            "free"),
        endings());
    assertTrue(op.isClosed());
    assertTrue(child.isClosed());
    assertTrue(graph.isClosed());
    assertTrue(comm.isClosed());
    assertCode(ErrorCode.CLOSED, () -> graph.launch(world.stream));
  }

  @Test
  void aDeviceClosesCommunicatorsThenEventsThenBuffersThenStreams() {
    Stream other = world.device.openStream();
    Event event = world.device.newEvent();
    try (Graph apart = other.capture(() -> buffer.fill((byte) 0, other))) {
      stub.forget();
      world.device.close();
      assertEquals(
          List.of(
              "r0.finish",
              "r0.destroy",
              "free",
              "destroyExecutable",
              "destroyEvent",
              "free",
              "destroyStream",
              "destroyStream"),
          endings());
      assertTrue(apart.isClosed());
      assertTrue(comm.isClosed());
      assertFalse(world.comms.get(1).isClosed(), "another device's");
      assertCode(ErrorCode.CLOSED, () -> other.record(event));
      assertCode(ErrorCode.CLOSED, () -> world.device.openStream());
    }
  }

  @Test
  void theCclClosesAllCommunicatorsBeforeTheFirstMemoryAndTheBackendLast() {
    world.devices.get(1).openStream();
    stub.forget();
    world.ccl.close();
    List<String> endings = endings();
    assertEquals("closeBackend", endings.get(endings.size() - 1));
    int lastDestroy = Math.max(endings.indexOf("r0.destroy"), endings.indexOf("r1.destroy"));
    assertTrue(endings.indexOf("destroyStream") > lastDestroy, endings.toString());
    assertEquals(2, endings.stream().filter("destroyStream"::equals).count());
    assertEquals(1, endings.stream().filter("closeBackend"::equals).count());
    assertCode(ErrorCode.CLOSED, () -> world.ccl.device(0));
  }

  @Test
  void closingTwiceClosesOnce() {
    PreMulSum op = comm.preMulSum(DataType.FLOAT32, 2);
    Graph graph = graph();
    Event event = world.device.newEvent();
    List<AutoCloseable> all =
        List.of(op, graph, comm, buffer, world.stream, event, world.device, world.ccl);
    stub.forget();
    for (AutoCloseable each : all) {
      closeQuietly(each);
      int after = endings().size();
      closeQuietly(each);
      assertEquals(after, endings().size(), "second close of " + each);
    }
  }

  private static void closeQuietly(AutoCloseable each) {
    try {
      each.close();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void anyOrderOfTheUserEndsEverythingOnce() {
    PreMulSum op = comm.preMulSum(DataType.FLOAT32, 2);
    Graph graph = graph();
    Event event = world.device.newEvent();
    Communicator child = comm.split(0, 0).orElseThrow();
    List<List<AutoCloseable>> orders =
        List.of(
            List.of(world.ccl, world.device, comm, child, op, graph, event, buffer, world.stream),
            List.of(world.stream, buffer, event, graph, op, child, comm, world.device, world.ccl));
    stub.forget();
    for (List<AutoCloseable> order : orders) {
      order.forEach(ClosingTest::closeQuietly);
    }
    List<String> endings = endings();
    assertEquals(1, endings.stream().filter("destroyExecutable"::equals).count());
    assertEquals(1, endings.stream().filter("destroyStream"::equals).count());
    assertEquals(1, endings.stream().filter("r0.destroyOperator"::equals).count());
    assertEquals(2, endings.stream().filter("r0.destroy"::equals).count());
    assertEquals(1, endings.stream().filter("r1.destroy"::equals).count());
  }

  @Test
  void aStreamOrBufferClosedEarlyDoesNotDisturbTheRest() {
    comm.allReduce(buffer, buffer, ReduceOp.SUM, world.stream);
    world.stream.close();
    buffer.close();
    comm.close();
    assertTrue(endings().contains("r0.destroy"), endings().toString());
  }

  @Test
  void allAreClosedAlthoughSomeFailAndTheFirstFailureIsThrown() {
    world.device.openStream();
    stub.failing("destroyStream", StubBackend.DEVICE_ERROR);
    stub.failing("free", StubBackend.UNHEARD_OF);
    stub.failing("destroy", StubBackend.UNHEARD_OF);
    stub.forget();
    CclException e = assertThrows(CclException.class, world.device::close);
    assertTrue(e.getMessage().contains("destroying communicator"), e.getMessage());
    List<String> suppressed = new ArrayList<>();
    collect(e, suppressed);
    assertEquals(
        List.of("freeing the barrier", "freeing buffer", "destroying stream", "destroying stream"),
        suppressed);
    assertEquals(2, stub.calls("destroyStream").size());
    stub.working("destroyStream");
    stub.working("free");
    stub.working("destroy");
    world.device.close();
  }

  private static void collect(Throwable e, List<String> into) {
    for (Throwable one : e.getSuppressed()) {
      String message = String.valueOf(one.getMessage());
      into.add(
          message.split(" ", 4)[1]
              + " "
              + (message.contains("barrier") ? "the barrier" : message.split(" ", 4)[2]));
      collect(one, into);
    }
  }

  @Test
  void closingASplitChildLeavesTheParentUsable() {
    Communicator child = comm.split(0, 0).orElseThrow();
    child.close();
    comm.allReduce(buffer, buffer, ReduceOp.SUM, world.stream);
    assertFalse(comm.isClosed());
  }

  @Test
  void slicesAndViewsCloseWithTheirBufferAndNotAlone() {
    DeviceBuffer part = buffer.slice(2, 4);
    DeviceBuffer view = buffer.as(DataType.INT8);
    part.close();
    view.close();
    comm.allReduce(part, part, ReduceOp.SUM, world.stream);
    buffer.close();
    assertCode(ErrorCode.CLOSED, () -> part.slice(0, 1));
    assertCode(ErrorCode.CLOSED, () -> view.fill((byte) 0, world.stream));
  }

  @Test
  void wrappedMemoryAndStreamsAreNeverDestroyed() {
    DeviceBuffer memory = world.device.wrap(0x7000, DataType.INT8, 4);
    Stream stream = world.device.wrapStream(77);
    stub.forget();
    memory.close();
    stream.close();
    assertEquals(List.of(), stub.calls());
    assertCode(ErrorCode.CLOSED, () -> memory.fill((byte) 0, world.stream));
    assertCode(ErrorCode.CLOSED, stream::synchronize);
  }

  @Test
  void wrappedObjectsEndWithTheirDevice() {
    DeviceBuffer memory = world.device.wrap(0x7000, DataType.INT8, 4);
    Stream stream = world.device.wrapStream(77);
    world.device.close();
    assertCode(ErrorCode.CLOSED, () -> memory.slice(0, 1));
    assertCode(ErrorCode.CLOSED, stream::isIdle);
  }

  @Test
  void closingTheDeviceEndsAWaitForAWrappedStream() throws Exception {
    Stream stream = world.device.wrapStream(77);
    stub.idle = false;
    CountDownLatch done = new CountDownLatch(1);
    Thread waiter =
        new Thread(
            () -> {
              assertCode(ErrorCode.CLOSED, () -> stream.synchronize(Duration.ofSeconds(60)));
              done.countDown();
            });
    waiter.start();
    stub.awaitCall("synchronizeStream");
    world.device.close();
    assertTrue(done.await(60, TimeUnit.SECONDS));
  }

  @Test
  void aThreadKeepsNothingOfALibraryThatWasClosed() {
    WeakReference<CclHandle> library = useAndClose();
    long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (library.get() != null) {
      assertTrue(System.nanoTime() < end, "the library is still reachable");
      System.gc();
    }
  }

  private static WeakReference<CclHandle> useAndClose() {
    try (World used = new World(2)) {
      DeviceBuffer mine = used.floats(8);
      used.comm.allReduce(mine, mine, ReduceOp.SUM, used.stream);
      used.ccl.group(() -> used.comm.allReduce(mine, mine, ReduceOp.SUM, used.stream));
      used.comm.allToAllV(
          mine.slice(0, 2), new long[] {1, 1}, mine.slice(2, 2), new long[] {1, 1}, used.stream);
      assertCode(ErrorCode.OUT_OF_RANGE, () -> used.comm.broadcast(mine, mine, 7, used.stream));
      return new WeakReference<>(used.library());
    }
  }

  @Test
  void afterAFailureACommunicatorIsAbortedAndNotFinished() {
    world.nativeComm(0).asyncError = StubBackend.REMOTE_ERROR;
    stub.forget();
    comm.close();
    assertEquals(List.of("r0.abort", "free"), endings());
  }

  @Test
  void aCloseThatRunsOutOfTimeAbortsAndSaysSo() {
    stub.failing("finish", StatusCode.NOT_READY);
    stub.forget();
    CclTimeoutException e =
        assertCode(CclTimeoutException.class, ErrorCode.CLOSE_TIMEOUT, comm::close);
    assertTrue(e.getMessage().contains("still in flight"), e.getMessage());
    assertEquals(List.of("r0.finish", "r0.abort", "free"), endings());
    assertTrue(comm.isClosed());
    comm.close();
  }

  @Test
  void aFinishThatFailsAbortsAndThrows() {
    stub.failing("finish", StubBackend.UNHEARD_OF);
    stub.forget();
    assertCode(ErrorCode.LIBRARY_ERROR, comm::close);
    assertEquals(List.of("r0.finish", "r0.abort", "free"), endings());
  }

  @Test
  void anAbortedCommunicatorIsNeitherFinishedNorDestroyed() {
    Graph graph = graph();
    PreMulSum op = comm.preMulSum(DataType.FLOAT32, 2);
    Communicator child = comm.split(0, 0).orElseThrow();
    stub.forget();
    comm.abort();
    comm.abort();
    comm.close();
    assertEquals(
        List.of("destroyExecutable", "r0.abort", "free", "r0.destroyOperator", "r0.abort", "free"),
        endings());
    assertTrue(graph.isClosed() && op.isClosed() && child.isClosed() && comm.isClosed());
  }

  @Test
  void anAbortThatHangsInTheLibraryHangsNobody() {
    CountDownLatch never = new CountDownLatch(1);
    try {
      List<Communicator> hasty =
          world.ccl.connectAll(
              world.devices, ConnectOptions.DEFAULT.withTimeout(Duration.ofMillis(20)));
      stub.gate("abort", never);
      CclTimeoutException e =
          assertCode(
              CclTimeoutException.class, ErrorCode.CLOSE_TIMEOUT, () -> hasty.get(0).abort());
      assertTrue(e.getMessage().contains("did not return"), e.getMessage());
      assertTrue(hasty.get(0).isClosed());
    } finally {
      never.countDown();
    }
  }

  @Test
  void abortEndsAFinishThatAnotherThreadIsIn() throws Exception {
    CountDownLatch inFlight = new CountDownLatch(1);
    stub.gate("finish", inFlight);
    Thread closer = new Thread(comm::close);
    stub.forget();
    closer.start();
    stub.awaitCall("finish");
    Thread aborter = new Thread(comm::abort);
    aborter.start();
    stub.awaitCall("abort");
    inFlight.countDown();
    closer.join(60_000);
    aborter.join(60_000);
    assertEquals(List.of("r0.finish", "r0.abort", "free"), endings());
  }

  @Test
  void aSecondCloserReturnsOnlyWhenTheFirstIsDone() throws Exception {
    CountDownLatch inFlight = new CountDownLatch(1);
    stub.gate("finish", inFlight);
    Thread first = new Thread(comm::close);
    first.start();
    stub.awaitCall("finish");
    CountDownLatch secondDone = new CountDownLatch(1);
    AtomicBoolean firstWasDone = new AtomicBoolean();
    Thread second =
        new Thread(
            () -> {
              comm.close();
              firstWasDone.set(!stub.calls("destroy").isEmpty());
              secondDone.countDown();
            });
    second.start();
    assertSoon(() -> second.getState() == Thread.State.WAITING);
    inFlight.countDown();
    assertTrue(secondDone.await(60, TimeUnit.SECONDS));
    first.join(60_000);
    assertTrue(firstWasDone.get());
    assertEquals(1, stub.calls("finish").size());
  }

  @Test
  void closingFromAnotherThreadWorks() throws Exception {
    stub.forget();
    Thread closer = new Thread(world.ccl::close);
    closer.start();
    closer.join(60_000);
    assertTrue(endings().contains("closeBackend"));
    assertTrue(comm.isClosed());
  }

  @Test
  void whatIsMadeWhileTheParentClosesIsClosedWithIt() throws Exception {
    for (int round = 0; round < 50; round++) {
      StubBackend mine = new StubBackend();
      Ccl ccl = mine.open();
      Device device = ccl.device(0);
      CountDownLatch started = new CountDownLatch(1);
      Thread maker =
          new Thread(
              () -> {
                try {
                  while (true) {
                    device.openStream();
                    started.countDown();
                  }
                } catch (CclException e) {
                  assertEquals(ErrorCode.CLOSED, e.code());
                }
              });
      maker.start();
      assertTrue(started.await(60, TimeUnit.SECONDS));
      ccl.close();
      maker.join(60_000);
      List<String> calls = mine.calls("createStream", "destroyStream", "closeBackend");
      assertEquals("closeBackend()", calls.get(calls.size() - 1), "nothing after the backend");
      assertEquals(
          mine.calls("createStream").size(),
          mine.calls("destroyStream").size(),
          "every stream was destroyed");
    }
  }

  @Test
  void aSplitUnderWayKeepsTheParentFromBeingDestroyed() throws Exception {
    CountDownLatch gate = new CountDownLatch(1);
    stub.gate("split", gate);
    stub.forget();
    Thread splitter = new Thread(() -> assertCode(ErrorCode.CLOSED, () -> comm.split(0, 0)));
    splitter.start();
    stub.awaitCall("split");
    Thread closer = new Thread(comm::close);
    closer.start();
    assertSoon(() -> closer.getState() == Thread.State.WAITING);
    assertEquals(List.of(), endings());
    gate.countDown();
    closer.join(60_000);
    splitter.join(60_000);
    List<String> endings = endings();
    assertEquals(2, endings.stream().filter("r0.destroy"::equals).count(), endings.toString());
  }
}
