package org.ccl4j.fake;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One entry of a stream. Under the engine's lock, but for {@link #done} and the watchers. */
abstract class Op {
  /** Set last, so that whoever sees it without the lock also sees what the operation wrote. */
  volatile boolean done;

  @Nullable FakeStream stream;
  private volatile @Nullable List<Engine> watchers;

  /**
   * Called once, when everything before it on the stream is done. Moves no bytes but small ones.
   */
  void start() {}

  /** Goes on as far as it can without other hands; true when it is done. */
  abstract boolean poll();

  /** What anybody can help with, once started; null when there is nothing. */
  @Nullable Work work() {
    return null;
  }

  /** What it is and, once started, what it waits for. */
  abstract String describe();

  /**
   * Has an engine woken when the operation is done, whose stream waits for it. It may be done
   * already: look after this.
   */
  final synchronized void watch(Engine engine) {
    List<Engine> before = watchers;
    List<Engine> more = before == null ? new ArrayList<>(1) : new ArrayList<>(before);
    more.add(engine);
    watchers = more;
  }

  final void finish() {
    done = true;
    // No lock, for this is called for each operation and few are watched: who watches looks at done
    // after it has said so, and this looks for watchers after it has set done.
    List<Engine> present = watchers;
    if (present != null) {
      present.forEach(Engine::wakeSleepers);
    }
  }
}
