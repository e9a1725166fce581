package org.ccl4j.core;

import static org.ccl4j.core.World.assertCode;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.ccl4j.api.Capability;
import org.ccl4j.api.CclException;
import org.ccl4j.api.CclUsageException;
import org.ccl4j.api.CollectiveOptions;
import org.ccl4j.api.DataType;
import org.ccl4j.api.DeviceBuffer;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.Event;
import org.ccl4j.api.Graph;
import org.ccl4j.api.ReduceOp;
import org.ccl4j.api.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What is captured, what a graph knows, and what is not allowed meanwhile. */
class CaptureTest {
  private static final Duration LONG = Duration.ofSeconds(60);

  private final World world = new World(2);
  private final StubBackend stub = world.stub;
  private final Stream stream = world.stream;
  private final Stream second = world.devices.get(1).openStream();
  private final DeviceBuffer buffer = world.floats(8);
  private final DeviceBuffer buffer1 = world.devices.get(1).allocate(DataType.FLOAT32, 8);

  @AfterEach
  void close() {
    world.close();
  }

  private void allReduce() {
    world.comm.allReduce(buffer, buffer, ReduceOp.SUM, stream);
  }

  private List<String> graphCalls() {
    return stub
        .calls(
            "beginCapture",
            "endCapture",
            "instantiateGraph",
            "destroyGraph",
            "destroyExecutable",
            "launchGraph",
            "allReduce")
        .stream()
        .map(c -> c.startsWith("r") ? c.substring(0, c.indexOf('(')) : c)
        .toList();
  }

  @Test
  void aCaptureBeginsEndsInstantiatesAndDropsTheSource() {
    stub.forget();
    Graph graph = stream.capture(this::allReduce);
    assertEquals(
        List.of(
            "beginCapture(0)",
            "r0.allReduce",
            "endCapture(0)",
            "instantiateGraph(0)",
            "destroyGraph(0)"),
        graphCalls());
    stub.forget();
    graph.launch(stream);
    graph.launch(world.device.openStream());
    graph.close();
    graph.close();
    assertEquals(List.of("launchGraph(0)", "launchGraph(0)", "destroyExecutable(0)"), graphCalls());
    assertTrue(graph.isClosed());
    assertCode(ErrorCode.CLOSED, () -> graph.launch(stream));
  }

  @Test
  void captureOfSeveralStreamsEndsAllBeforeTheFirstInstantiation() {
    stub.forget();
    List<Graph> graphs =
        world.ccl.capture(
            List.of(stream, second),
            () ->
                world.ccl.group(
                    () -> {
                      allReduce();
                      world.comms.get(1).allReduce(buffer1, buffer1, ReduceOp.SUM, second);
                    }));
    assertEquals(2, graphs.size());
    assertEquals(
        List.of(
            "beginCapture(0)",
            "beginCapture(1)",
            "r0.allReduce",
            "r1.allReduce",
            "endCapture(0)",
            "endCapture(1)",
            "instantiateGraph(0)",
            "instantiateGraph(1)",
            "destroyGraph(0)",
            "destroyGraph(1)"),
        graphCalls());
    world.comms.get(1).close();
    assertFalse(graphs.get(0).isClosed(), "holds the other communicator");
    assertTrue(graphs.get(1).isClosed());
  }

  @Test
  void anExceptionInTheBodyDropsEveryCaptureAndRises() {
    stub.forget();
    IllegalStateException mine = new IllegalStateException("mine");
    assertSame(
        mine,
        assertThrows(
            IllegalStateException.class,
            () ->
                world.ccl.capture(
                    List.of(stream, second),
                    () -> {
                      throw mine;
                    })));
    assertEquals(
        List.of(
            "beginCapture(0)",
            "beginCapture(1)",
            "endCapture(0)",
            "endCapture(1)",
            "destroyGraph(0)",
            "destroyGraph(1)"),
        graphCalls());
    stream.synchronize(LONG);
    stream.capture(this::allReduce).close();
  }

  /** As bodies in other languages may, and Java's by a detour. */
  @Test
  void aCheckedExceptionInTheBodyEndsTheCaptureAsWell() {
    stub.forget();
    assertThrows(
        IOException.class, () -> stream.capture(() -> sneak(new IOException("no such file"))));
    assertEquals(List.of("beginCapture(0)", "endCapture(0)", "destroyGraph(0)"), graphCalls());
    stream.synchronize(LONG);
  }

  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  private static <T extends Throwable> void sneak(Throwable e) throws T {
    throw (T) e;
  }

  @Test
  void anOperationWithADeadlineIsRefusedWhenItsStreamJoinsBeforeTheGroupEnds() {
    CollectiveOptions late = CollectiveOptions.DEFAULT.withDeadline(LONG);
    Stream beside = world.device.openStream();
    Event begun = world.device.newEvent();
    stub.forget();
    assertCode(
        ErrorCode.ILLEGAL_STATE,
        () ->
            stream.capture(
                () ->
                    world.ccl.group(
                        () -> {
                          world.comm.allReduce(buffer, buffer, 8, ReduceOp.SUM, beside, late);
                          stream.record(begun);
                          beside.waitFor(begun);
                        })));
    assertEquals(List.of(), stub.calls("allReduce", "createEvent"));
  }

