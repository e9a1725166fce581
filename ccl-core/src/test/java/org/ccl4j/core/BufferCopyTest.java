package org.ccl4j.core;

import static org.ccl4j.core.World.assertCode;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.List;
import org.ccl4j.api.CclException;
import org.ccl4j.api.DataType;
import org.ccl4j.api.DeviceBuffer;
import org.ccl4j.api.DeviceInfo;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.MemoryInfo;
import org.ccl4j.api.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Memory, its parts, and copies of it. */
class BufferCopyTest {
  private final World world = new World(2);
  private final StubBackend stub = world.stub;
  private final Stream stream = world.stream;

  @AfterEach
  void close() {
    world.close();
  }

  private DeviceBuffer buffer(DataType type, long count) {
    return world.device.allocate(type, count);
  }

  // --- arrays ---

  private interface Copy {
    void go(Object array);
  }

  private static Object array(DataType type, int length) {
    return switch (type) {
      case INT8, UINT8, FLOAT8_E4M3, FLOAT8_E5M2 -> new byte[length];
      case FLOAT16, BFLOAT16 -> new short[length];
      case INT32, UINT32 -> new int[length];
      case INT64, UINT64 -> new long[length];
      case FLOAT32 -> new float[length];
      case FLOAT64 -> new double[length];
    };
  }

  private static void fill(Object array) {
    for (int i = 0; i < java.lang.reflect.Array.getLength(array); i++) {
      java.lang.reflect.Array.setByte(array, i, (byte) (3 * i + 1));
    }
  }

  private Copy into(DeviceBuffer buffer) {
    return array -> {
      if (array instanceof byte[] a) {
        buffer.copyFrom(a, stream);
      } else if (array instanceof short[] a) {
        buffer.copyFrom(a, stream);
      } else if (array instanceof int[] a) {
        buffer.copyFrom(a, stream);
      } else if (array instanceof long[] a) {
        buffer.copyFrom(a, stream);
      } else if (array instanceof float[] a) {
        buffer.copyFrom(a, stream);
      } else if (array instanceof double[] a) {
        buffer.copyFrom(a, stream);
      }
    };
  }

  private Copy outOf(DeviceBuffer buffer) {
    return array -> {
      if (array instanceof byte[] a) {
        buffer.copyTo(a, stream);
      } else if (array instanceof short[] a) {
        buffer.copyTo(a, stream);
      } else if (array instanceof int[] a) {
        buffer.copyTo(a, stream);
      } else if (array instanceof long[] a) {
        buffer.copyTo(a, stream);
      } else if (array instanceof float[] a) {
        buffer.copyTo(a, stream);
      } else if (array instanceof double[] a) {
        buffer.copyTo(a, stream);
      }
    };
  }

  @ParameterizedTest
  @EnumSource(DataType.class)
  void arraysGoToTheDeviceAndBack(DataType type) {
    DeviceBuffer whole = buffer(type, 40);
    DeviceBuffer part = whole.slice(3, 32);
    Object there = array(type, 30);
    fill(there);
    into(part).go(there);
    Object back = array(type, 30);
    outOf(part).go(back);
    assertTrue(java.util.Objects.deepEquals(there, back));
    Object shifted = array(type, 4);
    outOf(whole).go(shifted);
    assertEquals(
        java.lang.reflect.Array.get(there, 0), java.lang.reflect.Array.get(shifted, 3), "offset");
  }

  @ParameterizedTest
  @EnumSource(DataType.class)
  void anArrayMustHaveTheJavaTypeAndFit(DataType type) {
    DeviceBuffer buffer = buffer(type, 8);
    Object right = array(type, 1);
    stub.forget();
    for (DataType other : DataType.values()) {
      Object array = array(other, 1);
      if (array.getClass() != right.getClass()) {
        assertCode(ErrorCode.TYPE_MISMATCH, () -> into(buffer).go(array));
        assertCode(ErrorCode.TYPE_MISMATCH, () -> outOf(buffer).go(array));
      }
    }
    assertCode(ErrorCode.BUFFER_TOO_SMALL, () -> into(buffer).go(array(type, 9)));
    assertCode(ErrorCode.BUFFER_TOO_SMALL, () -> outOf(buffer).go(array(type, 9)));
    into(buffer).go(array(type, 0));
    outOf(buffer).go(array(type, 0));
    assertEquals(List.of(), stub.calls("copyToDevice", "copyToHost"));
    into(buffer).go(array(type, 8));
    outOf(buffer).go(array(type, 8));
  }

