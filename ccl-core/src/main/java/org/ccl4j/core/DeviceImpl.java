package org.ccl4j.core;

import java.util.function.Supplier;
import org.ccl4j.api.CclUsageException;
import org.ccl4j.api.DataType;
import org.ccl4j.api.Device;
import org.ccl4j.api.DeviceBuffer;
import org.ccl4j.api.DeviceInfo;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.Event;
import org.ccl4j.api.MemoryInfo;
import org.ccl4j.api.Stream;
import org.ccl4j.spi.DeviceRuntime;
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
    String what = "allocate";
    long bytes = bytes(what, type, count);
    return held(
        what,
        () -> {
          long address = bytes == 0 ? 0 : allocateNatively(type, count, bytes);
          MemoryHandle memory = new MemoryHandle(handle, name(type, count), address, true);
          handle.adopt(memory, what);
          BufferImpl buffer = BufferImpl.over(this, memory, type, count);
          library().leaks.watch(buffer, memory);
          return buffer;
        });
  }

  private long allocateNatively(DataType type, long count, long bytes) {
    return library()
        .requireValue(
            library().lockedResult(ordinal(), () -> devices.allocate(ordinal(), bytes)),
            ordinal(),
            "allocating " + bytes + " bytes for " + name(type, count));
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
    MemoryHandle memory = new MemoryHandle(handle, name(type, count), address, false);
    return BufferImpl.over(this, memory, type, count);
  }

  @Override
  public Stream openStream(int priority) {
    String what = "openStream";
    return held(
        what,
        () -> {
          long stream =
              library()
                  .requireValue(
                      library()
                          .lockedResult(ordinal(), () -> devices.createStream(ordinal(), priority)),
                      ordinal(),
                      "opening a stream");
          StreamHandle made = new StreamHandle(handle, stream, true);
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
    return new StreamImpl(this, new StreamHandle(handle, stream, false));
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
  public void close() {
    library().requireNoGroup("closing a device, which closes its communicators,");
    handle.close();
  }

  @Override
  public String toString() {
    return handle.toString();
  }
}
