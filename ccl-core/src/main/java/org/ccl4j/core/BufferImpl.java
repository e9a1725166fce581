package org.ccl4j.core;

import java.nio.ByteBuffer;
import org.ccl4j.api.CclUsageException;
import org.ccl4j.api.DataType;
import org.ccl4j.api.Device;
import org.ccl4j.api.DeviceBuffer;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.Stream;
import org.jspecify.annotations.Nullable;

/** A buffer, or a part or view of one, as its user holds it. */
final class BufferImpl implements DeviceBuffer {
  private final DeviceImpl device;
  private final MemoryHandle memory;

  /** The buffer that this is a part of; null for a whole one. Keeps it reachable. */
  private final @Nullable BufferImpl whole;

  private final long address;
  private final DataType type;
  private final long count;

  private BufferImpl(
      DeviceImpl device,
      MemoryHandle memory,
      @Nullable BufferImpl whole,
      long address,
      DataType type,
      long count) {
    this.device = device;
    this.memory = memory;
    this.whole = whole;
    this.address = address;
    this.type = type;
    this.count = count;
  }

  static BufferImpl over(DeviceImpl device, MemoryHandle memory, DataType type, long count) {
    return new BufferImpl(device, memory, null, memory.address, type, count);
  }

  MemoryHandle memory() {
    return memory;
  }

  CclHandle library() {
    return device.library();
  }

  @Override
  public Device device() {
    return device;
  }

  @Override
  public long address() {
    return count == 0 ? 0 : address;
  }

  @Override
  public DataType type() {
    return type;
  }

  @Override
  public long count() {
    return count;
  }

  int ordinal() {
    return device.ordinal();
  }

  /** Where an element is; 0 where there are none. */
  long addressOf(long element) {
    return count == 0 ? 0 : address + element * type.byteSize();
  }

  @Override
  public DeviceBuffer slice(long offset, long part) {
    requireOpen("slice");
    if (offset < 0 || part < 0 || offset > count - part) {
      throw new CclUsageException(
          ErrorCode.OUT_OF_RANGE,
          "slice: offset is "
              + offset
              + " and count is "
              + part
              + "; allowed is a part within the "
              + count
              + " elements of "
              + this
              + ".");
    }
    return new BufferImpl(device, memory, this, address + offset * type.byteSize(), type, part);
  }

  @Override
  public DeviceBuffer as(DataType other) {
    requireOpen("as");
    Arguments.notNull("type", other);
    if (byteSize() % other.byteSize() != 0) {
      throw new CclUsageException(
          ErrorCode.INVALID_ARGUMENT,
          "as: type is "
              + other
              + " of "
              + other.byteSize()
              + " bytes; allowed is one whose size divides the "
              + byteSize()
              + " bytes of "
              + this
              + ". Slice it before.");
    }
    return new BufferImpl(device, memory, this, address, other, byteSize() / other.byteSize());
  }

  private void requireOpen(String what) {
    if (memory.isClosed()) {
      throw memory.closedException(what);
    }
  }

  @Override
  public void copyFrom(ByteBuffer host, Stream stream) {
    String what = "copyFrom";
    requireHost(what, host, false);
    StreamHandle on = stream(what, stream);
    if (host.hasRemaining()) {
      enqueueFrom(what, host, address, on);
    }
  }

  @Override
  public void copyTo(ByteBuffer host, Stream stream) {
    String what = "copyTo";
    requireHost(what, host, true);
    StreamHandle on = stream(what, stream);
    if (host.hasRemaining()) {
      enqueueTo(what, host, address, on);
    }
  }

  private void requireHost(String what, @Nullable ByteBuffer host, boolean written) {
    if (host == null) {
      throw Arguments.nullArgument("host");
    }
    requireOpen(what);
    if (!host.isDirect() || (written && host.isReadOnly())) {
      throw new CclUsageException(
          ErrorCode.INVALID_HOST_BUFFER,
          what
              + ": host is "
              + (host.isDirect() ? "read-only" : "not direct")
              + "; allowed is a direct"
              + (written ? ", writable" : "")
              + " buffer. Use ByteBuffer.allocateDirect, or an array.");
    }
    if (host.remaining() > byteSize()) {
      throw new CclUsageException(
          ErrorCode.INVALID_HOST_BUFFER,
          what
              + ": host has "
              + host.remaining()
              + " bytes remaining; allowed are at most the "
              + byteSize()
              + " of "
              + this
              + ". Set its limit.");
    }
  }

  private StreamHandle stream(String what, @Nullable Stream stream) {
    StreamHandle on = StreamImpl.own(library(), "stream", stream);
    on.requireEnqueueable(what);
    if (on.ordinal != ordinal()) {
      throw new CclUsageException(
          ErrorCode.WRONG_DEVICE,
          what
              + ": stream is on device "
              + on.ordinal
              + "; allowed is one on device "
              + ordinal()
              + ", the buffer's.");
    }
    return on;
  }

  /** Copies from direct memory to an address in this buffer. */
  void enqueueFrom(String what, ByteBuffer host, long target, StreamHandle on) {
    LaunchLock lock = lock(what, on);
    try {
      int status = library().devices.copyToDevice(ordinal(), target, host, on.handle);
      library().requireOk(status, ordinal(), what);
      keepInGraph(on, host);
    } finally {
      lock.unlock();
    }
  }

  /** Copies from an address in this buffer to direct memory. */
  void enqueueTo(String what, ByteBuffer host, long source, StreamHandle on) {
    LaunchLock lock = lock(what, on);
    try {
      int status = library().devices.copyToHost(ordinal(), host, source, on.handle);
      library().requireOk(status, ordinal(), what);
      keepInGraph(on, host);
    } finally {
      lock.unlock();
    }
  }