  @Test
  void theArrayMayBeChangedAsSoonAsTheCopyWasEnqueued() {
    stub.idle = false;
    float[] host = {1, 2, 3};
    DeviceBuffer buffer = buffer(DataType.FLOAT32, 3);
    buffer.copyFrom(host, stream);
    host[0] = 99;
    assertEquals(1f, stub.at(buffer.address(), 4).getFloat());
  }

  @Test
  void copyingToAnArrayWaitsAndTheWaitIsBounded() {
    StubBackend mine = new StubBackend();
    try (var ccl = mine.open(java.util.Map.of("ccl.wait.timeout", "10ms"));
        var device = ccl.device(0);
        var own = device.openStream()) {
      DeviceBuffer buffer = device.allocate(DataType.FLOAT32, 3);
      mine.idle = false;
      assertCode(ErrorCode.WAIT_TIMEOUT, () -> buffer.copyTo(new float[3], own));
      mine.idle = true;
    }
  }

  @Test
  void largeArraysGoInPieces() {
    DeviceBuffer buffer = buffer(DataType.INT64, 1000);
    BufferImpl own = (BufferImpl) buffer;
    StreamHandle handle = ((StreamImpl) stream).handleOf();
    long[] there = new long[1000];
    for (int i = 0; i < there.length; i++) {
      there[i] = i * 7_919L;
    }
    stub.forget();
    HostArrays.toDevice(there, own, buffer.address(), handle, 800);
    assertEquals(10, stub.calls("copyToDevice").size());
    assertEquals(
        stub.calls("createEvent").size(), stub.calls("destroyEvent").size(), "events given back");
    assertTrue(stub.calls("synchronizeEvent").size() >= 6, "bounds the memory on its way");
    long[] back = new long[999];
    HostArrays.toHost(back, own, buffer.address(), handle, 1600);
    assertEquals(5, stub.calls("copyToHost").size());
    assertArrayEquals(java.util.Arrays.copyOf(there, 999), back);
  }

  @Test
  void aLargeArrayThatCannotGoOnGivesItsEventsBack() {
    DeviceBuffer buffer = buffer(DataType.INT64, 1000);
    StreamHandle handle = ((StreamImpl) stream).handleOf();
    stub.failing("synchronizeEvent", StubBackend.DEVICE_ERROR);
    stub.forget();
    assertCode(
        ErrorCode.DEVICE_FAILURE,
        () ->
            HostArrays.toDevice(
                new long[1000], (BufferImpl) buffer, buffer.address(), handle, 800));
    assertEquals(stub.calls("createEvent").size(), stub.calls("destroyEvent").size());
  }

  // --- direct memory ---

  @Test
  void directBuffersAreCopiedFromPositionToLimitAndLeftAsTheyAre() {
    DeviceBuffer buffer = buffer(DataType.INT8, 8);
    ByteBuffer host = ByteBuffer.allocateDirect(16).order(ByteOrder.nativeOrder());
    for (int i = 0; i < 16; i++) {
      host.put(i, (byte) i);
    }
    host.position(4).limit(12);
    buffer.copyFrom(host, stream);
    ByteBuffer back = ByteBuffer.allocateDirect(10);
    back.position(1).limit(9);
    buffer.copyTo(back, stream);
    assertEquals(4, host.position());
    assertEquals(12, host.limit());
    assertEquals(1, back.position());
    assertEquals(9, back.limit());
    for (int i = 0; i < 8; i++) {
      assertEquals(i + 4, back.get(i + 1));
    }
  }

