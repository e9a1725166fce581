package org.ccl4j.jna;

import java.util.concurrent.locks.LockSupport;

/** How long to leave a library alone that has something to do in the background. */
final class Pause {
  private static final long EAGER_NANOS = 200_000;
  private static final long SHORTEST_NAP = 50_000;
  private static final long LONGEST_NAP = 2_000_000;

  private Pause() {}

  /** Lets a while pass, the longer the longer it took already. */
  @SuppressWarnings("ThreadPriorityCheck") // leaves a processor to whoever wants it
  static void after(long waitedNanos) {
    if (waitedNanos < EAGER_NANOS) {
      Thread.yield();
    } else {
      LockSupport.parkNanos(Math.max(SHORTEST_NAP, Math.min(LONGEST_NAP, waitedNanos / 16)));
    }
  }
}
