package org.ccl4j.core;

import java.util.List;

/** Memory on a device, ours to free or somebody else's. */
final class MemoryHandle extends Resource {
  private final DeviceHandle device;
  final long address;
  private final boolean owned;

  MemoryHandle(DeviceHandle device, String name, long address, boolean owned) {
    super(Kind.BUFFER, name);
    this.device = device;
    this.address = address;
    this.owned = owned;
  }

  // Wrapped memory is no child of its device, or a program that wraps and forgets would fill it up.
  @Override
  boolean isClosed() {
    return super.isClosed() || device.isClosed();
  }

  @Override
  List<Kind> closingOrder() {
    return List.of();
  }

  @Override
  void release() {
    if (owned && address != 0) {
      CclHandle library = device.library;
      int status =
          library.lockedPatiently(
              device.ordinal, () -> library.devices.free(device.ordinal, address));
      library.requireOk(status, device.ordinal, "freeing " + this);
    }
  }
}