  @Test
  void aFailedBeginningDropsThoseThatBegan() {
    stub.failing("beginCapture", StubBackend.UNHEARD_OF);
    assertCode(ErrorCode.LIBRARY_ERROR, () -> stream.capture(() -> {}));
    stub.working("beginCapture");
    stub.forget();
    stream
        .capture(
            () ->
                assertCode(
                    ErrorCode.ILLEGAL_STATE,
                    () -> world.ccl.capture(List.of(second, stream), () -> {})))
        .close();
    assertEquals(
        List.of(
            "beginCapture(0)",
            "beginCapture(1)",
            "endCapture(1)",
            "destroyGraph(1)",
            "endCapture(0)",
            "instantiateGraph(0)",
            "destroyGraph(0)",
            "destroyExecutable(0)"),
        graphCalls());
  }

  @Test
  void aCaptureThatDoesNotEndWellIsTheCallersMistake() {
    stub.failing("endCapture", StubBackend.INVALID_USAGE);
    CclException e =
        assertCode(
            CclUsageException.class, ErrorCode.ILLEGAL_STATE, () -> stream.capture(() -> {}));
    assertTrue(e.getMessage().contains("Join every stream back"), e.getMessage());
    stub.failing("endCapture", StubBackend.DEVICE_ERROR);
    assertCode(ErrorCode.DEVICE_FAILURE, () -> stream.capture(() -> {}));
    stub.working("endCapture");
    stub.failing("instantiateGraph", StubBackend.OUT_OF_MEMORY);
    stub.forget();
    assertCode(ErrorCode.OUT_OF_MEMORY, () -> stream.capture(() -> {}));
    assertEquals(1, stub.calls("destroyGraph").size());
    stub.working("instantiateGraph");
  }

  @Test
  void whatWaitsIsNotAllowedOnACapturedStream() {
    Event event = world.device.newEvent();
    float[] array = new float[8];
    Graph graph =
        stream.capture(
            () -> {
              assertCode(ErrorCode.ILLEGAL_STATE, () -> stream.synchronize(LONG));
              assertCode(ErrorCode.ILLEGAL_STATE, stream::synchronize);
              assertCode(ErrorCode.ILLEGAL_STATE, stream::isIdle);
              assertCode(ErrorCode.ILLEGAL_STATE, () -> buffer.copyTo(array, stream));
              assertCode(ErrorCode.ILLEGAL_STATE, () -> buffer.copyFrom(array, stream));
              assertCode(ErrorCode.ILLEGAL_STATE, () -> stream.capture(() -> {}));
              stream.record(event);
              assertCode(ErrorCode.ILLEGAL_STATE, () -> event.synchronize(LONG));
              assertCode(ErrorCode.ILLEGAL_STATE, event::isComplete);
            });
    assertCode(ErrorCode.ILLEGAL_STATE, () -> event.synchronize(LONG));
    stream.record(event);
    event.synchronize(LONG);
    graph.close();
  }

  @Test
  void anotherThreadMayNotUseACapturedStream() {
    AtomicReference<ErrorCode> seen = new AtomicReference<>();
    stream
        .capture(
            () -> {
              Thread other =
                  new Thread(
                      () ->
                          seen.set(
                              assertThrows(CclException.class, () -> buffer.fill((byte) 1, stream))
                                  .code()));
              other.start();
              try {
                other.join(60_000);
              } catch (InterruptedException e) {
                throw new AssertionError(e);
              }
            })
        .close();
    assertEquals(ErrorCode.ILLEGAL_STATE, seen.get());
  }

  @Test
  void aStreamJoinsTheCaptureByWaitingForAnEvent() {
    Stream side = world.device.openStream();
    Event fork = world.device.newEvent();
    Event join = world.device.newEvent();
    Graph graph =
        stream.capture(
            () -> {
              stream.record(fork);
              side.waitFor(fork);
              assertCode(ErrorCode.ILLEGAL_STATE, () -> side.synchronize(LONG));
              world.comm.allReduce(buffer, buffer, ReduceOp.SUM, side);
              side.record(join);
              stream.waitFor(join);
            });
    side.synchronize(LONG);
    world.comm.close();
    assertTrue(graph.isClosed(), "knows the communicator of the joined stream");
    assertCode(ErrorCode.ILLEGAL_STATE, () -> side.waitFor(fork));
  }

  @Test
  void workOutsideTheCaptureCannotBeWaitedForInside() {
    Event outside = world.device.newEvent();
    Event never = world.device.newEvent();
    stream.record(outside);
    stream
        .capture(
            () -> {
              assertCode(ErrorCode.ILLEGAL_STATE, () -> stream.waitFor(outside));
              stream.waitFor(never);
            })
        .close();
  }

