package org.ccl4j.core;

import java.util.List;
import java.util.function.LongFunction;
import java.util.function.Supplier;
import org.ccl4j.spi.Result;

/** Memory that a communicator knows: a registered buffer or a window. */
final class RegistrationHandle extends Resource {
  final CommunicatorHandle communicator;
  final MemoryHandle memory;
  final long address;
  final long bytes;

  /** What the library calls it; 0 is a handle like any other. */
  final long handle;

  private RegistrationHandle(
      Kind kind, CommunicatorHandle communicator, BufferImpl buffer, long handle) {
    super(kind, "of " + buffer + " with " + communicator.name());
    this.communicator = communicator;
    this.memory = buffer.memory();
    this.address = buffer.address();
    this.bytes = buffer.byteSize();
    this.handle = handle;
  }

  /**
   * Registers memory and gives the registration to communicator and memory, which close it before
   * themselves.
   *
   * @param natively gives the library's handle
   * @param failed turns its status into what to throw
   */
  static RegistrationHandle make(
      Kind kind,
      Operation operation,
      CommunicatorHandle communicator,
      BufferImpl buffer,
      Supplier<Result<Long>> natively,
      LongFunction<RuntimeException> failed) {
    communicator.hold(operation.text);
    try {
      buffer.memory().hold(operation.text);
      try {
        Result<Long> result = natively.get();
        Long handle = result.value();
        if (!result.ok() || handle == null) {
          throw failed.apply(result.status());
        }
        RegistrationHandle made = new RegistrationHandle(kind, communicator, buffer, handle);
        communicator.adopt(made, operation.text);
        buffer.memory().adopt(made, operation.text);
        return made;
      } finally {
        buffer.memory().unhold();
      }
    } finally {
      communicator.unhold();
    }
  }

  boolean isWindow() {
    return kind() == Kind.WINDOW;
  }

  // A graph that was captured with a window writes to it at each launch.
  @Override
  List<Kind> closingOrder() {
    return List.of(Kind.GRAPH);
  }

  @Override
  void release() {
    communicator.giveBack(
        "closing " + this,
        () ->
            isWindow()
                ? communicator.backend.deregisterWindow(handle)
                : communicator.backend.deregister(handle));
  }
}
