package org.ccl4j.fake;

import java.util.concurrent.locks.LockSupport;

/** A thread that parks until something it can use happens. */
final class Sleeper {
  private final Thread thread = Thread.currentThread();
  private volatile boolean awake;

  void wake() {
    if (!awake) {
      awake = true;
      LockSupport.unpark(thread);
    }
  }

  /** Returns when woken, interrupted or at the deadline, whichever is first. */
  void sleepUntil(long deadlineNanos) {
    while (!awake && !thread.isInterrupted()) {
      long left = deadlineNanos - System.nanoTime();
      if (left <= 0) {
        return;
      }
      LockSupport.parkNanos(this, left);
    }
  }
}
