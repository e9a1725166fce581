package org.ccl4j.core;

import java.util.List;
import java.util.Set;
import java.util.function.LongFunction;
import java.util.function.Supplier;
import org.ccl4j.api.WindowOption;
import org.ccl4j.spi.Result;

/** Memory that a communicator knows: a registered buffer or a window. */
final class RegistrationHandle extends Resource {
  final CommunicatorHandle communicator;
  final MemoryHandle memory;
  final long address;
  final long bytes;

  /** What the library calls it; 0 is a handle like any other. */
  final long handle;

  /** What was asked of a window; empty for a registered buffer. */
  final Set<WindowOption> options;

  private RegistrationHandle(
      Kind kind,
      CommunicatorHandle communicator,
      BufferImpl buffer,
      Set<WindowOption> options,
      long handle) {
    super(kind, "of " + buffer + " with " + communicator.name());
    this.communicator = communicator;
    this.memory = buffer.memory();
    this.address = buffer.address();
    this.bytes = buffer.byteSize();
    this.options = Set.copyOf(options);
    this.handle = handle;
  }

  /**
   * Registers memory and gives the registration to communicator and memory, which close it before
   * themselves.
   *
   * @param options what is asked of a window
   * @param natively gives the library's handle
   * @param failed turns its status into what to throw
   */
  static RegistrationHandle make(
      Kind kind,
      Operation operation,
      CommunicatorHandle communicator,
      BufferImpl buffer,
      Set<WindowOption> options,
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
        RegistrationHandle made =
            new RegistrationHandle(kind, communicator, buffer, options, handle);
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

  /** Whether one-sided operations can read from it and write to it. */
  boolean isSymmetric() {
    return options.contains(WindowOption.COLLECTIVE_SYMMETRIC);
  }

  boolean holds(long start, long length) {
    return start >= address && length <= bytes && start - address <= bytes - length;
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
