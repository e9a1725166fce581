package org.ccl4j.fake;

import java.util.HashMap;
import java.util.Map;
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

  /** How often other processes are looked after while nothing is on a stream. */
  private static final long WATCH_NANOS = 200_000_000;

  private volatile @Nullable Thread thread;
  private volatile boolean asleep;

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
   * Called under an engine's lock by whoever enqueues where the helper was dismissed. Costs a read
   * of a field unless it is asleep.
   */
  void wake() {
    if (asleep) {
      asleep = false;
      LockSupport.unpark(thread);
    }
  }

  /** What a device was like at a tick. */
  private record Seen(int looks, int moves) {}

  private void run() {
    Map<Engine, Seen> before = new HashMap<>();
    int idleTicks = 0;
    while (thread == Thread.currentThread()) {
      boolean active = false;
      for (Engine engine : FakeMachine.engines()) {
        if (engine.needsHelper()) {
          active = true;
          before.put(engine, lookAfter(engine, before.get(engine)));
        }
      }
      FakeMachine.lookAfterOthers();
      idleTicks = active ? 0 : idleTicks + 1;
      if (idleTicks < IDLE_TICKS) {
        LockSupport.parkNanos(this, TICK_NANOS);
      } else {
        sleep();
        idleTicks = 0;
      }
    }
  }

  private static Seen lookAfter(Engine engine, @Nullable Seen before) {
    if (before != null && before.looks == engine.looks()) {
      engine.drain();
    }
    // Where something moves nothing is stuck.
    if (before != null && before.moves == engine.moves()) {
      engine.audit();
    }
    return new Seen(engine.looks(), engine.moves());
  }

  private void sleep() {
    asleep = true;
    // Under each engine's lock: whoever enqueues after this sees the flag; whoever enqueued before
    // is seen.
    for (Engine engine : FakeMachine.engines()) {
      if (!engine.dismissHelper()) {
        asleep = false;
      }
    }
    while (asleep && thread == Thread.currentThread()) {
      if (FakeMachine.reachesBeyond()) {
        LockSupport.parkNanos(this, WATCH_NANOS);
        FakeMachine.lookAfterOthers();
      } else {
        LockSupport.park(this);
      }
    }
  }
}
