package org.ccl4j.core;

import java.util.List;

/** What was made through one handle of a device. */
final class DeviceHandle extends Resource {
  final CclHandle library;
  final int ordinal;

  DeviceHandle(CclHandle library, int ordinal) {
    super(Kind.DEVICE, String.valueOf(ordinal));
    this.library = library;
    this.ordinal = ordinal;
  }

  @Override
  List<Kind> closingOrder() {
    return List.of(
        Kind.COMMUNICATOR, Kind.GRAPH, Kind.EVENT, Kind.BUFFER, Kind.STREAM, Kind.HOST_BUFFER);
  }

  @Override
  void release() {}
}