  @Test
  @SuppressWarnings("NullAway")
  void hostMemoryIsChecked() {
    DeviceBuffer buffer = buffer(DataType.INT8, 8);
    ByteBuffer readOnly = ByteBuffer.allocateDirect(8).asReadOnlyBuffer();
    stub.forget();
    assertCode(
        ErrorCode.INVALID_HOST_BUFFER, () -> buffer.copyFrom(ByteBuffer.allocate(8), stream));
    assertCode(ErrorCode.INVALID_HOST_BUFFER, () -> buffer.copyTo(ByteBuffer.allocate(8), stream));
    assertCode(
        ErrorCode.INVALID_HOST_BUFFER, () -> buffer.copyFrom(ByteBuffer.allocateDirect(9), stream));
    assertCode(
        ErrorCode.INVALID_HOST_BUFFER, () -> buffer.copyTo(ByteBuffer.allocateDirect(9), stream));
    assertCode(ErrorCode.INVALID_HOST_BUFFER, () -> buffer.copyTo(readOnly, stream));
    assertCode(ErrorCode.NULL_ARGUMENT, () -> buffer.copyFrom((ByteBuffer) null, stream));
    assertCode(ErrorCode.NULL_ARGUMENT, () -> buffer.copyTo((ByteBuffer) null, stream));
    assertCode(ErrorCode.NULL_ARGUMENT, () -> buffer.copyFrom((float[]) null, stream));
    assertCode(ErrorCode.NULL_ARGUMENT, () -> buffer.copyTo((byte[]) null, stream));
    assertCode(ErrorCode.NULL_ARGUMENT, () -> buffer.copyFrom(readOnly, null));
    assertCode(ErrorCode.NULL_ARGUMENT, () -> buffer.fill((byte) 0, null));
    assertEquals(List.of(), stub.calls());
    buffer.copyFrom(readOnly, stream);
    buffer.copyFrom(ByteBuffer.allocateDirect(0), stream);
    assertEquals(1, stub.calls().size());
  }

  @Test
  void streamsOfCopiesAreChecked() {
    DeviceBuffer buffer = buffer(DataType.INT8, 8);
    ByteBuffer host = ByteBuffer.allocateDirect(8);
    Stream elsewhere = world.devices.get(1).openStream();
    Stream closed = world.device.openStream();
    closed.close();
    stub.forget();
    assertCode(ErrorCode.WRONG_DEVICE, () -> buffer.copyFrom(host, elsewhere));
    assertCode(ErrorCode.WRONG_DEVICE, () -> buffer.copyTo(new byte[8], elsewhere));
    assertCode(ErrorCode.WRONG_DEVICE, () -> buffer.fill((byte) 0, elsewhere));
    assertCode(ErrorCode.CLOSED, () -> buffer.copyTo(host, closed));
    assertCode(ErrorCode.CLOSED, () -> buffer.fill((byte) 0, closed));
    try (World other = new World(1)) {
      assertCode(ErrorCode.FOREIGN_OBJECT, () -> buffer.copyFrom(host, other.stream));
    }
    assertEquals(List.of(), stub.calls());
  }

  // --- on the device ---

  @Test
  void copiesOnTheDeviceAreChecked() {
    DeviceBuffer target = buffer(DataType.INT32, 8);
    DeviceBuffer longer = buffer(DataType.INT32, 9);
    DeviceBuffer other = buffer(DataType.FLOAT32, 8);
    DeviceBuffer elsewhere = world.devices.get(1).allocate(DataType.INT32, 8);
    DeviceBuffer closed = buffer(DataType.INT32, 8);
    closed.close();
    stub.forget();
    assertCode(ErrorCode.BUFFER_TOO_SMALL, () -> target.copyFrom(longer, stream));
    assertCode(ErrorCode.TYPE_MISMATCH, () -> target.copyFrom(other, stream));
    assertCode(ErrorCode.WRONG_DEVICE, () -> target.copyFrom(elsewhere, stream));
    assertCode(ErrorCode.CLOSED, () -> target.copyFrom(closed, stream));
    assertCode(ErrorCode.CLOSED, () -> closed.copyFrom(target, stream));
    assertCode(
        ErrorCode.ILLEGAL_OVERLAP, () -> longer.slice(1, 4).copyFrom(longer.slice(4, 4), stream));
    assertCode(ErrorCode.ILLEGAL_OVERLAP, () -> target.copyFrom(target, stream));
    assertEquals(List.of(), stub.calls());
    longer.slice(1, 4).copyFrom(longer.slice(5, 4), stream);
    longer.copyFrom(target, stream);
    longer.copyFrom(buffer(DataType.INT32, 0), stream);
    assertEquals(2, stub.calls("copyOnDevice").size());
  }

