package org.ccl4j.core;

import org.ccl4j.api.CclUsageException;
import org.ccl4j.api.CollectiveOptions;
import org.ccl4j.api.DataType;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.Signal;
import org.ccl4j.spi.BackendCommunicator;
import org.ccl4j.spi.BackendCommunicator.Tunable;
import org.jspecify.annotations.Nullable;

/**
 * One native operation with its checked arguments. Instances belong to a communicator and are used
 * again and again.
 *
 * <p>A call that is used again for the same operation writes only the references that differ, for
 * most programs call an operation again with the same objects, and a reference costs more to write
 * than to compare: the collectors keep account of each. What it refers to between two uses are
 * handles of its own library, and these keep no memory of a device.
 */
final class Call {
  /** What the user called, for messages. */
  Operation called = Operation.ALL_REDUCE;

  /** What is issued; a part of {@link #called} when that is composed. */
  private Operation issued = Operation.ALL_REDUCE;

  private final CommunicatorHandle communicator;
  private @Nullable StreamHandle stream;
  private CollectiveOptions options = CollectiveOptions.DEFAULT;

  private @Nullable MemoryHandle sendMemory;
  private @Nullable MemoryHandle recvMemory;
  private @Nullable MemoryHandle biasMemory;
  private long send;
  private long recv;
  private long bias;
  private long count;
  private DataType type = DataType.UINT8;
  private @Nullable OperatorHandle operator;
  private int op;
  private int peer;
  private Watcher.@Nullable Watch watch;

  /**
   * Counts and offsets of what is sent, then of what is received, for each rank: copies, since a
   * group is issued when the caller may have changed the arrays. They stay with the call and grow.
   */
  private final long[][] parts = {{}, {}, {}, {}};

  // One-sided operations alone.
  private @Nullable RegistrationHandle sourceWindow;
  private @Nullable RegistrationHandle window;
  private long offset;
  private Signal signal = Signal.FIRST;
  private int @Nullable [] peers;
  private int @Nullable [] times;

  Call(CommunicatorHandle communicator) {
    this.communicator = communicator;
  }

  /**
   * Starts anew. What follows from the issued operation is set by it each time, so that it need not
   * be forgotten between two of the same.
   */
  Call set(Operation called, Operation issued, StreamHandle stream, CollectiveOptions options) {
    issuedAs(issued);
    if (this.called != called) {
      this.called = called;
    }
    if (this.stream != stream) {
      this.stream = stream;
    }
    withOptions(options);
    return this;
  }

  /** Changes what is issued; before anything that belongs to it is set. */
  Call issuedAs(Operation part) {
    if (issued != part) {
      forget();
      issued = part;
    }
    return this;
  }

  private void forget() {
    sendMemory = null;
    recvMemory = null;
    biasMemory = null;
    send = 0;
    recv = 0;
    bias = 0;
    count = 0;
    operator = null;
    op = 0;
    peer = 0;
    sourceWindow = null;
    window = null;
    offset = 0;
    signal = Signal.FIRST;
    peers = null;
    times = null;
  }

  void withOptions(CollectiveOptions newest) {
    if (options != newest) {
      options = newest;
    }
  }

  /** Reads from the start of a buffer; from nowhere where this rank does not read. */
  Call from(@Nullable BufferImpl buffer) {
    return from(buffer, 0);
  }

  Call from(@Nullable BufferImpl buffer, long offset) {
    MemoryHandle memory = buffer == null ? null : buffer.memory();
    if (sendMemory != memory) {
      sendMemory = memory;
    }
    send = buffer == null ? 0 : buffer.addressOf(offset);
    return this;
  }

  /** Writes to the start of a buffer; to nowhere where this rank does not write. */
  Call to(@Nullable BufferImpl buffer) {
    return to(buffer, 0);
  }

  Call to(@Nullable BufferImpl buffer, long offset) {
    MemoryHandle memory = buffer == null ? null : buffer.memory();
    if (recvMemory != memory) {
      recvMemory = memory;
    }
    recv = buffer == null ? 0 : buffer.addressOf(offset);
    return this;
  }

  /** Combines the result with the start of a buffer. */
  Call biasedBy(BufferImpl buffer) {
    biasMemory = buffer.memory();
    bias = buffer.addressOf(0);
    return this;
  }

  /** Divides what is sent and received into parts. */
  Call inParts(long[] sendCounts, long[] sendOffsets, long[] recvCounts, long[] recvOffsets) {
    copyParts(0, sendCounts);
    copyParts(1, sendOffsets);
    copyParts(2, recvCounts);
    copyParts(3, recvOffsets);
    return this;
  }

  private void copyParts(int which, long[] values) {
    if (parts[which].length < values.length) {
      parts[which] = new long[values.length];
    }
    System.arraycopy(values, 0, parts[which], 0, values.length);
  }

  /** The element of the barrier, which is the communicator's own. */
  Call inPlaceAt(long address) {
    send = address;
    recv = address;
    return this;
  }

