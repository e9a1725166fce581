package org.ccl4j.tools;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Lets the ranks' threads start together. A rank spins first: a thread that has to be woken comes
 * 20 to 50 microseconds late, which is more than a small operation takes.
 */
final class RankBarrier {
  private static final long YIELD_NANOS = 2_000_000;
  private static final long PARK_NANOS = 50_000;

  private final int ranks;
  private final int spins;
  private final AtomicInteger arrived = new AtomicInteger();
  private volatile int generation;
  private volatile boolean broken;

  RankBarrier(int ranks) {
    this.ranks = ranks;
    // With more ranks than processors a spinning rank keeps away the one it waits for.
    this.spins = ranks <= Runtime.getRuntime().availableProcessors() ? 2000 : 0;
  }

  /** Waits for all ranks; what they did before is visible to all after. */
  // A yield costs a hundredth of a park, and here only the latency depends on it.
  @SuppressWarnings("ThreadPriorityCheck")
  void await() {
    int mine = generation;
    if (arrived.incrementAndGet() == ranks) {
      arrived.set(0);
      generation = mine + 1;
      return;
    }
    for (int i = 0; i < spins; i++) {
      if (generation != mine) {
        return;
      }
      Thread.onSpinWait();
    }
    long start = System.nanoTime();
    while (generation == mine) {
      if (broken) {
        throw new BrokenException();
      }
      if (System.nanoTime() - start < YIELD_NANOS) {
        Thread.yield();
      } else {
        LockSupport.parkNanos(PARK_NANOS);
      }
    }
  }

  /** Frees the waiting ranks with a {@link BrokenException}, because one rank will not come. */
  void breakUp() {
    broken = true;
  }

  /** Another rank failed; its failure is the one to report. */
  static final class BrokenException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    BrokenException() {
      super("another rank failed");
    }
  }
}
