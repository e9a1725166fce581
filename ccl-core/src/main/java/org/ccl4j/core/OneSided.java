package org.ccl4j.core;

import java.util.function.Predicate;
import org.ccl4j.api.Capability;
import org.ccl4j.api.CclUsageException;
import org.ccl4j.api.CollectiveOptions;
import org.ccl4j.api.DeviceBuffer;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.Signal;
import org.ccl4j.api.Signals;
import org.ccl4j.api.Stream;
import org.ccl4j.api.Window;
import org.ccl4j.core.Resource.Kind;
import org.jspecify.annotations.Nullable;

/** The operations that one rank calls alone: put, signal, and the wait for a signal. */
final class OneSided {
  private final CommunicatorHandle communicator;
  private final Arguments check;
  private final Signals signals;

  /**
   * The window that was found last: programs have few, and put from one again and again. For the
   * thread that is inside a call.
   */
  private @Nullable RegistrationHandle lastFound;

  OneSided(CommunicatorHandle communicator, Arguments check) {
    this.communicator = communicator;
    this.check = check;
    this.signals =
        communicator.library.info.can(Capability.ONE_SIDED)
            ? communicator.backend.signals()
            : Signals.NONE;
  }

  Signals signals() {
    return signals;
  }

  void putSignal(
      DeviceBuffer source,
      long count,
      int peer,
      Window window,
      long offset,
      Signal signal,
      Stream stream,
      CollectiveOptions options) {
    Operation operation = Operation.PUT_SIGNAL;
    communicator.requireCapability(operation.text, Capability.ONE_SIDED);
    Batch batch = communicator.enter(operation);
    try {
      StreamHandle on = check.check(operation, stream, options);
      check.rank("peer", peer);
      BufferImpl in = check.buffer("source", source);
      check.elements(count, 1, in.type());
      check.holds("source", in, count);
      RegistrationHandle target = window(window);
      requireWithin(target, offset, count, in);
      Signal which = signal(signal);
      Call call;
      if (count == 0) {
        call = batch.draft(communicator, operation, Operation.SIGNAL, on, options);
      } else {
        RegistrationHandle origin = windowAround(in, count);
        call = batch.draft(communicator, operation, on, options);
        call.from(in).of(count, in.type()).between(origin, target, offset * in.type().byteSize());
      }
      call.with(peer).raising(which);
      batch.submit(communicator);
    } finally {
      communicator.leave(batch);
    }
  }

  void signal(int peer, Signal signal, Stream stream, CollectiveOptions options) {
    Operation operation = Operation.SIGNAL;
    communicator.requireCapability(operation.text, Capability.ONE_SIDED);
    Batch batch = communicator.enter(operation);
    try {
      StreamHandle on = check.check(operation, stream, options);
      check.rank("peer", peer);
      Signal which = signal(signal);
      requireWindow(operation);
      batch.draft(communicator, operation, on, options).with(peer).raising(which);
      batch.submit(communicator);
    } finally {
      communicator.leave(batch);
    }
  }

  void waitSignal(
      int @Nullable [] peers,
      int @Nullable [] times,
      Signal signal,
      Stream stream,
      CollectiveOptions options) {
    Operation operation = Operation.WAIT_SIGNAL;
    communicator.requireCapability(operation.text, Capability.ONE_SIDED);
    Batch batch = communicator.enter(operation);
    try {
      StreamHandle on = check.check(operation, stream, options);
      int[] ranks = Arguments.notNull("peers", peers).clone();
      int[] raises = Arguments.notNull("times", times).clone();
      requireRanksAndTimes(ranks, raises);
      Signal which = signal(signal);
      requireWindow(operation);
      if (ranks.length == 0) {
        return;
      }
      batch.draft(communicator, operation, on, options).awaiting(ranks, raises).raising(which);
      batch.submit(communicator);
    } finally {
      communicator.leave(batch);
    }
  }

  private void requireRanksAndTimes(int[] ranks, int[] times) {
    if (ranks.length != times.length) {
      throw check.wrong(
          ErrorCode.INVALID_ARGUMENT,
          "peers has "
              + ranks.length
              + " entries and times "
              + times.length
              + "; allowed is one of either for each peer.");
    }
    for (int i = 0; i < ranks.length; i++) {
      check.rank("peers[" + i + "]", ranks[i]);
      if (times[i] < 1) {
        throw check.wrong(
            ErrorCode.OUT_OF_RANGE,
            "times["
                + i
                + "] is "
                + times[i]
                + "; allowed is 1 or more. Leave the peer out for no wait.");
      }
      for (int k = 0; k < i; k++) {
        if (ranks[k] == ranks[i]) {
          throw check.wrong(
              ErrorCode.INVALID_ARGUMENT,
              "peers["
                  + k
                  + "] and peers["
                  + i
                  + "] are both rank "
                  + ranks[i]
                  + "; allowed is each peer once. Add their times up.");
        }
      }
    }
  }

