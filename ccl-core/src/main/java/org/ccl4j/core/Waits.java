package org.ccl4j.core;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.LongToIntFunction;
import org.ccl4j.api.CclException;
import org.ccl4j.api.CclTimeoutException;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.ErrorDetails;
import org.ccl4j.spi.StatusCode;
import org.jspecify.annotations.Nullable;

/**
 * Bounded waits. They look up in between: for an interrupt, for a failed communicator and for the
 * object being closed by another thread, none of which wakes the native wait.
 */
final class Waits {
  private static final long FIRST_SLICE = TimeUnit.MILLISECONDS.toNanos(2);
  private static final long LONGEST_SLICE = TimeUnit.MILLISECONDS.toNanos(50);

  private Waits() {}

  static void forStream(StreamHandle stream, long timeoutNanos, String what) {
    stream.library.requireNoGroup(what);
    stream.requireNotCaptured(what);
    stream.holder().hold(what);
    try {
      long begun = stream.beginWait();
      await(
          stream,
          status -> stream.endWait(begun, status == StatusCode.OK),
          stream,
          nanos -> stream.library.devices.synchronizeStream(stream.ordinal, stream.handle, nanos),
          status -> stream.library.requireOk(status, stream.ordinal, what),
          timeoutNanos,
          what);
    } finally {
      stream.holder().unhold();
    }
  }

  static void forEvent(EventHandle event, long timeoutNanos, String what) {
    event.library.requireNoGroup(what);
    event.hold(what);
    StreamHandle stream = event.recordedOn;
    try {
      await(
          event,
          status -> stream == null ? null : stream.failure(),
          stream,
          nanos -> event.library.devices.synchronizeEvent(event.ordinal, event.handle, nanos),
          status -> event.library.requireOk(status, event.ordinal, what),
          timeoutNanos,
          what);
    } finally {
      event.unhold();
    }
  }

  /** Why a wait whose native part gave a status has failed; null while all is well. */
  private interface Verdict {
    @Nullable CclException of(int status);
  }

  /** Throws for the status of a native wait that was neither ready nor not ready. */
  private interface StatusCheck {
    void requireOk(int status);
  }

  private static void await(
      Resource target,
      Verdict verdict,
      @Nullable StreamHandle stream,
      LongToIntFunction nativeWait,
      StatusCheck check,
      long timeoutNanos,
      String what) {
    // Most waits are over within the first slice: the clock is read only after it.
    long slice = Math.min(FIRST_SLICE, timeoutNanos);
    long left = timeoutNanos;
    long end = 0;
    for (boolean first = true; ; first = false) {
      requireNotInterrupted(what, "The work stays enqueued; wait again.");
      if (!first) {
        long now = System.nanoTime();
        end = end == 0 ? now + timeoutNanos - slice : end;
        left = end - now;
        slice = Math.min(2 * slice, LONGEST_SLICE);
      }
      int status = nativeWait.applyAsInt(Math.max(0, Math.min(slice, left)));
      CclException failure = verdict.of(status);
      if (failure != null) {
        throw failure;
      }
      if (status == StatusCode.OK) {
        return;
      }
      if (status != StatusCode.NOT_READY) {
        check.requireOk(status);
      }
      if (target.isClosed()) {
        throw target.closedException(what);
      }
      if (left <= slice) {
        throw timedOut(target, stream, timeoutNanos, what);
      }
    }
  }

  static void requireNotInterrupted(String what, String remedy) {
    if (Thread.currentThread().isInterrupted()) {
      throw new CclTimeoutException(
          ErrorCode.INTERRUPTED,
          what
              + ": the waiting thread '"
              + Thread.currentThread().getName()
              + "' was interrupted. "
              + remedy);
    }
  }

  private static CclTimeoutException timedOut(
      Resource target, @Nullable StreamHandle stream, long timeoutNanos, String what) {
    return new CclTimeoutException(
        ErrorCode.WAIT_TIMEOUT,
        what
            + ": "
            + target
            + " had work left after "
            + Duration.ofNanos(timeoutNanos)
            + "."
            + waitingFor(stream)
            + " The work stays enqueued: wait again, or look for a rank that does not take part.",
        stream == null ? ErrorDetails.NONE : ErrorDetails.NONE.withDevice(stream.ordinal),
        null);
  }

  /** What the backend knows about a stream, as a sentence; empty when it says nothing. */
  static String waitingFor(@Nullable StreamHandle stream) {
    if (stream == null || !stream.holder().tryHold()) {
      return "";
    }
    try {
      String text = stream.library.devices.describeStream(stream.ordinal, stream.handle).strip();
      return text.isEmpty() ? "" : " It waits for: " + text + ".";
    } finally {
      stream.holder().unhold();
    }
  }
}
