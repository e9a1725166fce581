package org.ccl4j.fake;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Bytes to be moved or combined, cut into chunks that are independent of each other. Any thread
 * that waits for anything may claim a chunk and do it; whoever does the last one reports the whole
 * as complete.
 */
abstract class Work {
  /** Small enough to share out, large enough that claiming costs nothing: 64 KiB of one operand. */
  static final int CHUNK_BYTES = 1 << 16;

  private final int chunks;
  private final AtomicInteger claimed = new AtomicInteger();
  private final AtomicInteger finished = new AtomicInteger();

  Work(long chunks) {
    if (chunks
        > Integer.MAX_VALUE - 65_536) { // claims beyond the end must not overflow the counter
      throw new IllegalArgumentException("too much work in one operation: " + chunks + " chunks");
    }
    this.chunks = (int) chunks;
  }

  /** A chunk for the caller to {@link #run}; -1 when all have been taken. */
  final int claim() {
    int chunk = claimed.getAndIncrement();
    return chunk < chunks ? chunk : -1;
  }

  /** Reports a chunk as done; true for the last one. */
  final boolean finishChunk() {
    return finished.incrementAndGet() == chunks;
  }

  final int chunks() {
    return chunks;
  }

  /** How far it is; equal values at two moments mean that nobody works on it. */
  final int progress() {
    return claimed.get();
  }

  /** Does a chunk, on any thread, without the lock. */
  abstract void run(int chunk);

  /** Called once, under the lock, after the last chunk. */
  abstract void completed(Scheduler scheduler);

  /** Called, under the lock and before {@link #completed}, when a chunk could not be done. */
  abstract void failed(Scheduler scheduler, Throwable cause);
}
