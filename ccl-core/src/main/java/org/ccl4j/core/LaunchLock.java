package org.ccl4j.core;

import org.ccl4j.api.internal.BriefLock;

/**
 * The lock around native calls that enqueue something on a device, or that give back something
 * which such calls use. Reentrant: what a launch gives back when it fails is given back under it.
 */
final class LaunchLock {
  private final BriefLock lock = new BriefLock();

  /** How often the thread that has it has taken it again. Touched by that thread alone. */
  private int again;

  void lock() {
    if (!lock.tryLock()) {
      tryLock(Long.MAX_VALUE);
    }
  }

  /** Takes it within a time; an interrupt is kept for later. */
  boolean tryLock(long nanos) {
    if (!lock.isMine()) {
      return lock.tryLock(nanos);
    }
    again++;
    return true;
  }

  void unlock() {
    if (again > 0) {
      again--;
    } else {
      lock.unlock();
    }
  }
}
