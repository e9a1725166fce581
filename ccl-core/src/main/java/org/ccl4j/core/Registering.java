package org.ccl4j.core;

import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import org.ccl4j.api.Capability;
import org.ccl4j.api.CclException;
import org.ccl4j.api.CclUsageException;
import org.ccl4j.api.DeviceBuffer;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.Registration;
import org.ccl4j.api.Window;
import org.ccl4j.api.WindowOption;
import org.ccl4j.core.MemoryHandle.Origin;
import org.ccl4j.core.Resource.Kind;
import org.ccl4j.spi.Result;
import org.ccl4j.spi.StatusCode;
import org.jspecify.annotations.Nullable;

/** What a communicator is told about memory: registered buffers and windows. */
final class Registering {
  /** What a window's start must be a multiple of ({@code NCCL_WIN_REQUIRED_ALIGNMENT}). */
  private static final long ALIGNMENT = 4096;

  private final CommunicatorHandle communicator;
  private final CclHandle library;
  private final Arguments check;

  Registering(CommunicatorHandle communicator, Arguments check) {
    this.communicator = communicator;
    this.library = communicator.library;
    this.check = check;
  }

  Registration register(@Nullable DeviceBuffer buffer) {
    Operation operation = Operation.REGISTER;
    library.requireNoGroup(operation.text);
    communicator.requireCapability(operation.text, Capability.REGISTER);
    Batch batch = communicator.enter(operation);
    try {
      check.start(operation);
      BufferImpl own = check.buffer("buffer", buffer);
      check.holds("buffer", own, 1);
      RegistrationHandle made =
          RegistrationHandle.make(
              Kind.REGISTRATION,
              operation,
              communicator,
              own,
              Set.of(),
              () ->
                  library.lockedResult(
                      communicator.ordinal,
                      () -> {
                        communicator.requireUsable(operation);
                        return communicator.backend.register(own.address(), own.byteSize());
                      }),
              status -> failed(operation, (int) status));
      return new RegistrationImpl(own, made);
    } finally {
      communicator.leave(batch);
    }
  }

  // A registration that was refused takes nothing from the communicator.
  private CclException failed(Operation operation, int status) {
    return Errors.ofCall(
        library.backend,
        status,
        operation + " on " + communicator,
        communicator.details(operation));
  }

  Window registerWindow(
      @Nullable DeviceBuffer buffer,
      @Nullable Set<WindowOption> options,
      @Nullable Duration timeout) {
    Operation operation = Operation.REGISTER_WINDOW;
    Set<WindowOption> wanted = EnumSet.noneOf(WindowOption.class);
    for (WindowOption option : Arguments.notNull("options", options)) {
      wanted.add(Arguments.notNull("an entry of options", option));
    }
    long nanos = Times.positiveNanos("timeout", Arguments.notNull("timeout", timeout));
    library.requireNoGroup(operation.text);
    communicator.requireCapability(operation.text, Capability.WINDOWS);
    for (WindowOption option : wanted) {
      if (!library.backend.windowOptions().contains(option)) {
        throw new CclUsageException(
            ErrorCode.UNSUPPORTED,
            operation
                + ": option is "
                + option
                + ", which the loaded library, "
                + library.loaded()
                + ", does not know; allowed are "
                + library.backend.windowOptions()
                + ". Leave it out, or load a library that has it.");
      }
    }
    Batch batch = communicator.enter(operation);
    try {
      check.start(operation);
      BufferImpl own = check.buffer("buffer", buffer);
      check.holds("buffer", own, 1);
      requireKind(own);
      RegistrationHandle made =
          RegistrationHandle.make(
              Kind.WINDOW,
              operation,
              communicator,
              own,
              wanted,
              () -> natively(own, wanted, nanos),
              status -> windowFailed((int) status, nanos));
      return new WindowImpl(own, made);
    } finally {
      communicator.leave(batch);
    }
  }

  private Result<Long> natively(BufferImpl own, Set<WindowOption> options, long nanos) {
    return communicator.backend.registerWindow(own.address(), own.byteSize(), options, nanos);
  }

  private void requireKind(BufferImpl buffer) {
    Origin origin = buffer.memory().origin;
    if (origin == Origin.DEVICE || origin == Origin.STREAM) {
      throw wrong(
          "buffer was made by Device.allocate; allowed is memory of Device.allocateShareable, or"
              + " wrapped memory that the library itself made. Allocate it there.");
    }
    if (buffer.address() % ALIGNMENT != 0) {
      throw wrong(
          "buffer starts at 0x"
              + Long.toHexString(buffer.address())
              + "; allowed is a multiple of "
              + ALIGNMENT
              + " bytes. Slice it at a multiple, or register the whole buffer.");
    }
  }

  private CclUsageException wrong(String message) {
    Operation operation = Operation.REGISTER_WINDOW;
    return new CclUsageException(
        ErrorCode.INVALID_ARGUMENT,
        operation + ": " + message,
        communicator.details(operation),
        null);
  }

  /** Some ranks may have the window and others not: the communicator cannot go on. */
  private CclException windowFailed(int status, long nanos) {
    Operation operation = Operation.REGISTER_WINDOW;
    return status == StatusCode.NOT_READY
        ? communicator.notAllCame(operation, nanos)
        : communicator.launchFailed(operation, "", status);
  }
}
