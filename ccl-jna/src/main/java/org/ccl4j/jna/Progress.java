package org.ccl4j.jna;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntSupplier;
import org.ccl4j.jna.sys.Cells;
import org.ccl4j.spi.StatusCode;

/** What the library does for a communicator in the background, and who waits for it. */
final class Progress {
  private final NativeBackend backend;
  private final long handle;
  private final long timeoutNanos;

  /** A thread that asks asynchronously must not meet one that gives the communicator back. */
  private final AtomicInteger asking = new AtomicInteger();

  private volatile boolean gone;

  /** While a call waits for the library in the background, nobody else may ask about it. */
  private volatile boolean waiting;

  /** What a bounded wait left unfinished: the communicator is of no use any more. */
  private volatile int broken;

  /** So that it is not freed; never read. */
  private final List<Object> abandoned = new ArrayList<>();

  /**
   * For one communicator.
   *
   * @param timeoutNanos for calls that have no bound of their own
   */
  Progress(NativeBackend backend, long handle, long timeoutNanos) {
    this.backend = backend;
    this.handle = handle;
    this.timeoutNanos = timeoutNanos;
  }

  /**
   * Waits for what the library goes on with in the background: it connects ranks when they first
   * need each other, and until then the stream may not be used. The same bound as for connecting.
   */
  int awaitIssued() {
    return await(Deadline.in(timeoutNanos));
  }

  int await(Deadline deadline) {
    waiting = true;
    try {
      while (true) {
        int state = stateUnlessGone();
        if (state == StatusCode.OK) {
          return StatusCode.OK;
        }
        if (state != ResultCodes.IN_PROGRESS) {
          return backend.failed(state);
        }
        if (!deadline.pause()) {
          giveUp();
          return StatusCode.NOT_READY;
        }
      }
    } finally {
      waiting = false;
    }
  }

  private int stateUnlessGone() {
    asking.incrementAndGet();
    try {
      return gone ? StatusCode.NOT_READY : backend.connections().stateOf(handle);
    } finally {
      asking.decrementAndGet();
    }
  }

  /** A call that may go on in the background. */
  int completed(int status) {
    return completed(status, Deadline.in(timeoutNanos));
  }

  int completed(int status, Deadline deadline) {
    if (status == ResultCodes.IN_PROGRESS) {
      return await(deadline);
    }
    return status == StatusCode.OK ? status : backend.failed(status);
  }

  /** A call that all ranks make and that waits for them. */
  int together(String what, long limitNanos, IntSupplier call) {
    if (!backend.library().callsNonblocking()) {
      Cells noCommunicators = new Cells(Long.BYTES);
      int status = backend.connections().blocking(what, limitNanos, noCommunicators, call);
      if (status == StatusCode.NOT_READY) {
        giveUp();
      }
      return status;
    }
    int status = call.getAsInt();
    // Some functions say that all is well although they go on in the background (seen in 2.28.9).
    return status == StatusCode.OK || status == ResultCodes.IN_PROGRESS
        ? await(Deadline.in(limitNanos))
        : backend.failed(status);
  }

  /**
   * Keeps the memory of a wait that was given up as long as the communicator, for the library may
   * still write to it or read it. There may be more than one: what is of no use any more can still
   * be shrunk.
   */
  void abandon(Object... memory) {
    Collections.addAll(abandoned, memory);
  }

  /** A wait for the library has ended without it. */
  void giveUp() {
    broken = ResultCodes.TIMEOUT;
  }

  /** The library knows nothing of that. */
  boolean wasGivenUp() {
    return broken != StatusCode.OK;
  }

  int asyncError() {
    if (broken != StatusCode.OK) {
      return broken;
    }
    asking.incrementAndGet();
    try {
      if (gone || waiting) {
        return StatusCode.OK; // whoever waits reports what comes of it
      }
      int state = backend.connections().stateOf(handle);
      return state == ResultCodes.IN_PROGRESS || state == StatusCode.UNSUPPORTED
          ? StatusCode.OK
          : state;
    } finally {
      asking.decrementAndGet();
    }
  }

  /** From here on nobody asks the library about it. */
  void leave() {
    gone = true;
    while (asking.get() > 0) {
      Thread.onSpinWait();
    }
  }
}