  @Test
  void errorsOfCopiesAreTranslated() {
    DeviceBuffer buffer = buffer(DataType.INT8, 8);
    stub.failing("copyToDevice", StubBackend.DEVICE_ERROR);
    CclException e =
        assertCode(ErrorCode.DEVICE_FAILURE, () -> buffer.copyFrom(new byte[8], stream));
    assertEquals(0, e.details().device().orElseThrow());
  }

  // --- allocation, parts, views ---

  @Test
  @SuppressWarnings("NullAway")
  void allocationAndWrappingCheckTypeAndCount() {
    stub.forget();
    assertCode(ErrorCode.OUT_OF_RANGE, () -> buffer(DataType.INT8, -1));
    assertCode(ErrorCode.OUT_OF_RANGE, () -> buffer(DataType.INT64, Long.MAX_VALUE / 8 + 1));
    assertCode(ErrorCode.NULL_ARGUMENT, () -> buffer(null, 1));
    assertCode(ErrorCode.OUT_OF_RANGE, () -> world.device.wrap(0, DataType.INT8, 1));
    assertCode(ErrorCode.OUT_OF_RANGE, () -> world.device.wrap(-8, DataType.INT8, 1));
    assertCode(ErrorCode.OUT_OF_RANGE, () -> world.device.wrap(8, DataType.INT8, -1));
    assertCode(
        ErrorCode.OUT_OF_RANGE, () -> world.device.wrap(Long.MAX_VALUE - 7, DataType.INT64, 1));
    assertEquals(List.of(), stub.calls());
    DeviceBuffer none = buffer(DataType.INT64, 0);
    assertEquals(0, none.address());
    assertEquals(0, world.device.wrap(0, DataType.INT8, 0).byteSize());
    none.close();
    assertEquals(List.of(), stub.calls(), "nothing to allocate or free");
    assertEquals(0x8000, world.device.wrap(0x8000, DataType.INT8, 1).address());
  }

  @Test
  void theDeviceBeingFullIsARetry() {
    stub.failing("allocate", StubBackend.OUT_OF_MEMORY);
    CclException e = assertCode(ErrorCode.OUT_OF_MEMORY, () -> buffer(DataType.FLOAT32, 100));
    assertTrue(e.getMessage().contains("400 bytes"), e.getMessage());
  }

  @Test
  @SuppressWarnings("NullAway")
  void slicesAndViewsLieWithinTheirBuffer() {
    DeviceBuffer buffer = buffer(DataType.INT32, 6);
    DeviceBuffer part = buffer.slice(2, 3);
    assertEquals(buffer.address() + 8, part.address());
    assertEquals(3, part.count());
    assertEquals(part.address() + 4, part.slice(1, 2).address());
    assertEquals(0, buffer.slice(6, 0).address());
    DeviceBuffer bytes = part.as(DataType.INT8);
    assertEquals(12, bytes.count());
    assertEquals(part.address(), bytes.address());
    assertEquals(DataType.INT8, bytes.type());
    assertCode(ErrorCode.INVALID_ARGUMENT, () -> part.as(DataType.INT64));
    assertCode(ErrorCode.NULL_ARGUMENT, () -> part.as(null));
    assertCode(ErrorCode.OUT_OF_RANGE, () -> buffer.slice(-1, 1));
    assertCode(ErrorCode.OUT_OF_RANGE, () -> buffer.slice(0, -1));
    assertCode(ErrorCode.OUT_OF_RANGE, () -> buffer.slice(4, 3));
    assertCode(ErrorCode.OUT_OF_RANGE, () -> buffer.slice(Long.MAX_VALUE, Long.MAX_VALUE));
  }

  @Test
  void aDeviceDescribesItself() {
    assertEquals(new DeviceInfo(0, "Stub", "bus0", 1 << 30), world.device.info());
    assertEquals(new MemoryInfo(1, 2), world.device.memory());
    assertTrue(world.device.canAccess(world.devices.get(1)));
    stub.failing("memoryInfo", StubBackend.DEVICE_ERROR);
    assertCode(ErrorCode.DEVICE_FAILURE, world.device::memory);
    try (World other = new World(1)) {
      assertCode(ErrorCode.FOREIGN_OBJECT, () -> world.device.canAccess(other.device));
    }
    assertEquals(
        Duration.ofMinutes(5), Duration.ofNanos(world.library().waitTimeoutNanos), "the default");
  }
}
