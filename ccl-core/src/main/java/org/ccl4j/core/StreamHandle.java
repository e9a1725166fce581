package org.ccl4j.core;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.ccl4j.api.CclException;
import org.ccl4j.api.CclUsageException;
import org.ccl4j.api.ErrorCode;
import org.jspecify.annotations.Nullable;

/**
 * A stream on a device, and the communicators used on it since it was last seen idle: a wait must
 * end when one of them fails, for its operations may then never complete.
 */
final class StreamHandle extends Resource {
  final CclHandle library;
  final int ordinal;
  final long handle;
  private final DeviceHandle device;

  /** Whether it was opened here; somebody else's is only wrapped. */
  private final boolean opened;

  /** The communicator whose own stream this is. */
  private final @Nullable CommunicatorHandle communicator;

  /** The capture that this stream is part of now. */
  volatile @Nullable Capture capture;

  /** The communicators used here. Replaced under this object's monitor, never changed. */
  private volatile List<Use> uses = List.of();

  /** The use that the newest launch belongs to. Under the launch lock. */
  private @Nullable Use lastUse;

  /** How often a launch here began or ended. Rises under the launch lock. */
  private final AtomicLong marks = new AtomicLong();

  /**
   * A communicator's use of the stream. Each number has one writer at a time (launches have the
   * launch lock; of two waits either result will do), so that neither launches nor waits need a
   * lock here.
   */
  private static final class Use {
    final CommunicatorHandle communicator;

    /** The mark of its newest launch. */
    final AtomicLong newest = new AtomicLong();

    /** Launches up to this mark were done when a wait saw the stream idle. */
    final AtomicLong covered = new AtomicLong();

    Use(CommunicatorHandle communicator) {
      this.communicator = communicator;
    }

    boolean concernsWaits() {
      return newest.get() > covered.get();
    }
  }

  private StreamHandle(
      DeviceHandle device, long handle, boolean opened, @Nullable CommunicatorHandle communicator) {
    super(
        Kind.STREAM,
        "0x"
            + Long.toHexString(handle)
            + (communicator == null ? "" : " of " + communicator)
            + " on device "
            + device.ordinal);
    this.device = device;
    this.library = device.library;
    this.ordinal = device.ordinal;
    this.handle = handle;
    this.opened = opened;
    this.communicator = communicator;
  }

  /**
   * Opens a stream, which nobody has adopted yet.
   *
   * @param communicator the one whose own it will be; null for the user's
   */
  static StreamHandle open(
      DeviceHandle device, int priority, @Nullable CommunicatorHandle communicator) {
    CclHandle library = device.library;
    int ordinal = device.ordinal;
    long handle =
        library.requireValue(
            library.lockedResult(ordinal, () -> library.devices.createStream(ordinal, priority)),
            ordinal,
            "opening a stream");
    return new StreamHandle(device, handle, true, communicator);
  }

  static StreamHandle wrap(DeviceHandle device, long handle) {
    return new StreamHandle(device, handle, false, null);
  }

  /** Whether a communicator closes it, and its user does not. */
  boolean isOfCommunicator() {
    return communicator != null;
  }

  /**
   * Called before and after each launch, so that no wait beside it can miss the communicator. Under
   * the launch lock.
   */
  void remember(CommunicatorHandle communicator) {
    Use use = lastUse;
    if (use == null || use.communicator != communicator) {
      use = useOf(communicator);
      lastUse = use;
    }
    long mark = marks.getPlain() + 1;
    use.newest.lazySet(mark);
    marks.lazySet(mark);
  }

  private synchronized Use useOf(CommunicatorHandle communicator) {
    for (Use use : uses) {
      if (use.communicator == communicator) {
        return use;
      }
    }
    Use fresh = new Use(communicator);
    List<Use> more = new ArrayList<>(uses);
    more.add(fresh);
    uses = List.copyOf(more);
    return fresh;
  }

  /** Starts a wait; the result goes to {@link #endWait}. */
  long beginWait() {
    List<Use> present = uses;
    for (int i = 0; i < present.size(); i++) {
      if (present.get(i).communicator.isOver()) {
        forgetThoseOver();
        break;
      }
    }
    return marks.get();
  }

  private synchronized void forgetThoseOver() {
    uses = uses.stream().filter(use -> !use.communicator.isOver()).toList();
  }

  /**
   * Looks back at a wait.
   *
   * @param begun what {@link #beginWait} gave
   * @param idle whether the wait saw the stream idle
   * @return why the wait failed; null while all is well
   */
  @Nullable CclException endWait(long begun, boolean idle) {
    CclException failure = failure();
    if (failure == null && idle) {
      List<Use> present = uses;
      for (int i = 0; i < present.size(); i++) {
        present.get(i).covered.lazySet(begun);
      }
    }
    return failure;
  }

  /** Why a wait for this stream must end without its work done; null while all is well. */
  @Nullable CclException failure() {
    List<Use> present = uses;
    for (int i = 0; i < present.size(); i++) {
      Use use = present.get(i);
      if (!use.concernsWaits()) {
        continue;
      }
      CommunicatorHandle communicator = use.communicator;
      CclException failure = communicator.pollFailure();
      if (failure != null) {
        return failure;
      }
      if (communicator.isAborted()) {
        return new CclUsageException(
            ErrorCode.CLOSED,
            communicator
                + " was aborted during the wait for "
                + this
                + "; what its operations wrote is undefined.");
      }
    }
    return null;
  }

  /** Refuses the use of a stream that another thread captures, or whose capture forbids it. */
  void requireEnqueueable(String use) {
    if (isClosed()) {
      throw closedException(use);
    }
    Capture now = capture;
    if (now != null && now.thread() != Thread.currentThread()) {
      throw new CclUsageException(
          ErrorCode.ILLEGAL_STATE,
          use
              + ": "
              + this
              + " is being captured by thread '"
              + now.thread().getName()
              + "'; allowed is the use by that thread alone until the capture has ended.");
    }
  }

  void requireNotCaptured(String use) {
    requireEnqueueable(use);
    if (capture != null) {
      throw new CclUsageException(
          ErrorCode.ILLEGAL_STATE,
          use
              + " is not allowed while "
              + this
              + " is captured: nothing of what is enqueued runs now. Do it after the capture.");
    }
  }

  // A wrapped stream is no child of its device, as wrapped memory is none.
  @Override
  boolean isClosed() {
    return super.isClosed() || device.isClosed();
  }

  /** What to hold during a wait: whatever is closed before the native stream may go away. */
  Resource holder() {
    return opened ? this : device;
  }

  // What was allocated in its order can be freed in no other.
  @Override
  List<Kind> closingOrder() {
    return List.of(Kind.BUFFER);
  }

  @Override
  void release() {
    // A library that hangs in the communicator's abort may still be on the stream.
    if (opened && (communicator == null || communicator.awaitAborter())) {
      int status =
          library.lockedPatiently(ordinal, () -> library.devices.destroyStream(ordinal, handle));
      library.requireOk(status, ordinal, "destroying " + this);
    }
  }
}
