package org.ccl4j.examples.solo;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.ccl4j.api.DeviceInfo;
import org.ccl4j.api.MemoryInfo;
import org.ccl4j.spi.DeviceRuntime;
import org.ccl4j.spi.Result;
import org.ccl4j.spi.StatusCode;
import org.ccl4j.spi.StatusText;
import org.jspecify.annotations.Nullable;

/** The one device. Its addresses are numbers that mean something here alone. */
final class SoloRuntime implements DeviceRuntime {
  private static final long TOTAL = 1L << 30;
  private static final int ALIGNMENT = 256;

  private final NavigableMap<Long, ByteBuffer> memory = new TreeMap<>();
  private final Map<Long, Long> recordedAt = new HashMap<>();
  private long nextAddress = 1L << 32;
  private long nextHandle = 1;
  private long used;

  @Override
  public int deviceCount() {
    return 1;
  }

  @Override
  public Result<DeviceInfo> describeDevice(int device) {
    return Result.of(new DeviceInfo(device, "solo", "solo:0", TOTAL));
  }

  @Override
  public synchronized Result<MemoryInfo> memoryInfo(int device) {
    return Result.of(new MemoryInfo(TOTAL - used, TOTAL));
  }

  @Override
  public boolean canAccessPeer(int device, int peer) {
    return true;
  }

  @Override
  public synchronized Result<Long> allocate(int device, long bytes) {
    if (bytes > TOTAL - used) {
      return Result.failed(SoloStatus.OUT_OF_MEMORY);
    }
    long address = nextAddress;
    nextAddress += (bytes / ALIGNMENT + 1) * ALIGNMENT;
    memory.put(address, ByteBuffer.allocate((int) bytes));
    used += bytes;
    return Result.of(address);
  }

  @Override
  public synchronized int free(int device, long address) {
    ByteBuffer freed = memory.remove(address);
    if (freed == null) {
      return SoloStatus.BAD_ADDRESS;
    }
    used -= freed.capacity();
    return StatusCode.OK;
  }

  /** The memory at an address, or null where the range is not inside one allocation. */
  private @Nullable ByteBuffer at(long address, long bytes) {
    Map.Entry<Long, ByteBuffer> block = memory.floorEntry(address);
    if (block == null || address - block.getKey() + bytes > block.getValue().capacity()) {
      return null;
    }
    return block.getValue().slice((int) (address - block.getKey()), (int) bytes);
  }

  synchronized int move(long target, long source, long bytes) {
    if (bytes == 0) {
      return StatusCode.OK;
    }
    ByteBuffer to = at(target, bytes);
    ByteBuffer from = at(source, bytes);
    if (to == null || from == null) {
      return SoloStatus.BAD_ADDRESS;
    }
    to.put(from);
    return StatusCode.OK;
  }

  @Override
  public synchronized int copyToDevice(int device, long target, ByteBuffer source, long stream) {
    ByteBuffer to = at(target, source.remaining());
    if (to == null) {
      return SoloStatus.BAD_ADDRESS;
    }
    to.put(source.duplicate());
    return StatusCode.OK;
  }

  @Override
  public synchronized int copyToHost(int device, ByteBuffer target, long source, long stream) {
    ByteBuffer from = at(source, target.remaining());
    if (from == null) {
      return SoloStatus.BAD_ADDRESS;
    }
    target.duplicate().put(from);
    return StatusCode.OK;
  }

  @Override
  public int copyOnDevice(int device, long target, long source, long bytes, long stream) {
    return move(target, source, bytes);
  }

  @Override
  public synchronized int fill(int device, long target, byte value, long bytes, long stream) {
    ByteBuffer to = at(target, bytes);
    if (to == null) {
      return SoloStatus.BAD_ADDRESS;
    }
    while (to.hasRemaining()) {
      to.put(value);
    }
    return StatusCode.OK;
  }

  @Override
  public synchronized Result<Long> createStream(int device, int priority) {
    return Result.of(nextHandle++);
  }

  @Override
  public int destroyStream(int device, long stream) {
    return StatusCode.OK;
  }

  @Override
  public int queryStream(int device, long stream) {
    return StatusCode.OK;
  }

  @Override
  public int synchronizeStream(int device, long stream, long timeoutNanos) {
    return StatusCode.OK;
  }

  @Override
  public synchronized Result<Long> createEvent(int device, boolean timing) {
    return Result.of(nextHandle++);
  }

  @Override
  public synchronized int destroyEvent(int device, long event) {
    recordedAt.remove(event);
    return StatusCode.OK;
  }

  @Override
  public synchronized int recordEvent(int device, long event, long stream) {
    recordedAt.put(event, System.nanoTime());
    return StatusCode.OK;
  }

  @Override
  public int waitEvent(int device, long stream, long event) {
    return StatusCode.OK;
  }

  @Override
  public int queryEvent(int device, long event) {
    return StatusCode.OK;
  }

  @Override
  public int synchronizeEvent(int device, long event, long timeoutNanos) {
    return StatusCode.OK;
  }

  @Override
  public synchronized Result<Long> elapsedNanos(int device, long start, long end) {
    Long from = recordedAt.get(start);
    Long to = recordedAt.get(end);
    return from == null || to == null ? Result.failed(StatusCode.NOT_READY) : Result.of(to - from);
  }

  @Override
  public StatusText describe(int status) {
    return SoloStatus.describe(status);
  }
}
