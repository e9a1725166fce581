package org.ccl4j.core;

import java.util.function.LongUnaryOperator;
import java.util.function.Supplier;
import org.ccl4j.api.Capability;
import org.ccl4j.api.CclUsageException;
import org.ccl4j.api.DataType;
import org.ccl4j.api.Device;
import org.ccl4j.api.DeviceBuffer;
import org.ccl4j.api.DeviceInfo;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.ErrorDetails;
import org.ccl4j.api.Event;
import org.ccl4j.api.HostBuffer;
import org.ccl4j.api.MemoryInfo;
import org.ccl4j.api.Stream;
import org.ccl4j.core.MemoryHandle.Origin;
import org.ccl4j.spi.DeviceRuntime;
import org.ccl4j.spi.Result;
import org.jspecify.annotations.Nullable;

/** A device as its user holds it. */
final class DeviceImpl implements Device {
  private final CclImpl ccl;
  private final DeviceHandle handle;
  private final DeviceRuntime devices;

  DeviceImpl(CclImpl ccl, DeviceHandle handle) {
    this.ccl = ccl;
    this.handle = handle;
    this.devices = handle.library.devices;
    handle.library.leaks.watch(this, handle);
  }

  /** The device of this library behind what a user passed; refuses all others. */
  static DeviceImpl own(CclHandle library, String name, @Nullable Device device) {
    if (device == null) {
      throw Arguments.nullArgument(name);
    }
    if (!(device instanceof DeviceImpl own) || own.handle.library != library) {
      throw new CclUsageException(
          ErrorCode.FOREIGN_OBJECT,
          name
              + " was taken from another Ccl or another implementation; allowed is one taken from"
              + " the same Ccl.");
    }
    if (own.handle.isClosed()) {
      throw own.handle.closedException(name);
    }
    return own;
  }

  CclImpl ccl() {
    return ccl;
  }

  CclHandle library() {
    return handle.library;
  }

  DeviceHandle handle() {
    return handle;
  }

  @Override
  public int ordinal() {
    return handle.ordinal;
  }

  @Override
  public DeviceInfo info() {
    return held(
        "info",
        () ->
            library()
                .requireValue(
                    devices.describeDevice(ordinal()), ordinal(), "describing the device"));
  }

  @Override
  public MemoryInfo memory() {
    return held(
        "memory",
        () ->
            library()
                .requireValue(
                    devices.memoryInfo(ordinal()), ordinal(), "asking for the device's memory"));
  }

  /** Runs something that needs the device to stay open. */
  private <T> T held(String what, Supplier<T> action) {
    handle.hold(what);
    try {
      return action.get();
    } finally {
      handle.unhold();
    }
  }

  @Override
  public DeviceBuffer allocate(DataType type, long count) {
    return allocate(
        "allocate",
        type,
        count,
        Origin.DEVICE,
        bytes ->
            library()
                .requireValue(
                    library().lockedResult(ordinal(), () -> devices.allocate(ordinal(), bytes)),
                    ordinal(),
                    allocating(type, count)));
  }

  @Override
  public DeviceBuffer allocateShareable(DataType type, long count) {
    String what = "allocateShareable";
    library().requireCapability(what, Capability.LIBRARY_MEMORY);
    return allocate(
        what, type, count, Origin.LIBRARY, bytes -> allocateOfLibrary(type, count, bytes));
  }

  private long allocateOfLibrary(DataType type, long count, long bytes) {
    Result<Long> memory =
        library().lockedResult(ordinal(), () -> library().backend.allocate(ordinal(), bytes));
    Long address = memory.value();
    if (!memory.ok() || address == null) {
      throw Errors.ofCall(
          library().backend,
          memory.status(),
          allocating(type, count),
          ErrorDetails.NONE.withDevice(ordinal()));
    }
    return address;
  }

  private DeviceBuffer allocate(
      String what, DataType type, long count, Origin origin, LongUnaryOperator natively) {
    long bytes = bytes(what, type, count);
    return held(
        what,
        () -> {
          long address = bytes == 0 ? 0 : natively.applyAsLong(bytes);
          return adopt(
              what, MemoryHandle.of(handle, name(type, count), address, origin), type, count);
        });
  }

  @Override
  public DeviceBuffer allocate(DataType type, long count, Stream stream) {
    String what = "allocate in the order of a stream";
    library().requireCapability(what, Capability.STREAM_ORDERED_MEMORY);
    long bytes = bytes(what, type, count);
    StreamHandle on = StreamImpl.own(library(), "stream", stream);
    on.requireNotCaptured(what);
    if (on.ordinal != ordinal()) {
      throw new CclUsageException(
          ErrorCode.WRONG_DEVICE,
          what
              + ": stream is on device "
              + on.ordinal
              + "; allowed is one on device "
              + ordinal()
              + ". Open it there.");
    }
    return held(
        what,
        () -> {
          on.holder().hold(what);
          try {
            long address = bytes == 0 ? 0 : allocateOrdered(type, count, bytes, on);
            MemoryHandle memory = MemoryHandle.ordered(handle, name(type, count), address, on);
            DeviceBuffer buffer = adopt(what, memory, type, count);
            on.adopt(memory, what);
            return buffer;
          } finally {
            on.holder().unhold();
          }
        });
  }