  private static void keepInGraph(StreamHandle on, ByteBuffer host) {
    Capture capture = on.capture;
    if (capture != null) {
      capture.keep(host);
    }
  }

  /** Takes the launch lock and looks again at what another thread may have closed. */
  private LaunchLock lock(String what, StreamHandle on) {
    LaunchLock lock = library().launchLock(ordinal());
    lock.lock();
    boolean fine = false;
    try {
      on.requireEnqueueable(what);
      requireOpen(what);
      fine = true;
      return lock;
    } finally {
      if (!fine) {
        lock.unlock();
      }
    }
  }

  @Override
  public void copyFrom(DeviceBuffer source, Stream stream) {
    String what = "copyFrom";
    if (source == null) {
      throw Arguments.nullArgument("source");
    }
    requireOpen(what);
    if (!(source instanceof BufferImpl from) || from.library() != library()) {
      throw new CclUsageException(
          ErrorCode.FOREIGN_OBJECT,
          what
              + ": source was made by another Ccl or another implementation; allowed is a buffer"
              + " made by the same Ccl.");
    }
    from.requireOpen(what);
    if (from.ordinal() != ordinal()) {
      throw new CclUsageException(
          ErrorCode.WRONG_DEVICE,
          what
              + ": source is on device "
              + from.ordinal()
              + "; allowed is one on device "
              + ordinal()
              + ". Between devices, send and receive.");
    }
    if (from.type != type) {
      throw new CclUsageException(
          ErrorCode.TYPE_MISMATCH,
          what
              + ": source has elements of "
              + from.type
              + "; allowed is "
              + type
              + ". View one of them with as(...), or convert.");
    }
    if (from.count > count) {
      throw new CclUsageException(
          ErrorCode.BUFFER_TOO_SMALL,
          what
              + ": source holds "
              + from.count
              + " elements; allowed are at most the "
              + count
              + " of "
              + this
              + ". Slice the source.");
    }
    if (Arguments.overlap(from.address, from.byteSize(), address, from.byteSize())) {
      throw new CclUsageException(
          ErrorCode.ILLEGAL_OVERLAP,
          what + ": source and target share memory; allowed are buffers apart from each other.");
    }
    StreamHandle on = stream(what, stream);
    if (from.count == 0) {
      return;
    }
    LaunchLock lock = lock(what, on);
    try {
      from.requireOpen(what);
      int status =
          library()
              .devices
              .copyOnDevice(ordinal(), address, from.address, from.byteSize(), on.handle);
      library().requireOk(status, ordinal(), what);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void fill(byte value, Stream stream) {
    String what = "fill";
    requireOpen(what);
    StreamHandle on = stream(what, stream);
    if (count == 0) {
      return;
    }
    LaunchLock lock = lock(what, on);
    try {
      int status = library().devices.fill(ordinal(), address, value, byteSize(), on.handle);
      library().requireOk(status, ordinal(), what);
    } finally {
      lock.unlock();
    }
  }

  private void copyArrayFrom(@Nullable Object host, @Nullable Stream stream) {
    String what = "copyFrom";
    Object array = Arguments.notNull("host", host);
    requireOpen(what);
    HostArrays.requireFit(what, array, this);
    StreamHandle on = stream(what, stream);
    on.requireNotCaptured(what);
    HostArrays.toDevice(array, this, address, on);
  }

  private void copyArrayTo(@Nullable Object host, @Nullable Stream stream) {
    String what = "copyTo";
    Object array = Arguments.notNull("host", host);
    requireOpen(what);
    HostArrays.requireFit(what, array, this);
    StreamHandle on = stream(what, stream);
    on.requireNotCaptured(what);
    library().requireNoGroup("copyTo an array, which waits,");
    HostArrays.toHost(array, this, address, on);
  }

  @Override
  public void copyFrom(float[] host, Stream stream) {
    copyArrayFrom(host, stream);
  }

  @Override
  public void copyTo(float[] host, Stream stream) {
    copyArrayTo(host, stream);
  }

  @Override
  public void copyFrom(double[] host, Stream stream) {
    copyArrayFrom(host, stream);
  }

  @Override
  public void copyTo(double[] host, Stream stream) {
    copyArrayTo(host, stream);
  }

  @Override
  public void copyFrom(int[] host, Stream stream) {
    copyArrayFrom(host, stream);
  }

  @Override
  public void copyTo(int[] host, Stream stream) {
    copyArrayTo(host, stream);
  }

  @Override
  public void copyFrom(long[] host, Stream stream) {
    copyArrayFrom(host, stream);
  }

  @Override
  public void copyTo(long[] host, Stream stream) {
    copyArrayTo(host, stream);
  }

  @Override
  public void copyFrom(short[] host, Stream stream) {
    copyArrayFrom(host, stream);
  }

  @Override
  public void copyTo(short[] host, Stream stream) {
    copyArrayTo(host, stream);
  }

  @Override
  public void copyFrom(byte[] host, Stream stream) {
    copyArrayFrom(host, stream);
  }

  @Override
  public void copyTo(byte[] host, Stream stream) {
    copyArrayTo(host, stream);
  }

  @Override
  public void close() {
    if (whole == null) {
      memory.requireClosable();
      memory.close();
    }
  }

  @Override
  public String toString() {
    return "buffer "
        + type
        + "["
        + count
        + "] at 0x"
        + Long.toHexString(address())
        + " on device "
        + ordinal();
  }
}
