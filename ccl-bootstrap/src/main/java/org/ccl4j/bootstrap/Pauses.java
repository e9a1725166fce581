package org.ccl4j.bootstrap;

import java.util.concurrent.TimeUnit;

/** Growing pauses until a deadline, for what cannot be waited for but only looked at. */
final class Pauses {
  private static final long FIRST_NANOS = 200_000;
  private static final long LONGEST_NANOS = 20_000_000;

  private final long start = System.nanoTime();
  private final long timeoutNanos;
  private long next = FIRST_NANOS;

  Pauses(long timeoutNanos) {
    this.timeoutNanos = timeoutNanos;
  }

  /** Pauses; gives false, and does not pause, when the time is over. */
  boolean pause() throws InterruptedException {
    long left = timeoutNanos - (System.nanoTime() - start);
    if (left <= 0) {
      return false;
    }
    TimeUnit.NANOSECONDS.sleep(Math.min(next, left));
    next = Math.min(next + next / 2, LONGEST_NANOS);
    return true;
  }
}
