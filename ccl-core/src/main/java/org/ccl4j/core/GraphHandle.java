package org.ccl4j.core;

import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.List;

/**
 * An executable graph. It belongs to its device and to every communicator and window captured in
 * it.
 */
final class GraphHandle extends Resource {
  final CclHandle library;
  final int ordinal;
  final long executable;
  final List<CommunicatorHandle> communicators;
  final List<RegistrationHandle> windows;

  /** Host memory that each launch reads or writes again. Held, never looked at. */
  @SuppressWarnings("UnusedVariable")
  private final List<ByteBuffer> hostMemory;

  GraphHandle(
      CclHandle library,
      int ordinal,
      long executable,
      Collection<CommunicatorHandle> communicators,
      Collection<RegistrationHandle> windows,
      List<ByteBuffer> hostMemory) {
    super(Kind.GRAPH, "0x" + Long.toHexString(executable) + " on device " + ordinal);
    this.library = library;
    this.ordinal = ordinal;
    this.executable = executable;
    this.communicators = List.copyOf(communicators);
    this.windows = List.copyOf(windows);
    this.hostMemory = List.copyOf(hostMemory);
  }

  @Override
  List<Kind> closingOrder() {
    return List.of();
  }

  @Override
  void release() {
    int status =
        library.lockedPatiently(
            ordinal, () -> library.devices.destroyExecutable(ordinal, executable));
    library.requireOk(status, ordinal, "destroying " + this);
  }
}
