package org.ccl4j.fake;

import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * What threads of other devices want to know of an engine all the time: whether somebody sleeps
 * there, and who was there last. It changes rarely and lies on cache lines of its own, so that to
 * look costs neither side anything.
 */
final class Doorbell {
  // In the middle of an array there is nobody else's field within two cache lines.
  private static final int PADDED = 64;
  private static final int MIDDLE = PADDED / 2;

  private final AtomicIntegerArray sleepers = new AtomicIntegerArray(PADDED);
  private final AtomicReferenceArray<@Nullable Thread> visitor = new AtomicReferenceArray<>(PADDED);

  void addSleeper(int delta) {
    sleepers.addAndGet(MIDDLE, delta);
  }

  boolean hasSleepers() {
    return sleepers.get(MIDDLE) > 0;
  }

  /** Called by whoever has the engine's lock and does what can be done. */
  void enter() {
    Thread self = Thread.currentThread();
    if (visitor.getPlain(MIDDLE) != self) {
      visitor.lazySet(MIDDLE, self);
    }
  }

  /** Whether the calling thread was the last. */
  boolean wasMine() {
    return visitor.get(MIDDLE) == Thread.currentThread();
  }
}
