package org.ccl4j.core;

import static org.ccl4j.core.World.assertCode;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.ccl4j.api.Capability;
import org.ccl4j.api.CclException;
import org.ccl4j.api.CclTimeoutException;
import org.ccl4j.api.CclUsageException;
import org.ccl4j.api.Communicator;
import org.ccl4j.api.DataType;
import org.ccl4j.api.DeviceBuffer;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.Registration;
import org.ccl4j.api.Window;
import org.ccl4j.api.WindowOption;
import org.ccl4j.spi.StatusCode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a communicator is told about memory ends before communicator and memory. */
class RegistrationTest {
  private static final Duration LONG = Duration.ofMinutes(1);

  private final StubBackend stub = new StubBackend();
  private final World world;
  private final Communicator comm;

  RegistrationTest() {
    stub.alignment = 4096;
    world = new World(stub, 2);
    comm = world.comm;
  }

  @AfterEach
  void close() {
    world.close();
  }

  private DeviceBuffer shareable() {
    DeviceBuffer buffer = world.device.allocateShareable(DataType.UINT8, 8192);
    stub.forget();
    return buffer;
  }

  private List<String> endings() {
    return stub
        .calls("deregister", "deregisterWindow", "finish", "destroy", "abort", "free")
        .stream()
        .map(c -> c.substring(0, c.indexOf('(')))
        .toList();
  }

  @Test
  void theLibraryIsToldOfTheRangeThatWasGiven() {
    DeviceBuffer buffer = shareable();
    DeviceBuffer part = buffer.slice(100, 50);
    Registration registration = comm.register(part);
    assertSame(part, registration.buffer());
    assertEquals(
        List.of("r0.register(" + Long.toHexString(part.address()) + ", 50)"), stub.calls());
    registration.close();
    registration.close();
    assertEquals(List.of("r0.deregister"), endings());
  }

  @Test
  void aBufferEndsItsRegistrationsBeforeItIsFreed() {
    DeviceBuffer buffer = shareable();
    Registration registration = comm.register(buffer);
    Window window = comm.registerWindow(buffer);
    stub.forget();
    buffer.close();
    assertEquals(List.of("r0.deregisterWindow", "r0.deregister", "free"), endings());
    assertTrue(registration.isClosed());
    assertTrue(window.isClosed());
  }

  @Test
  void wrappedMemoryEndsItsRegistrationsToo() {
    Registration registration = comm.register(world.device.wrap(4096, DataType.INT32, 4));
    registration.buffer().close();
    assertTrue(registration.isClosed());
    assertEquals(List.of("r0.deregister"), endings());
  }

  @Test
  void aCommunicatorEndsRegistrationsWhenItsOperationsHaveCompleted() {
    DeviceBuffer buffer = shareable();
    Registration registration = comm.register(buffer);
    Window window = comm.registerWindow(buffer);
    stub.forget();
    comm.close();
    assertEquals(
        List.of("r0.finish", "r0.deregisterWindow", "r0.deregister", "r0.destroy", "free"),
        endings());
    assertTrue(registration.isClosed());
    assertTrue(window.isClosed());
    stub.forget();
    buffer.close();
    assertEquals(List.of("free"), endings());
  }

  @Test
  void afterAnAbortTheLibraryIsNotAskedToEndRegistrations() {
    DeviceBuffer buffer = shareable();
    Registration registration = comm.register(buffer);
    Window window = comm.registerWindow(buffer);
    stub.forget();
    comm.abort();
    assertTrue(registration.isClosed());
    assertTrue(window.isClosed());
    buffer.close();
    assertEquals(List.of("r0.abort", "free", "free"), endings());
  }

  @Test
  void afterAFailureTheLibraryIsNotAskedToEndRegistrations() {
    DeviceBuffer buffer = shareable();
    comm.register(buffer);
    world.nativeComm(0).asyncError = StubBackend.REMOTE_ERROR;
    assertTrue(comm.failure().isPresent());
    buffer.close();
    assertEquals(List.of("free"), endings());
  }

  @Test
  void aRegistrationThatTheLibraryRefusesLeavesTheCommunicatorAsItWas() {
    DeviceBuffer buffer = shareable();
    stub.failOnce("register", StubBackend.INVALID_ARGUMENT);
    assertCode(ErrorCode.LIBRARY_ERROR, () -> comm.register(buffer));
    assertTrue(comm.failure().isEmpty());
    comm.register(buffer).close();
  }

