package org.ccl4j.fake;

import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A copy or fill: work that needs no other rank. */
final class LocalOp extends Op {
  /** Moves a range of the whole, given in bytes. */
  interface Body {
    void run(long from, long length);
  }

  private final String what;
  private final int device;
  private final long bytes;
  private final Body body;
  private final @Nullable ChunkedWork work;

  LocalOp(String what, int device, long bytes, Body body) {
    this.what = what;
    this.device = device;
    this.bytes = bytes;
    this.body = body;
    work = bytes > Work.CHUNK_BYTES ? new ChunkedWork() : null;
  }

  @Override
  boolean poll() {
    if (work != null) {
      return work.isOver();
    }
    body.run(0, bytes);
    return true;
  }

  @Override
  @Nullable Work work() {
    return work;
  }

  @Override
  String describe() {
    return what + " of " + bytes + " bytes on device " + device;
  }

  private final class ChunkedWork implements Work {
    private final int chunks = Math.toIntExact((bytes + CHUNK_BYTES - 1) / CHUNK_BYTES);
    private final AtomicInteger claimed = new AtomicInteger();
    private final AtomicInteger finished = new AtomicInteger();

    @Override
    public boolean help() {
      // Looked at first, so that claims beyond the end cannot overflow the counter.
      int chunk = claimed.get() < chunks ? claimed.getAndIncrement() : chunks;
      if (chunk >= chunks) {
        return false;
      }
      try {
        long from = (long) chunk * CHUNK_BYTES;
        body.run(from, Math.min(CHUNK_BYTES, bytes - from));
      } finally {
        finished.incrementAndGet();
      }
      return true;
    }

    @Override
    public boolean isExhausted() {
      return claimed.get() >= chunks;
    }

    boolean isOver() {
      return finished.get() == chunks;
    }
  }
}