  @Test
  void aCapturedStreamIsNotClosedUnderItsCapture() {
    Graph graph =
        stream.capture(
            () -> assertCode(CclUsageException.class, ErrorCode.ILLEGAL_STATE, stream::close));
    graph.launch(stream);
    stub.forget();
    assertCode(ErrorCode.CLOSED, () -> stream.capture(world.device::close));
    assertEquals(List.of(), stub.calls("endCapture", "instantiateGraph"), "the stream was gone");
    stream.close();
  }

  @Test
  void aGraphKeepsTheHostMemoryThatItsLaunchesReadAgain() {
    List<WeakReference<ByteBuffer>> captured = new ArrayList<>();
    Graph graph =
        stream.capture(
            () -> {
              captured.add(copyFromForgotten());
              captured.add(copyToForgotten());
            });
    WeakReference<ByteBuffer> outside = copyFromForgotten();
    long end = System.nanoTime() + LONG.toNanos();
    while (outside.get() != null) {
      assertTrue(System.nanoTime() < end, "nothing is collected");
      System.gc();
    }
    for (WeakReference<ByteBuffer> each : captured) {
      assertNotNull(each.get());
    }
    graph.close();
  }

  private WeakReference<ByteBuffer> copyFromForgotten() {
    ByteBuffer host = ByteBuffer.allocateDirect(32);
    buffer.copyFrom(host, stream);
    return new WeakReference<>(host);
  }

  private WeakReference<ByteBuffer> copyToForgotten() {
    ByteBuffer host = ByteBuffer.allocateDirect(32);
    buffer.copyTo(host, stream);
    return new WeakReference<>(host);
  }

  @Test
  void captureChecksItsArguments() {
    stub.forget();
    assertCode(
        ErrorCode.INVALID_ARGUMENT, () -> world.ccl.capture(List.of(stream, stream), () -> {}));
    try (World other = new World(1)) {
      assertCode(
          ErrorCode.FOREIGN_OBJECT, () -> world.ccl.capture(List.of(other.stream), () -> {}));
    }
    assertEquals(List.of(), stub.calls());
    assertEquals(List.of(), world.ccl.capture(List.of(), () -> {}));
    stream.close();
    assertCode(ErrorCode.CLOSED, () -> stream.capture(() -> {}));
  }

  @Test
  void graphsNeedTheirCapability() {
    StubBackend mine = new StubBackend();
    mine.capabilities = EnumSet.complementOf(EnumSet.of(Capability.GRAPHS));
    try (World without = new World(mine, 1)) {
      assertCode(ErrorCode.UNSUPPORTED, () -> without.stream.capture(() -> {}));
      assertEquals(List.of(), mine.calls("beginCapture"));
    }
  }

  @Test
  void aGraphIsLaunchedOnItsOwnDeviceAndCcl() {
    Graph graph = stream.capture(this::allReduce);
    stub.forget();
    assertCode(ErrorCode.WRONG_DEVICE, () -> graph.launch(second));
    try (World other = new World(1)) {
      assertCode(ErrorCode.FOREIGN_OBJECT, () -> graph.launch(other.stream));
    }
    assertEquals(List.of(), stub.calls());
  }

  @Test
  void aGraphOfAFailedCommunicatorIsNotLaunched() {
    Graph graph = stream.capture(this::allReduce);
    graph.launch(stream);
    world.nativeComm(0).asyncError = StubBackend.REMOTE_ERROR;
    assertCode(ErrorCode.REMOTE_FAILURE, () -> stream.synchronize(LONG));
    stub.forget();
    assertCode(ErrorCode.COMMUNICATOR_FAILED, () -> graph.launch(stream));
    assertEquals(List.of(), stub.calls());
  }

  @Test
  void aLaunchThatFailsFailsTheCommunicatorsInTheGraph() {
    Graph graph = stream.capture(this::allReduce);
    stub.failing("launchGraph", StubBackend.DEVICE_ERROR);
    CclException e = assertCode(ErrorCode.DEVICE_FAILURE, () -> graph.launch(stream));
    assertSame(e, world.comm.failure().orElseThrow());
  }

  @Test
  void aGraphLaunchedDuringACaptureBringsItsCommunicatorsAlong() {
    Graph inner = stream.capture(this::allReduce);
    Graph outer = stream.capture(() -> inner.launch(stream));
    world.comm.close();
    assertTrue(outer.isClosed());
  }

  @Test
  void aCommunicatorClosedDuringTheCaptureLeavesNoGraph() {
    stub.forget();
    assertCode(
        ErrorCode.CLOSED,
        () ->
            stream.capture(
                () -> {
                  allReduce();
                  world.comm.close();
                }));
    assertEquals(1, stub.calls("destroyExecutable").size());
    assertEquals(1, stub.calls("destroyGraph").size());
  }
}
