package org.ccl4j.fake;

import java.util.ArrayList;
import org.jspecify.annotations.Nullable;

/** One entry of a stream. All fields but {@link #done} belong to the scheduler's lock. */
abstract class Op {
  /** Set last, so that whoever sees it without the lock also sees what the operation wrote. */
  volatile boolean done;

  @Nullable FakeStream stream;
  private @Nullable ArrayList<Op> dependents;
  private @Nullable ArrayList<Sleeper> sleepers;

  /**
   * Called once, under the lock, when everything before it on the stream is done.
   *
   * @return true when it is done at once; false when {@link Scheduler#complete} will be called for
   *     it
   */
  abstract boolean start(Scheduler scheduler);

  /** Whether, once started, it needs nothing but hands to get done. Under the lock. */
  abstract boolean isUnderWay();

  /** What it is and, once started, what it waits for. Under the lock. */
  abstract String describe();

  final void addDependent(Op op) {
    if (dependents == null) {
      dependents = new ArrayList<>(2);
    }
    dependents.add(op);
  }

  final void addSleeper(Sleeper sleeper) {
    if (sleepers == null) {
      sleepers = new ArrayList<>(2);
    }
    sleepers.add(sleeper);
  }

  final void removeSleeper(Sleeper sleeper) {
    if (sleepers != null) {
      sleepers.remove(sleeper);
    }
  }

  /**
   * Marks it done and wakes whoever waits; hands the operations that waited for it to the
   * scheduler.
   */
  final void finish(Scheduler scheduler) {
    done = true;
    if (sleepers != null) {
      sleepers.forEach(Sleeper::wake);
      sleepers = null;
    }
    if (dependents != null) {
      dependents.forEach(scheduler::complete);
      dependents = null;
    }
  }
}
