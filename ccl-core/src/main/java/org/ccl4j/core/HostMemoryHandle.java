package org.ccl4j.core;

import java.lang.ref.Cleaner;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.ccl4j.api.CclException;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.spi.DeviceRuntime;
import org.ccl4j.spi.DeviceRuntime.HostMemory;
import org.ccl4j.spi.StatusCode;
import org.jspecify.annotations.Nullable;

/**
 * Host memory of a device runtime. To close it lets go of it; it is freed when the garbage
 * collector finds that no view leads to it any more, for a view of freed memory would be a wild
 * pointer in a program that has none otherwise. Whoever copies (the backend, a captured graph)
 * holds a view as well.
 */
final class HostMemoryHandle extends Resource {
  private static final Cleaner CLEANER = Cleaner.create();

  /** With so much waiting to be found unreachable, the collector is asked to look. */
  private static final long MOST_WAITING = 256L << 20;

  private static final long RECLAIM_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  /** The bytes that were closed and not yet freed, of all libraries of this JVM. */
  private static final AtomicLong WAITING = new AtomicLong();

  final int bytes;

  /** What was allocated; null once closed. */
  private volatile @Nullable ByteBuffer memory;

  private HostMemoryHandle(int ordinal, int bytes, ByteBuffer memory) {
    super(Kind.HOST_BUFFER, "of " + bytes + " bytes for device " + ordinal);
    this.bytes = bytes;
    this.memory = memory;
  }

  static HostMemoryHandle allocate(CclHandle library, int ordinal, int bytes) {
    if (WAITING.get() > MOST_WAITING) {
      System.gc();
    }
    HostMemory found;
    try {
      found = allocateNatively(library, ordinal, bytes);
    } catch (CclException e) {
      if (e.code() != ErrorCode.OUT_OF_MEMORY || !reclaim()) {
        throw e;
      }
      found = allocateNatively(library, ordinal, bytes);
    }
    // Every view refers to this very buffer, and the action only to the number.
    CLEANER.register(found.bytes(), new Free(library.devices, ordinal, found.address(), bytes));
    return new HostMemoryHandle(ordinal, bytes, found.bytes());
  }

  private static HostMemory allocateNatively(CclHandle library, int ordinal, int bytes) {
    return library.requireValue(
        library.lockedResult(ordinal, () -> library.devices.allocateHost(ordinal, bytes)),
        ordinal,
        "allocating " + bytes + " bytes of host memory for device " + ordinal);
  }

  /** Whether memory that was closed has been freed meanwhile. */
  // A yield lets the cleaner run; the deadline decides.
  @SuppressWarnings("ThreadPriorityCheck")
  private static boolean reclaim() {
    long before = WAITING.get();
    if (before == 0) {
      return false;
    }
    System.gc();
    long end = System.nanoTime() + RECLAIM_NANOS;
    while (WAITING.get() >= before && System.nanoTime() < end) {
      Thread.yield();
    }
    return WAITING.get() < before;
  }

  /** A view of its own. */
  ByteBuffer view(String use) {
    ByteBuffer all = memory;
    if (all == null) {
      throw closedException(use);
    }
    return all.duplicate().order(ByteOrder.nativeOrder());
  }

  @Override
  List<Kind> closingOrder() {
    return List.of();
  }

  @Override
  void release() {
    WAITING.addAndGet(bytes);
    memory = null;
  }

  private record Free(DeviceRuntime devices, int ordinal, long address, int bytes)
      implements Runnable {
    @Override
    public void run() {
      int status = devices.freeHost(ordinal, address);
      WAITING.addAndGet(-bytes);
      if (status != StatusCode.OK) {
        System.getLogger("org.ccl4j.core")
            .log(
                System.Logger.Level.WARNING,
                "{0} bytes of host memory for device {1} were not freed: {2}",
                bytes,
                ordinal,
                devices.describe(status));
      }
    }
  }
}
