package org.ccl4j.fake;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One rank's view of the bytes of a large exchange. The chunks are shared out among the
 * participants by counters on the board: each rank claims from its own share first, which keeps the
 * same bytes in the same cache from call to call, then from those of the others.
 *
 * <p>The exchange is over when all chunks have been claimed and then nobody is inside a chunk: a
 * thread counts itself in before it claims and out when it is through. A rank whose process has
 * died touches nothing any more and does not count.
 */
abstract class ExchangeWork implements Work {
  /** A chunk is not smaller than this, so that claiming it costs little beside moving it. */
  private static final int LEAST_CHUNK = 1 << 13;

  private final Part part;
  private final Board board;
  private final int places;
  private int chunks;
  private volatile boolean exhausted;
  private volatile boolean resolved;

  ExchangeWork(Part part) {
    this.part = part;
    this.board = part.board();
    this.places = part.places();
  }

  static ExchangeWork of(Part part) {
    Call call = part.call;
    boolean copies = !call.kind().reduces() || (part.places() == 1 && call.scalar() == null);
    ExchangeWork work = copies ? new MoveWork(part) : new ReduceWork(part);
    work.chunks = Math.toIntExact(work.countChunks());
    return work;
  }

  /** The length of a chunk of an operand, so that each participant has something to do. */
  static int chunkBytes(long bytes, int places) {
    long share = (bytes / places + LEAST_CHUNK - 1) / LEAST_CHUNK * LEAST_CHUNK;
    return (int) Math.max(LEAST_CHUNK, Math.min(CHUNK_BYTES, share));
  }

  abstract long countChunks();

  /** Finds the memory of all participants. Called inside a chunk, when nobody can free it yet. */
  abstract void resolve();

  abstract void run(int chunk);

  Part part() {
    return part;
  }

  @Override
  public final boolean help() {
    if (exhausted) {
      return false;
    }
    int own = part.header(part.place());
    board.getAndAdd(own + Layout.STARTED, 1);
    boolean claimed = false;
    try {
      int chunk = claim();
      claimed = chunk >= 0;
      if (claimed) {
        if (!resolved) {
          resolveOnce();
        }
        run(chunk);
      }
    } catch (RuntimeException | Error e) {
      part.world().fail(Codes.INTERNAL_ERROR, "the fake failed inside " + part.call + ": " + e);
    } finally {
      board.getAndAdd(own + Layout.FINISHED, 1);
    }
    exhausted = !claimed;
    if (claimed && isOver()) {
      part.world().wakeOthers(null);
    }
    return claimed;
  }

  @Override
  public final boolean isExhausted() {
    return exhausted;
  }

  private synchronized void resolveOnce() {
    if (!resolved) {
      resolve();
      resolved = true;
    }
  }

  private int claim() {
    for (int i = 0; i < places; i++) {
      int place = (part.place() + i) % places;
      int share = shareStart(place + 1) - shareStart(place);
      int counter = part.header(place) + Layout.CLAIMED;
      if (board.get(counter) < share) {
        long claimed = board.getAndAdd(counter, 1);
        if (claimed < share) {
          return shareStart(place) + (int) claimed;
        }
      }
    }
    return -1;
  }

  private int shareStart(int place) {
    return (int) ((long) chunks * place / places);
  }

  /** Whether every chunk has been done. */
  boolean isOver() {
    for (int place = 0; place < places; place++) {
      int share = shareStart(place + 1) - shareStart(place);
      if (board.get(part.header(place) + Layout.CLAIMED) < share) {
        return false;
      }
    }
    // Finished before started: then equal numbers mean that nobody was inside at that moment.
    for (int place = 0; place < places; place++) {
      long finished = board.get(part.header(place) + Layout.FINISHED);
      long started = board.get(part.header(place) + Layout.STARTED);
      if (finished != started && !part.world().isDead(part.rankAt(place))) {
        return false;
      }
    }
    return true;
  }

  static <T> T required(@Nullable T value) {
    return Objects.requireNonNull(value);
  }
}
