package org.ccl4j.fake;

import org.jspecify.annotations.Nullable;

/** What the ranks of a communicator need from beyond this JVM. */
interface Habitat {
  /** All ranks are threads of this JVM. */
  Habitat THIS_JVM = new Habitat() {};

  /** Whether some ranks are in other processes, whose news wake nobody here. */
  default boolean reachesBeyond() {
    return false;
  }

  /** The board with the slots of two ranks; null where they may be anywhere in this JVM. */
  default @Nullable Board pairBoard(int sender, int receiver) {
    return null;
  }

  /** Where on that board the slots of two ranks are. */
  default int pairOffset(int sender, int receiver) {
    return 0;
  }

  /** A place in the memory of a rank in another process. */
  default Span remoteSpan(int rank, long offset) {
    throw new IllegalStateException("rank " + rank + " is not in another process");
  }

  /** Called when a rank of this JVM has left the communicator. */
  default void leave() {}
}
