package org.ccl4j.core;

import java.util.Arrays;
import java.util.List;
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
  private final boolean owned;

  /** The capture that this stream is part of now. */
  volatile @Nullable Capture capture;

  private volatile @Nullable CommunicatorHandle lastUsed;
  private CommunicatorHandle[] used = new CommunicatorHandle[2];
  private long[] lastWave = new long[2];
  private int usedCount;

  /** Rises with each wait; a communicator last used in an earlier wave is covered by that wait. */
  private long wave;

  StreamHandle(DeviceHandle device, long handle, boolean owned) {
    super(Kind.STREAM, "0x" + Long.toHexString(handle) + " on device " + device.ordinal);
    this.device = device;
    this.library = device.library;
    this.ordinal = device.ordinal;
    this.handle = handle;
    this.owned = owned;
  }

  /** Called before and after each launch, so that no wait beside it can miss the communicator. */
  void remember(CommunicatorHandle communicator) {
    if (lastUsed != communicator) {
      enter(communicator);
    }
  }

  private synchronized void enter(CommunicatorHandle communicator) {
    int at = 0;
    while (at < usedCount && used[at] != communicator) {
      at++;
    }
    if (at == usedCount) {
      if (usedCount == used.length) {
        used = Arrays.copyOf(used, 2 * usedCount);
        lastWave = Arrays.copyOf(lastWave, 2 * usedCount);
      }
      used[at] = communicator;
      usedCount++;
    }
    lastWave[at] = wave;
    lastUsed = communicator;
  }

  /** Starts a wait; the result goes to {@link #endWait} when it saw the stream idle. */
  synchronized long beginWait() {
    keepIf(Long.MAX_VALUE);
    lastUsed = null;
    return wave++;
  }

  synchronized void endWait(long begun) {
    keepIf(begun);
  }

  /** Forgets those that ended, and those whose last use is covered by an idle wave. */
  private void keepIf(long idleWave) {
    boolean all = idleWave == Long.MAX_VALUE;
    int kept = 0;
    for (int i = 0; i < usedCount; i++) {
      CommunicatorHandle communicator = used[i];
      boolean covered = !all && lastWave[i] <= idleWave;
      if (!communicator.hasEnded() && !covered) {
        used[kept] = communicator;
        lastWave[kept] = lastWave[i];
        kept++;
      }
    }
    Arrays.fill(used, kept, usedCount, null);
    usedCount = kept;
  }

  /** Why a wait for this stream must end without its work done; null while all is well. */
  synchronized @Nullable CclException failure() {
    for (int i = 0; i < usedCount; i++) {
      CommunicatorHandle communicator = used[i];
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
    return owned ? this : device;
  }

  @Override
  List<Kind> closingOrder() {
    return List.of();
  }

  @Override
  void release() {
    if (owned) {
      int status =
          library.lockedPatiently(ordinal, () -> library.devices.destroyStream(ordinal, handle));
      library.requireOk(status, ordinal, "destroying " + this);
    }
  }
}
