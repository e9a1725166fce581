package org.ccl4j.core;

import java.util.List;
import org.ccl4j.api.ErrorDetails;
import org.ccl4j.spi.StatusCode;
import org.jspecify.annotations.Nullable;

/** Memory on a device, ours to free or somebody else's. */
final class MemoryHandle extends Resource {
  /** Who allocated it, and so who frees it. */
  enum Origin {
    DEVICE,
    STREAM,
    LIBRARY,
    ELSEWHERE
  }

  private final DeviceHandle device;
  final long address;
  final Origin origin;

  /** In whose order it is freed; null but for {@link Origin#STREAM}. */
  private final @Nullable StreamHandle stream;

  private MemoryHandle(
      DeviceHandle device,
      String name,
      long address,
      Origin origin,
      @Nullable StreamHandle stream) {
    super(Kind.BUFFER, name);
    this.device = device;
    this.address = address;
    this.origin = origin;
    this.stream = stream;
  }

  static MemoryHandle of(DeviceHandle device, String name, long address, Origin origin) {
    return new MemoryHandle(device, name, address, origin, null);
  }

  static MemoryHandle ordered(DeviceHandle device, String name, long address, StreamHandle stream) {
    return new MemoryHandle(device, name, address, Origin.STREAM, stream);
  }

  // Wrapped memory is no child of its device, or a program that wraps and forgets would fill it up.
  @Override
  boolean isClosed() {
    return super.isClosed() || device.isClosed();
  }

  /** Refuses to be closed where that would become part of a graph. */
  void requireClosable() {
    if (stream != null && !isClosed() && !stream.isClosed()) {
      stream.requireNotCaptured("closing " + this);
    }
  }

  @Override
  List<Kind> closingOrder() {
    return List.of(Kind.WINDOW, Kind.REGISTRATION);
  }

  @Override
  void release() {
    if (address != 0 && origin != Origin.ELSEWHERE) {
      int status = device.library.lockedPatiently(device.ordinal, this::free);
      if (status != StatusCode.OK && origin == Origin.LIBRARY) {
        throw Errors.ofCall(
            device.library.backend,
            status,
            "freeing " + this,
            ErrorDetails.NONE.withDevice(device.ordinal));
      }
      device.library.requireOk(status, device.ordinal, "freeing " + this);
    }
  }

  private int free() {
    CclHandle library = device.library;
    return switch (origin) {
      case DEVICE -> library.devices.free(device.ordinal, address);
      case STREAM -> freeOrdered();
      case LIBRARY -> library.backend.free(device.ordinal, address);
      case ELSEWHERE -> StatusCode.OK;
    };
  }

  private int freeOrdered() {
    return stream == null
        ? StatusCode.OK
        : device.library.devices.freeOrdered(device.ordinal, address, stream.handle);
  }
}