  private long allocateOrdered(DataType type, long count, long bytes, StreamHandle on) {
    return library()
        .requireValue(
            library()
                .lockedResult(
                    ordinal(),
                    () -> {
                      on.requireNotCaptured("allocate");
                      return devices.allocateOrdered(ordinal(), bytes, on.handle);
                    }),
            ordinal(),
            allocating(type, count));
  }

  private DeviceBuffer adopt(String what, MemoryHandle memory, DataType type, long count) {
    handle.adopt(memory, what);
    BufferImpl buffer = BufferImpl.over(this, memory, type, count);
    library().leaks.watch(buffer, memory);
    return buffer;
  }

  private String allocating(DataType type, long count) {
    return "allocating " + count * type.byteSize() + " bytes for " + name(type, count);
  }

  @Override
  public HostBuffer allocateHost(int bytes) {
    String what = "allocateHost";
    if (bytes < 1) {
      throw new CclUsageException(
          ErrorCode.OUT_OF_RANGE, what + ": bytes is " + bytes + "; allowed is 1 or more.");
    }
    return held(
        what,
        () -> {
          HostMemoryHandle memory = HostMemoryHandle.allocate(library(), ordinal(), bytes);
          handle.adopt(memory, what);
          return new HostBufferImpl(this, memory);
        });
  }

  private String name(DataType type, long count) {
    return type + "[" + count + "] on device " + ordinal();
  }

  private static long bytes(String what, @Nullable DataType type, long count) {
    if (type == null) {
      throw Arguments.nullArgument("type");
    }
    if (count < 0 || count > Long.MAX_VALUE / type.byteSize()) {
      throw new CclUsageException(
          ErrorCode.OUT_OF_RANGE,
          what
              + ": count is "
              + count
              + "; allowed is 0 to "
              + Long.MAX_VALUE / type.byteSize()
              + " elements of "
              + type
              + ".");
    }
    return count * type.byteSize();
  }

  @Override
  public DeviceBuffer wrap(long address, DataType type, long count) {
    String what = "wrap";
    long bytes = bytes(what, type, count);
    if (address < 0 || address > Long.MAX_VALUE - bytes || (address == 0 && count > 0)) {
      throw new CclUsageException(
          ErrorCode.OUT_OF_RANGE,
          what
              + ": address is 0x"
              + Long.toHexString(address)
              + " with "
              + bytes
              + " bytes; allowed is the device address of memory that ends below 2^63, and 0 only"
              + " with a count of 0.");
    }
    if (handle.isClosed()) {
      throw handle.closedException(what);
    }
    MemoryHandle memory = MemoryHandle.of(handle, name(type, count), address, Origin.ELSEWHERE);
    return BufferImpl.over(this, memory, type, count);
  }

  @Override
  public Stream openStream(int priority) {
    String what = "openStream";
    return held(
        what,
        () -> {
          StreamHandle made = StreamHandle.open(handle, priority, null);
          handle.adopt(made, what);
          StreamImpl held = new StreamImpl(this, made);
          library().leaks.watch(held, made);
          return held;
        });
  }

  @Override
  public Stream wrapStream(long stream) {
    if (handle.isClosed()) {
      throw handle.closedException("wrapStream");
    }
    return new StreamImpl(this, StreamHandle.wrap(handle, stream));
  }

  @Override
  public Event newEvent() {
    return event(false);
  }

  @Override
  public Event newTimingEvent() {
    return event(true);
  }

  private Event event(boolean timing) {
    String what = "newEvent";
    return held(
        what,
        () -> {
          long event =
              library()
                  .requireValue(
                      library()
                          .lockedResult(ordinal(), () -> devices.createEvent(ordinal(), timing)),
                      ordinal(),
                      "making an event");
          EventHandle made = new EventHandle(library(), ordinal(), event, timing);
          handle.adopt(made, what);
          return new EventImpl(this, made);
        });
  }

  @Override
  public boolean canAccess(Device peer) {
    DeviceImpl other = own(library(), "peer", peer);
    return held("canAccess", () -> devices.canAccessPeer(ordinal(), other.ordinal()));
  }

  @Override
  public void enableAccess(Device peer) {
    String what = "enableAccess";
    DeviceImpl other = own(library(), "peer", peer);
    if (other.ordinal() == ordinal()) {
      return;
    }
    if (!canAccess(other)) {
      throw new CclUsageException(
          ErrorCode.INVALID_ARGUMENT,
          what
              + ": peer is device "
              + other.ordinal()
              + ", whose memory device "
              + ordinal()
              + " cannot reach; allowed is one for which canAccess says true. Ask it before.");
    }
    held(
        what,
        () -> {
          int status =
              library()
                  .locked(ordinal(), () -> devices.enablePeerAccess(ordinal(), other.ordinal()));
          library().requireOk(status, ordinal(), "letting the device reach " + other);
          return status;
        });
  }

  @Override
  public void close() {
    library().requireNoGroup("closing a device, which closes its communicators,");
    handle.close();
  }

  @Override
  public String toString() {
    return handle.toString();
  }
}
