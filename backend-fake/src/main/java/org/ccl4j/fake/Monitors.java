package org.ccl4j.fake;

import java.util.function.BooleanSupplier;

/** Bounded waiting for other ranks to arrive. */
final class Monitors {
  private Monitors() {}

  /**
   * Waits on a monitor that the caller holds.
   *
   * @return false when the time passed or the thread was interrupted first; the interrupt flag
   *     stays set
   */
  static boolean await(Object monitor, BooleanSupplier done, long timeoutNanos) {
    long deadline = System.nanoTime() + timeoutNanos;
    while (!done.getAsBoolean()) {
      long millisLeft = (deadline - System.nanoTime()) / 1_000_000;
      if (millisLeft <= 0) {
        return false;
      }
      try {
        monitor.wait(millisLeft);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return done.getAsBoolean();
      }
    }
    return true;
  }
}
