package org.ccl4j.core;

import static org.ccl4j.core.World.assertCode;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.ccl4j.api.Capability;
import org.ccl4j.api.CclException;
import org.ccl4j.api.CclUsageException;
import org.ccl4j.api.CollectiveOptions;
import org.ccl4j.api.Communicator;
import org.ccl4j.api.DataType;
import org.ccl4j.api.DeviceBuffer;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.Graph;
import org.ccl4j.api.Signal;
import org.ccl4j.api.Signals;
import org.ccl4j.api.Window;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What becomes of put, signal and wait on their way to the library. */
class OneSidedTest {
  private final StubBackend stub = new StubBackend();
  private final World world;
  private final Communicator comm;
  private final Window window;
  private final DeviceBuffer source;
  private final Window outgoing;

  OneSidedTest() {
    stub.alignment = 4096;
    world = new World(stub, 2);
    comm = world.comm;
    window = comm.registerWindow(world.device.allocateShareable(DataType.UINT8, 4096));
    source = world.device.allocateShareable(DataType.FLOAT32, 8);
    outgoing = comm.registerWindow(source);
    stub.forget();
  }

  @AfterEach
  void close() {
    world.close();
  }

  private String put(long count, int peer, long bytes, Signal signal) {
    return "r0.putSignal("
        + Long.toHexString(source.address())
        + ", "
        + count
        + ", FLOAT32, "
        + peer
        + ", 7, "
        + bytes
        + ", "
        + signal.index()
        + ", "
        + signal.context()
        + ")";
  }

  @Test
  void offsetsBecomeBytes() {
    comm.putSignal(source, 1, window, 10, world.stream);
    comm.putSignal(
        source, 3, 1, window, 1021, new Signal(2, 1), world.stream, CollectiveOptions.DEFAULT);
    assertEquals(
        List.of(put(8, 1, 40, Signal.FIRST), put(3, 1, 4084, new Signal(2, 1))), stub.calls());
  }

  @Test
  void aPutOfNothingIsASignal() {
    comm.putSignal(
        source, 0, 1, window, 1024, Signal.FIRST, world.stream, CollectiveOptions.DEFAULT);
    comm.signal(1, world.stream);
    assertEquals(List.of("r0.signal(1, 0, 0)", "r0.signal(1, 0, 0)"), stub.calls());
  }

  @Test
  void aWaitTakesACopyOfItsArrays() {
    int[] peers = {0, 1};
    int[] times = {3, 4};
    comm.group(
        () -> {
          comm.waitSignal(peers, times, Signal.FIRST, world.stream, CollectiveOptions.DEFAULT);
          peers[0] = 1;
          times[0] = 9;
        });
    assertEquals(
        List.of("groupStart()", "r0.waitSignal((0, 1), (3, 4), 0, 0)", "groupEnd()"), stub.calls());
    stub.forget();
    comm.waitSignal(new int[0], new int[0], Signal.FIRST, world.stream, CollectiveOptions.DEFAULT);
    assertEquals(List.of(), stub.calls(), "a wait for nobody");
  }

  @Test
  void signalsAndWaitsNeedAnOpenSymmetricWindow() {
    Window plain =
        comm.registerWindow(
            world.device.allocateShareable(DataType.UINT8, 4096), Set.of(), Duration.ofSeconds(5));
    comm.signal(1, world.stream);
    window.close();
    comm.waitSignal(1, 1, world.stream); // there is another one
    outgoing.close();
    stub.forget();
    CclUsageException refused =
        assertThrows(CclUsageException.class, () -> comm.signal(1, world.stream));
    assertEquals(ErrorCode.ILLEGAL_STATE, refused.code());
    assertTrue(refused.getMessage().contains("has no open symmetric window"), refused::getMessage);
    for (int[] peers : new int[][] {{1}, {}}) {
      assertCode(
          ErrorCode.ILLEGAL_STATE,
          () ->
              comm.waitSignal(peers, peers, Signal.FIRST, world.stream, CollectiveOptions.DEFAULT));
    }
    assertCode(ErrorCode.ILLEGAL_STATE, () -> comm.group(() -> comm.signal(1, world.stream)));
    assertFalse(plain.isClosed());
    assertEquals(List.of(), stub.calls());
  }