  Call of(long elements, DataType elementType) {
    count = elements;
    if (type != elementType) {
      type = elementType;
    }
    return this;
  }

  Call reducing(int number, @Nullable OperatorHandle custom) {
    op = number;
    if (operator != custom) {
      operator = custom;
    }
    return this;
  }

  Call with(int rank) {
    peer = rank;
    return this;
  }

  /** Reads from memory of one window and writes to a peer's end of another, at a byte of it. */
  Call between(RegistrationHandle source, RegistrationHandle target, long bytes) {
    sourceWindow = source;
    window = target;
    offset = bytes;
    return this;
  }

  Call raising(Signal which) {
    signal = which;
    return this;
  }

  /** Waits for ranks; the arrays are the call's own. */
  Call awaiting(int[] ranks, int[] raises) {
    peers = ranks;
    times = raises;
    return this;
  }

  CommunicatorHandle communicator() {
    return communicator;
  }

  StreamHandle stream() {
    return present(stream);
  }

  CollectiveOptions options() {
    return options;
  }

  private static <T> T present(@Nullable T value) {
    if (value == null) {
      throw new IllegalStateException("a call that was not set is used");
    }
    return value;
  }

  /**
   * Looks again, under the launch lock, at what another thread or the rest of a group's body may
   * have closed since the arguments were checked.
   */
  void checkAgain() {
    communicator.requireUsable(called);
    stream().requireEnqueueable(called.text);
    if (options.hasDeadline()) {
      stream().requireNotCaptured(called + " with a deadline");
    }
    requireOpen(sendMemory);
    requireOpen(recvMemory);
    requireOpen(biasMemory);
    requireOpen(sourceWindow);
    requireOpen(window);
    if (operator != null) {
      requireOpen(operator);
      requireOpen(operator.scalar);
    }
  }

  private void requireOpen(@Nullable Resource resource) {
    if (resource != null && resource.isClosed()) {
      throw new CclUsageException(
          ErrorCode.CLOSED,
          called
              + ": "
              + resource
              + " was closed before the operation was issued; allowed is to close it afterwards."
              + " Inside a group that means after the body has returned.",
          communicator.details(called),
          null);
    }
  }

  /** What must be there before the launch. */
  void prepare() {
    if (options.hasDeadline()) {
      watch = communicator.library.watcher().prepare(this);
    }
    stream().remember(communicator);
  }

  /** Calls the library. */
  int launch() {
    BackendCommunicator target = communicator.backend;
    long on = stream().handle;
    // A piece of a composed operation has none: that of a single rank, which only copies.
    Tunable tunable = options.hasTuning() ? issued.tunable : null;
    if (tunable != null) {
      return target.tuned(tunable, send, recv, count, type, op, peer, options.tuning(), on);
    }
    return switch (issued) {
      case ALL_REDUCE, BARRIER -> target.allReduce(send, recv, count, type, op, on);
      case BROADCAST -> target.broadcast(send, recv, count, type, peer, on);
      case REDUCE -> target.reduce(send, recv, count, type, op, peer, on);
      case ALL_GATHER -> target.allGather(send, recv, count, type, on);
      case REDUCE_SCATTER -> target.reduceScatter(send, recv, count, type, op, on);
      case ALL_REDUCE_WITH_BIAS -> target.allReduceWithBias(send, recv, bias, count, type, op, on);
      case ALL_TO_ALL -> target.allToAll(send, recv, count, type, on);
      case ALL_TO_ALL_V ->
          target.allToAllV(send, parts[0], parts[1], recv, parts[2], parts[3], type, on);
      case GATHER -> target.gather(send, recv, count, type, peer, on);
      case SCATTER -> target.scatter(send, recv, count, type, peer, on);
      case SEND -> target.send(send, count, type, peer, on);
      case RECV -> target.recv(recv, count, type, peer, on);
      case PUT_SIGNAL ->
          target.putSignal(
              send,
              count,
              type,
              peer,
              present(window).handle,
              offset,
              signal.index(),
              signal.context(),
              on);
      case SIGNAL -> target.signal(peer, signal.index(), signal.context(), on);
      case WAIT_SIGNAL ->
          target.waitSignal(present(peers), present(times), signal.index(), signal.context(), on);
      default -> throw new IllegalStateException(issued + " is no operation of the backend");
    };
  }

  /** What follows a launch that succeeded. */
  void launched() {
    StreamHandle on = stream();
    on.remember(communicator);
    Capture capture = on.capture;
    if (capture != null) {
      capture.use(communicator);
      if (sourceWindow != null && window != null) {
        capture.use(sourceWindow);
        capture.use(window);
      }
    }
    Watcher.Watch mine = watch;
    watch = null; // first: one that cannot be recorded must not stay for the next call
    if (mine != null) {
      communicator.library.watcher().launched(mine);
    }
  }

  /** What follows a launch that did not happen. */
  void notLaunched() {
    if (watch != null) {
      communicator.library.watcher().forget(watch);
      watch = null;
    }
  }
}
