package org.ccl4j.fake;

import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The daemon thread that keeps streams moving which nobody waits for. It looks once a millisecond
 * while there is anything on a stream, takes over work that has not moved between two looks, and
 * sleeps when all streams have been empty for a while.
 */
final class Helper {
  private static final long TICK_NANOS = 1_000_000;
  private static final int IDLE_TICKS = 200;

  private final Scheduler scheduler;
  private volatile @Nullable Thread thread;
  private volatile boolean asleep;

  Helper(Scheduler scheduler) {
    this.scheduler = scheduler;
  }

  void start() {
    Thread fresh = new Thread(this::run, "ccl-fake-helper");
    fresh.setDaemon(true);
    thread = fresh;
    fresh.start();
  }

  /** Ends the thread; it may still be inside its last look when this returns. */
  void stop() {
    Thread old = thread;
    thread = null;
    LockSupport.unpark(old);
  }

  /**
   * Called when a stream is no longer empty. Costs a read of a field unless the helper is asleep.
   */
  void wake() {
    if (asleep) {
      asleep = false;
      LockSupport.unpark(thread);
    }
  }

  private void run() {
    Work seen = null;
    int progress = 0;
    int idleTicks = 0;
    while (thread == Thread.currentThread()) {
      Work work = scheduler.currentWork();
      if (work != null && work == seen && work.progress() == progress) {
        while (scheduler.help()) {
          // until nothing is ready
        }
      }
      seen = scheduler.currentWork();
      progress = seen == null ? 0 : seen.progress();
      idleTicks = scheduler.isIdle() ? idleTicks + 1 : 0;
      if (idleTicks < IDLE_TICKS) {
        LockSupport.parkNanos(this, TICK_NANOS);
      } else {
        sleep();
        idleTicks = 0;
      }
    }
  }

  private void sleep() {
    asleep = true;
    // Whoever enqueues after this look sees the flag; whoever enqueued before is seen by it.
    if (!scheduler.isIdle()) {
      asleep = false;
    }
    while (asleep && thread == Thread.currentThread()) {
      LockSupport.park(this);
    }
  }
}