  @Test
  void whatDoesNotLieWithinTheWindowIsRefused() {
    for (long offset : new long[] {-1, 1017, Long.MAX_VALUE, Long.MIN_VALUE}) {
      assertCode(
          ErrorCode.OUT_OF_RANGE, () -> comm.putSignal(source, 1, window, offset, world.stream));
    }
    comm.putSignal(source, 1, window, 1016, world.stream);
    assertEquals(List.of(put(8, 1, 4064, Signal.FIRST)), stub.calls());
  }

  @Test
  void windowsOfOthersAndClosedOnesAreRefused() {
    Communicator other = world.comms.get(1);
    DeviceBuffer theirs = world.devices.get(1).allocate(DataType.FLOAT32, 8);
    assertCode(
        ErrorCode.INVALID_ARGUMENT,
        () -> other.putSignal(theirs, 0, window, 0, world.devices.get(1).openStream()));
    try (World elsewhere = new World(1)) {
      assertCode(
          ErrorCode.FOREIGN_OBJECT,
          () -> elsewhere.comm.putSignal(elsewhere.floats(1), 0, window, 0, elsewhere.stream));
    }
    stub.forget();
    window.close();
    assertCode(ErrorCode.CLOSED, () -> comm.putSignal(source, 1, window, 0, world.stream));
    assertEquals(List.of(), stub.calls("putSignal"));
  }

  @Test
  void aSourceThatIsInNoSymmetricWindowIsRefused() {
    CclException refused =
        assertCode(
            ErrorCode.INVALID_ARGUMENT,
            () -> comm.putSignal(world.floats(8), 1, window, 0, world.stream));
    assertTrue(refused.getMessage().contains("8 elements lie in no open symmetric window"));
    // At its start, at its end, over its end, and the whole.
    DeviceBuffer within = world.device.wrap(source.address(), DataType.FLOAT32, 9);
    comm.putSignal(within.slice(0, 1), 1, window, 0, world.stream);
    comm.putSignal(within.slice(7, 1), 1, window, 0, world.stream);
    comm.putSignal(within.slice(0, 8), 1, window, 0, world.stream);
    for (DeviceBuffer over : List.of(within.slice(7, 2), within.slice(8, 1), within)) {
      assertCode(
          ErrorCode.INVALID_ARGUMENT, () -> comm.putSignal(over, 1, window, 0, world.stream));
    }
    assertEquals(3, stub.calls("putSignal").size());
    outgoing.close();
    assertCode(
        ErrorCode.INVALID_ARGUMENT, () -> comm.putSignal(source, 1, window, 0, world.stream));
    assertEquals(3, stub.calls("putSignal").size());
  }

  @Test
  void windowsThatAreNotSymmetricAreRefused() {
    DeviceBuffer memory = world.device.allocateShareable(DataType.FLOAT32, 8);
    Window plain = comm.registerWindow(memory, Set.of(), Duration.ofSeconds(5));
    CclException refused =
        assertCode(
            ErrorCode.INVALID_ARGUMENT, () -> comm.putSignal(source, 1, plain, 0, world.stream));
    assertTrue(refused.getMessage().contains("registered with []; allowed is one with COLLECTIVE"));
    assertCode(
        ErrorCode.INVALID_ARGUMENT, () -> comm.putSignal(memory, 1, window, 0, world.stream));
    assertEquals(List.of(), stub.calls("putSignal"));
  }

  @Test
  void aGraphClosesWithTheWindowOfItsSource() {
    Graph graph = world.stream.capture(() -> comm.putSignal(source, 1, window, 0, world.stream));
    outgoing.close();
    assertTrue(graph.isClosed());
    assertFalse(window.isClosed());
  }

  @Test
  void aWindowThatClosesBeforeItsGroupEndsStopsTheGroup() {
    assertCode(
        ErrorCode.CLOSED,
        () ->
            comm.group(
                () -> {
                  comm.putSignal(source, 1, window, 0, world.stream);
                  window.close();
                }));
    assertEquals(List.of(), stub.calls("putSignal", "groupStart"));
    assertTrue(comm.failure().isEmpty());
  }

  @Test
  void aGraphClosesWithItsWindow() {
    Graph graph = world.stream.capture(() -> comm.putSignal(source, 1, window, 0, world.stream));
    Graph apart = world.stream.capture(() -> comm.signal(1, world.stream));
    window.buffer().close();
    assertTrue(graph.isClosed());
    assertFalse(apart.isClosed());
    List<String> order = stub.calls("destroyExecutable", "deregisterWindow");
    assertEquals(List.of("destroyExecutable(0)", "r0.deregisterWindow(7)"), order);
    assertCode(ErrorCode.CLOSED, () -> graph.launch(world.stream));
    apart.launch(world.stream);
  }

