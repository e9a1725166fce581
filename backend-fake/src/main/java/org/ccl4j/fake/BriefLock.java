package org.ccl4j.fake;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * A lock that is held for a few hundred nanoseconds at a time and wanted by one thread nearly
 * always. Who comes second looks again and again, so that to give it up is to write a word: a lock
 * with a queue would have to find out whether somebody waits, which costs a fence each time. Not
 * reentrant.
 */
final class BriefLock {
  private static final int SPINS = 100;
  private static final int YIELDS = 20;
  private static final long NAP_NANOS = 20_000;

  /**
   * The number of the thread that holds it; 0 for none. Taken by an atomic exchange (an acquire)
   * and given up by a release, so whoever takes it sees what was done under it. A number and not
   * the thread, because some collectors make a reference cost more to write than all the rest.
   */
  private final AtomicLong owner = new AtomicLong();

  boolean tryLock() {
    return owner.getPlain() == 0 && owner.compareAndSet(0, Thread.currentThread().getId());
  }

  // A yield lets the holder run where all processors are busy; correctness does not hang on it.
  @SuppressWarnings("ThreadPriorityCheck")
  void lock() {
    for (int tries = 0; !tryLock(); tries++) {
      if (tries < SPINS) {
        Thread.onSpinWait();
      } else if (tries < SPINS + YIELDS) {
        Thread.yield();
      } else {
        LockSupport.parkNanos(this, NAP_NANOS);
      }
    }
  }

  void unlock() {
    owner.setRelease(0);
  }

  /** Whether the calling thread holds it. */
  boolean isMine() {
    return owner.getPlain() == Thread.currentThread().getId();
  }
}
