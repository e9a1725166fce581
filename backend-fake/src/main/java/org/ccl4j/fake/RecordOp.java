package org.ccl4j.fake;

import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The point in a stream that an event stands for. */
final class RecordOp extends Op {
  private final boolean timing;
  private volatile long nanos;
  private volatile @Nullable List<Engine> watchers;

  RecordOp(boolean timing) {
    this.timing = timing;
  }

  @Override
  boolean poll() {
    if (timing) {
      nanos = System.nanoTime();
    }
    return true;
  }

  /**
   * Has an engine woken when the point is reached, whose stream waits for it. It may be reached
   * already: look after this.
   */
  synchronized void watch(Engine engine) {
    List<Engine> before = watchers;
    List<Engine> more = before == null ? new ArrayList<>(1) : new ArrayList<>(before);
    more.add(engine);
    watchers = more;
    VarHandle.fullFence(); // before the caller's look whether this is done
  }

  @Override
  void finish() {
    super.finish();
    // No lock, for few are watched: who watches looks whether this is done after it has said so,
    // and this looks for watchers after it is done. The fence keeps the two in order.
    VarHandle.fullFence();
    List<Engine> present = watchers;
    if (present != null) {
      present.forEach(Engine::wakeSleepers);
    }
  }

  /** When it was reached; meaningful once done, and only with timing. */
  long nanos() {
    return nanos;
  }

  @Override
  String describe() {
    return "the record of an event";
  }
}