  @Test
  void aWaitHasADeadlineLikeAnyOperation() {
    stub.idle = false;
    comm.waitSignal(
        new int[] {1},
        new int[] {1},
        Signal.FIRST,
        world.stream,
        CollectiveOptions.DEFAULT.withDeadline(Duration.ofMillis(10)));
    stub.awaitCall("abort");
    assertEquals(ErrorCode.OPERATION_TIMEOUT, comm.failure().orElseThrow().code());
  }

  @Test
  void aLibraryWithoutOneSidedCallsIsNotAsked() {
    StubBackend old = new StubBackend();
    old.capabilities = EnumSet.complementOf(EnumSet.of(Capability.ONE_SIDED));
    try (World without = new World(old, 2)) {
      DeviceBuffer x = without.floats(1);
      Window memory = without.comm.registerWindow(without.device.wrap(4096, DataType.FLOAT32, 4));
      old.forget();
      assertCode(
          ErrorCode.UNSUPPORTED, () -> without.comm.putSignal(x, 1, memory, 0, without.stream));
      assertCode(ErrorCode.UNSUPPORTED, () -> without.comm.signal(1, without.stream));
      assertCode(ErrorCode.UNSUPPORTED, () -> without.comm.waitSignal(1, 1, without.stream));
      assertEquals(Signals.NONE, without.comm.signals());
      assertEquals(List.of(), old.calls());
    }
  }

  @Test
  void signalsThatAreNotThereAreRefusedBeforeTheLibraryIsAsked() {
    assertEquals(new Signals(3, 2), comm.signals());
    for (Signal none :
        List.of(new Signal(3, 0), new Signal(0, 2), new Signal(3, 2), new Signal(99, 99))) {
      CollectiveOptions options = CollectiveOptions.DEFAULT;
      int[] one = {1};
      for (Runnable call :
          List.<Runnable>of(
              () -> comm.putSignal(source, 1, 1, window, 0, none, world.stream, options),
              () -> comm.putSignal(source, 0, 1, window, 0, none, world.stream, options),
              () -> comm.signal(1, none, world.stream, options),
              () -> comm.waitSignal(one, one, none, world.stream, options),
              () -> comm.waitSignal(new int[0], new int[0], none, world.stream, options))) {
        CclException refused = assertCode(ErrorCode.UNSUPPORTED, call::run);
        String message = refused.getMessage();
        assertTrue(
            message.contains("index " + none.index() + " and context " + none.context()), message);
        assertTrue(
            message.contains("test/stub 1.0, is index 0 to 2 of context 0 to 1. Ask"), message);
      }
    }
    assertEquals(List.of(), stub.calls());
    assertTrue(comm.failure().isEmpty());
    comm.signal(1, new Signal(2, 1), world.stream, CollectiveOptions.DEFAULT);
    assertEquals(List.of("r0.signal(1, 2, 1)"), stub.calls());
  }

  @Test
  void aSignalThatIsNotThereStopsItsGroup() {
    assertCode(
        ErrorCode.UNSUPPORTED,
        () ->
            comm.group(
                () -> {
                  comm.signal(1, world.stream);
                  comm.signal(1, new Signal(3, 0), world.stream, CollectiveOptions.DEFAULT);
                }));
    assertEquals(List.of(), stub.calls());
    comm.group(() -> comm.signal(0, world.stream));
    assertEquals(List.of("groupStart()", "r0.signal(0, 0, 0)", "groupEnd()"), stub.calls());
  }

  @Test
  void aCommunicatorMayHaveNoSignals() {
    StubBackend without = new StubBackend();
    for (Signals none : List.of(Signals.NONE, new Signals(5, 0), new Signals(0, 5))) {
      without.signals = none;
      try (World few = new World(without, 2)) {
        assertEquals(none, few.comm.signals());
        CclException refused =
            assertCode(ErrorCode.UNSUPPORTED, () -> few.comm.signal(1, few.stream));
        assertTrue(refused.getMessage().contains(", is none. Ask"), refused.getMessage());
      }
    }
  }

  @Test
  void anErrorOfTheLibraryFailsTheCommunicator() {
    stub.failOnce("signal", StubBackend.INVALID_USAGE);
    assertCode(ErrorCode.LIBRARY_ERROR, () -> comm.signal(1, world.stream));
    assertTrue(comm.failure().isPresent());
  }
}
