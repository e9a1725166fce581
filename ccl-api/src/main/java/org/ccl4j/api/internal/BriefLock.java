package org.ccl4j.api.internal;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;

/**
 * A lock that is held for a few hundred nanoseconds at a time and wanted by one thread nearly
 * always. Who comes second looks again and again, so that to give it up is to write a word: a lock
 * with a queue would have to find out whether somebody waits, which costs a fence each time. Not
 * reentrant, not fair.
 *
 * <p>This class is internal to the project and may change or go away at any time.
 */
public final class BriefLock {
  private static final VarHandle WORD = MethodHandles.arrayElementVarHandle(long[].class);

  /** The place of the word in its array: a pair of lines away from both ends. */
  private static final int OWNER = 128 / Long.BYTES;

  private static final int SPINS = 100;
  private static final int YIELDS = 20;
  private static final long SHORTEST_NAP_NANOS = 20_000;

  /** For the one time in many that it is held for seconds. */
  private static final long LONGEST_NAP_NANOS = 1_000_000;

  /**
   * The number of the thread that holds it; 0 for none. Taken by an atomic exchange (an acquire)
   * and given up by a release, so whoever takes it sees what was done under it. A number and not
   * the thread, because some collectors make a reference cost more to write than all the rest.
   *
   * <p>In the middle of an array, so that it shares no pair of cache lines with anything, wherever
   * a collector puts it: most locks are taken all the time by a thread that has them to itself.
   */
  private final long[] owner = new long[2 * OWNER + 1];

  /** Makes one that nobody holds. */
  public BriefLock() {}

  /**
   * Takes it if nobody holds it.
   *
   * @return whether the calling thread has it now
   */
  public boolean tryLock() {
    return owner[OWNER] == 0
        && WORD.compareAndSet(owner, OWNER, 0L, Thread.currentThread().getId());
  }

  /** Takes it, however long that takes; an interrupt is kept for later. */
  public void lock() {
    if (!tryLock()) {
      tryLock(Long.MAX_VALUE);
    }
  }

  /**
   * Takes it within a time; an interrupt is kept for later.
   *
   * @param nanos how long to wait at most
   * @return whether the calling thread has it now
   */
  // A yield lets the holder run where all processors are busy; correctness does not hang on it.
  @SuppressWarnings("ThreadPriorityCheck")
  public boolean tryLock(long nanos) {
    long begun = System.nanoTime();
    long nap = SHORTEST_NAP_NANOS;
    boolean interrupted = false;
    boolean mine = tryLock();
    for (int tries = 0; !mine && System.nanoTime() - begun < nanos; tries++) {
      if (tries < SPINS) {
        Thread.onSpinWait();
      } else if (tries < SPINS + YIELDS) {
        Thread.yield();
      } else {
        interrupted |= Thread.interrupted(); // or the nap would be none
        LockSupport.parkNanos(this, nap);
        nap = Math.min(LONGEST_NAP_NANOS, nap + nap / 4);
      }
      mine = tryLock();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return mine;
  }

  /** Gives it up; for the thread that has it. */
  public void unlock() {
    WORD.setRelease(owner, OWNER, 0L);
  }

  /**
   * Whether the calling thread has it.
   *
   * @return no answer about other threads
   */
  public boolean isMine() {
    return owner[OWNER] == Thread.currentThread().getId();
  }
}
