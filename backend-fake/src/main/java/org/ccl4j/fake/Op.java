package org.ccl4j.fake;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/** One entry of a stream. Under the engine's lock, but for {@link #isDone} and the hints. */
abstract class Op {
  private static final VarHandle DONE;

  static {
    try {
      DONE = MethodHandles.lookup().findVarHandle(Op.class, "done", boolean.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  @SuppressWarnings("UnusedVariable") // by its handle
  private boolean done;

  @Nullable FakeStream stream;

  /**
   * Called once, when everything before it on the stream is done. Moves no bytes but small ones.
   */
  void start() {}

  /**
   * Asked where nothing is before it on its stream: whether it is over before anybody waits, so
   * that no stream need hold it.
   */
  boolean isOverAtOnce() {
    return false;
  }

  /** Goes on as far as it can without other hands; true when it is done. */
  abstract boolean poll();

  /** What anybody can help with, once started; null when there is nothing. */
  @Nullable Work work() {
    return null;
  }

  /** What it is and, once started, what it waits for. */
  abstract String describe();

  /** Fails the communicator when the operation can get no further; also behind other operations. */
  void audit() {}

  /**
   * Whether to poll would be in vain, as far as can be seen without the lock. A hint: it may be
   * wrong, and nothing but speed depends on it.
   */
  boolean isHeldUp() {
    return false;
  }

  /** Whether it is done; whoever sees that without the lock also sees what it wrote. */
  final boolean isDone() {
    return (boolean) DONE.getAcquire(this);
  }

  /** Called once, last of all. */
  void finish() {
    // A release is enough: nobody who waits for this writes something that this reads afterwards.
    DONE.setRelease(this, true);
  }
}
