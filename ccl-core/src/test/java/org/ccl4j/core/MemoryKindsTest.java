package org.ccl4j.core;

import static org.ccl4j.core.World.assertCode;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import org.ccl4j.api.Capability;
import org.ccl4j.api.CclUsageException;
import org.ccl4j.api.DataType;
import org.ccl4j.api.Device;
import org.ccl4j.api.DeviceBuffer;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.Graph;
import org.ccl4j.api.HostBuffer;
import org.ccl4j.api.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Memory in the order of a stream, of the library, and of the host. */
class MemoryKindsTest {
  private final StubBackend stub = new StubBackend();
  private final World world = new World(stub, 2);
  private final Device device = world.device;

  @AfterEach
  void close() {
    world.close();
  }

  @Test
  void orderedMemoryIsFreedInTheOrderOfItsStream() {
    DeviceBuffer buffer = device.allocate(DataType.INT64, 10, world.stream);
    buffer.slice(2, 3).close();
    assertFalse(stub.calls().contains("freeOrdered(0)"));
    buffer.close();
    buffer.close();
    assertEquals(List.of("allocateOrdered(0, 80)", "freeOrdered(0)"), stub.calls());
    assertCode(ErrorCode.CLOSED, () -> buffer.fill((byte) 0, world.stream));
  }

  @Test
  void orderedMemoryClosesBeforeItsStream() {
    Stream own = device.openStream();
    DeviceBuffer buffer = device.allocate(DataType.INT64, 10, own);
    stub.forget();
    own.close();
    assertEquals(List.of("freeOrdered(0)", "destroyStream(0)"), stub.calls());
    assertCode(ErrorCode.CLOSED, () -> buffer.slice(0, 1));
    buffer.close();
    assertEquals(2, stub.calls().size());
  }

  @Test
  void orderedMemoryOfAWrappedStreamClosesWithTheDevice() {
    Stream wrapped = device.wrapStream(99);
    device.allocate(DataType.INT64, 10, wrapped);
    stub.forget();
    device.close();
    assertEquals(List.of("freeOrdered(0)"), stub.calls("freeOrdered"));
  }

  @Test
  void nothingOrderedHappensInsideACapture() {
    DeviceBuffer buffer = device.allocate(DataType.INT64, 10, world.stream);
    Graph graph =
        world.stream.capture(
            () -> {
              assertCode(
                  ErrorCode.ILLEGAL_STATE, () -> device.allocate(DataType.INT64, 1, world.stream));
              assertCode(ErrorCode.ILLEGAL_STATE, buffer::close);
            });
    graph.close();
    assertEquals(List.of(), stub.calls("freeOrdered"));
    buffer.close();
    assertEquals(1, stub.calls("freeOrdered").size());
  }

  @Test
  void failuresOfTheDeviceAreNamed() {
    stub.failOnce("allocateOrdered", StubBackend.OUT_OF_MEMORY);
    assertCode(ErrorCode.OUT_OF_MEMORY, () -> device.allocate(DataType.INT64, 1, world.stream));
    stub.failing("allocateHost", StubBackend.OUT_OF_MEMORY);
    assertCode(ErrorCode.OUT_OF_MEMORY, () -> device.allocateHost(8));
    stub.working("allocateHost");
    stub.failOnce("allocate", StubBackend.OUT_OF_MEMORY);
    assertCode(ErrorCode.OUT_OF_MEMORY, () -> device.allocateShareable(DataType.INT64, 1));
    stub.failOnce("enablePeerAccess", StubBackend.DEVICE_ERROR);
    assertCode(ErrorCode.DEVICE_FAILURE, () -> device.enableAccess(world.devices.get(1)));
  }

  @Test
  void whatTheLibraryLacksIsRefusedByNameAndVersion() {
    StubBackend old = new StubBackend();
    old.version = "2.18.3";
    old.capabilities =
        EnumSet.complementOf(
            EnumSet.of(Capability.STREAM_ORDERED_MEMORY, Capability.LIBRARY_MEMORY));
    try (World without = new World(old, 1)) {
      for (CclUsageException refused :
          List.of(
              assertCode(
                  CclUsageException.class,
                  ErrorCode.UNSUPPORTED,
                  () -> without.device.allocate(DataType.INT8, 1, without.stream)),
              assertCode(
                  CclUsageException.class,
                  ErrorCode.UNSUPPORTED,
                  () -> without.device.allocateShareable(DataType.INT8, 1)))) {
        String message = String.valueOf(refused.getMessage());
        assertTrue(message.contains("test/stub 2.18.3"), message);
        assertTrue(message.contains("_MEMORY"), message);
      }
      assertEquals(List.of(), old.calls());
    }
  }

  @Test
  void accessIsEnabledOnlyWhereTheDeviceCanBeReached() {
    device.enableAccess(world.devices.get(1));
    device.enableAccess(device);
    assertEquals(List.of("enablePeerAccess(0, 1)"), stub.calls());
    stub.reachable = false;
    assertCode(ErrorCode.INVALID_ARGUMENT, () -> device.enableAccess(world.devices.get(1)));
    assertEquals(1, stub.calls().size());
  }

  @Test
  void eachViewOfHostMemoryIsItsOwn() {
    try (HostBuffer host = device.allocateHost(16)) {
      ByteBuffer first = host.bytes();
      first.putLong(42);
      ByteBuffer second = host.bytes();
      assertNotSame(first, second);
      assertEquals(0, second.position());
      assertEquals(16, second.remaining());
      assertEquals(ByteOrder.nativeOrder(), second.order());
      assertEquals(42, second.getLong(0));
    }
    assertCode(ErrorCode.OUT_OF_RANGE, () -> device.allocateHost(0));
  }

  @Test
  void hostMemoryIsFreedWhenClosedAndHeldByNobody() {
    HostBuffer host = device.allocateHost(16);
    ByteBuffer view = host.bytes().slice();
    System.gc();
    assertEquals(List.of(), stub.calls("freeHost"), "open");
    host.close();
    assertCode(ErrorCode.CLOSED, host::bytes);
    System.gc();
    System.gc();
    assertEquals(List.of(), stub.calls("freeHost"), "closed, but a view is held");
    view.putLong(0, 42);
    assertEquals(42, view.getLong(0));
    view = ByteBuffer.allocate(0);
    awaitFreed();
    assertEquals(0, view.remaining());
  }

  @Test
  void hostMemoryOfACapturedCopyLivesAsLongAsTheGraph() {
    DeviceBuffer buffer = world.floats(4);
    Graph graph =
        world.stream.capture(
            () -> {
              HostBuffer host = device.allocateHost(16);
              buffer.copyFrom(host.bytes(), world.stream);
              host.close();
            });
    System.gc();
    System.gc();
    assertEquals(List.of(), stub.calls("freeHost"), "captured");
    graph.launch(world.stream);
    graph.close();
    graph = null;
    awaitFreed();
  }

  @Test
  void hostMemoryThatIsFullIsReclaimedFirst() {
    device.allocateHost(16).close();
    stub.failOnce("allocateHost", StubBackend.OUT_OF_MEMORY);
    device.allocateHost(16).close();
    assertEquals(3, stub.calls("allocateHost").size());
  }

  /** The collector decides when. */
  private void awaitFreed() {
    long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (stub.calls("freeHost").isEmpty()) {
      assertTrue(System.nanoTime() < end, "never freed");
      System.gc();
    }
  }
}