  private Signal signal(@Nullable Signal signal) {
    if (signal == null) {
      throw check.wrong(ErrorCode.NULL_ARGUMENT, "signal is null; pass Signal.FIRST or another.");
    }
    if (!signals.has(signal)) {
      throw check.wrong(
          ErrorCode.UNSUPPORTED,
          "signal has index "
              + signal.index()
              + " and context "
              + signal.context()
              + "; allowed with the loaded library, "
              + communicator.library.loaded()
              + ", is "
              + allowed()
              + ". Ask Communicator.signals() before; a library that knows ONE_SIDED_SIGNALS has as"
              + " many as the Tuning asked for when the communicator was made.");
    }
    return signal;
  }

  private String allowed() {
    return signals.perContext() == 0 || signals.contexts() == 0
        ? "none"
        : "index " + upTo(signals.perContext()) + " of context " + upTo(signals.contexts());
  }

  private static String upTo(int count) {
    return count == 1 ? "0" : "0 to " + (count - 1);
  }

  private RegistrationHandle window(@Nullable Window window) {
    if (window == null) {
      throw check.wrong(ErrorCode.NULL_ARGUMENT, "window is null; pass one of registerWindow.");
    }
    if (!(window instanceof WindowImpl own)
        || own.handleOf().communicator.library != communicator.library) {
      throw check.foreign("window");
    }
    RegistrationHandle handle = own.handleOf();
    if (handle.communicator != communicator) {
      throw check.wrong(
          ErrorCode.INVALID_ARGUMENT,
          "window is one of "
              + handle.communicator.name()
              + "; allowed is one of "
              + communicator.name()
              + ". Register the buffer there.");
    }
    if (handle.isClosed()) {
      throw check.wrong(
          ErrorCode.CLOSED, "window is closed; allowed is an open window. Close it afterwards.");
    }
    if (!handle.isSymmetric()) {
      throw check.wrong(
          ErrorCode.INVALID_ARGUMENT,
          "window was registered with "
              + handle.options
              + "; allowed is one with COLLECTIVE_SYMMETRIC, as registerWindow(buffer) makes it.");
    }
    return handle;
  }

  /**
   * Registering a window is where all ranks meet: what libraries need for signals is made then. One
   * that has none yet makes it in the first call, which waits for the calls of all ranks (NCCL up
   * to 2.30), or refuses the call (from 2.31 on).
   */
  private void requireWindow(Operation operation) {
    RegistrationHandle last = lastFound;
    if (last != null && isOpen(last)) {
      return;
    }
    if (find(OneSided::isOpen) == null) {
      throw check.wrong(
          ErrorCode.ILLEGAL_STATE,
          communicator.name()
              + " has no open symmetric window; "
              + operation.text
              + " is allowed while it has one. Register memory with registerWindow before, on all"
              + " ranks.");
    }
  }

  private @Nullable RegistrationHandle find(Predicate<RegistrationHandle> fits) {
    for (Resource child : communicator.children(Kind.WINDOW)) {
      RegistrationHandle window = (RegistrationHandle) child;
      if (fits.test(window)) {
        lastFound = window;
        return window;
      }
    }
    return null;
  }

  /** Copy engines and network cards read the elements as well, and know windows alone. */
  private RegistrationHandle windowAround(BufferImpl source, long count) {
    long bytes = count * source.type().byteSize();
    RegistrationHandle last = lastFound;
    if (last != null && isSource(last, source.address(), bytes)) {
      return last;
    }
    RegistrationHandle found = find(window -> isSource(window, source.address(), bytes));
    if (found != null) {
      return found;
    }
    throw check.wrong(
        ErrorCode.INVALID_ARGUMENT,
        "source is "
            + source
            + ", of which "
            + count
            + " elements lie in no open symmetric window of "
            + communicator.name()
            + "; allowed is memory within one. Register the source with registerWindow as well, on"
            + " all ranks.");
  }

  private static boolean isOpen(RegistrationHandle window) {
    return window.isSymmetric() && !window.isClosed();
  }

  private static boolean isSource(RegistrationHandle window, long address, long bytes) {
    return isOpen(window) && window.holds(address, bytes);
  }

  /** All ranks have as much as this one, for their windows were registered together. */
  private void requireWithin(
      RegistrationHandle window, long offset, long count, BufferImpl source) {
    int size = source.type().byteSize();
    long elements = window.bytes / size;
    if (offset < 0 || offset > elements - count) {
      throw new CclUsageException(
          ErrorCode.OUT_OF_RANGE,
          Operation.PUT_SIGNAL
              + ": offset is "
              + offset
              + " and count is "
              + count
              + "; allowed is a part of the "
              + elements
              + " elements of "
              + source.type()
              + " that every rank's memory holds ("
              + window.bytes
              + " bytes).",
          communicator.details(Operation.PUT_SIGNAL),
          null);
    }
  }
}