  @Test
  void aFailureToEndARegistrationIsReportedAndTheRestStillEnds() {
    DeviceBuffer buffer = shareable();
    comm.register(buffer);
    stub.failOnce("deregister", StubBackend.INVALID_ARGUMENT);
    assertCode(ErrorCode.LIBRARY_ERROR, buffer::close);
    assertEquals(List.of("r0.deregister", "free"), endings());
  }

  @Test
  void aWindowTellsWhatItIs() {
    DeviceBuffer buffer = shareable();
    Window window = comm.registerWindow(buffer, Set.of(), LONG);
    assertEquals(7, window.handle());
    assertEquals(8192, window.byteSize());
    assertEquals(Set.of(), window.options());
    assertSame(buffer, window.buffer());
  }

  @Test
  void onlyMemoryOfTheLibraryThatIsAlignedBecomesAWindow() {
    DeviceBuffer plain = world.device.allocate(DataType.UINT8, 4096);
    DeviceBuffer ordered = world.device.allocate(DataType.UINT8, 4096, world.stream);
    DeviceBuffer good = shareable();
    CclUsageException other =
        assertCode(
            CclUsageException.class, ErrorCode.INVALID_ARGUMENT, () -> comm.registerWindow(plain));
    assertTrue(String.valueOf(other.getMessage()).contains("allocateShareable"));
    assertCode(ErrorCode.INVALID_ARGUMENT, () -> comm.registerWindow(ordered));
    CclUsageException start =
        assertCode(
            CclUsageException.class,
            ErrorCode.INVALID_ARGUMENT,
            () -> comm.registerWindow(good.slice(1, 100)));
    assertTrue(String.valueOf(start.getMessage()).contains("4096"));
    assertEquals(List.of(), stub.calls());
    comm.registerWindow(good.slice(4096, 100));
    comm.registerWindow(world.device.wrap(8192, DataType.INT32, 4));
    assertEquals(2, stub.calls("registerWindow").size());
  }

  @Test
  void anOptionThatTheLibraryDoesNotKnowIsRefusedByNameAndVersion() {
    DeviceBuffer buffer = shareable();
    CclUsageException refused =
        assertCode(
            CclUsageException.class,
            ErrorCode.UNSUPPORTED,
            () -> comm.registerWindow(buffer, EnumSet.allOf(WindowOption.class), LONG));
    String message = String.valueOf(refused.getMessage());
    assertTrue(message.contains("STRICT_ORDERING") && message.contains("1.0"), message);
    assertEquals(List.of(), stub.calls());
  }

  @Test
  void aLibraryWithoutTheCapabilityIsNotAsked() {
    StubBackend old = new StubBackend();
    old.capabilities = EnumSet.complementOf(EnumSet.of(Capability.REGISTER, Capability.WINDOWS));
    try (World without = new World(old, 1)) {
      DeviceBuffer buffer = without.floats(4);
      old.forget();
      assertCode(ErrorCode.UNSUPPORTED, () -> without.comm.register(buffer));
      assertCode(ErrorCode.UNSUPPORTED, () -> without.comm.registerWindow(buffer));
      assertEquals(List.of(), old.calls());
    }
  }

  @Test
  void whenARankStaysAwayTheCommunicatorHasFailed() {
    DeviceBuffer buffer = shareable();
    stub.failOnce("registerWindow", StatusCode.NOT_READY);
    CclException late =
        assertCode(
            CclTimeoutException.class,
            ErrorCode.OPERATION_TIMEOUT,
            () -> comm.registerWindow(buffer));
    assertSame(late, comm.failure().orElseThrow());
    assertCode(ErrorCode.COMMUNICATOR_FAILED, () -> comm.register(buffer));
    stub.awaitCall("abort");
  }

  @Test
  void aWindowThatTheLibraryRefusesFailsTheCommunicator() {
    DeviceBuffer buffer = shareable();
    stub.failOnce("registerWindow", StubBackend.INVALID_USAGE);
    assertCode(ErrorCode.LIBRARY_ERROR, () -> comm.registerWindow(buffer));
    assertTrue(comm.failure().isPresent());
  }
}
