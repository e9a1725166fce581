package org.ccl4j.core;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** An event on a device. */
final class EventHandle extends Resource {
  final CclHandle library;
  final int ordinal;
  final long handle;
  final boolean timing;

  /** Where the newest record was made; its communicators are looked at while waiting. */
  volatile @Nullable StreamHandle recordedOn;

  /** The capture in which the newest record was made: such a record is never reached. */
  volatile @Nullable Capture capture;

  EventHandle(CclHandle library, int ordinal, long handle, boolean timing) {
    super(Kind.EVENT, "0x" + Long.toHexString(handle) + " on device " + ordinal);
    this.library = library;
    this.ordinal = ordinal;
    this.handle = handle;
    this.timing = timing;
  }

  @Override
  List<Kind> closingOrder() {
    return List.of();
  }

  @Override
  void release() {
    int status =
        library.lockedPatiently(ordinal, () -> library.devices.destroyEvent(ordinal, handle));
    library.requireOk(status, ordinal, "destroying " + this);
  }
}
