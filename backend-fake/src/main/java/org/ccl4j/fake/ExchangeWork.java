package org.ccl4j.fake;

import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.ccl4j.spi.StatusCode;
import org.jspecify.annotations.Nullable;

/**
 * One rank's view of the bytes of a large exchange. The chunks are shared out among the
 * participants by counters on the board. Each rank does its own share, which keeps the same bytes
 * in the same cache from call to call, and those of the others only after it has looked a while in
 * vain, for their threads may be busy elsewhere.
 *
 * <p>The exchange is over when as many chunks are done as there are. When a rank's process has died
 * some may never be: then it is over when all others have said that they will do no more, for
 * nobody touches the memory after that.
 */
abstract class ExchangeWork implements Work {
  /** How many looks without anything of its own to do make a rank help the others. */
  private static final int PATIENCE = 24;

  /** In the word FINISHED: this rank will do no more chunks. */
  private static final long CLOSED = 1L << 32;

  private final Part part;
  private final Board board;
  private final int places;
  private int chunks;
  private volatile boolean resolved;

  /** Nothing is left to claim, or nobody may claim any more. */
  private volatile boolean exhausted;

  /** The threads of this JVM that are inside {@link #help} for this rank. */
  private final AtomicInteger inside = new AtomicInteger();

  private final AtomicBoolean closed = new AtomicBoolean();
  private volatile int idleLooks;

  ExchangeWork(Part part) {
    this.part = part;
    this.board = part.board();
    this.places = part.places();
  }

  static ExchangeWork of(Part part) {
    Call call = part.call;
    boolean alone = part.places() == 1 && call.scalar() == null && call.bias() == null;
    boolean copies = !call.kind().reduces() || alone;
    ExchangeWork work = copies ? new MoveWork(part) : new ReduceWork(part);
    work.chunks = Math.toIntExact(work.countChunks());
    return work;
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
    inside.incrementAndGet();
    try {
      int chunk = exhausted ? -1 : claim();
      if (chunk < 0) {
        return false;
      }
      idleLooks = 0;
      try {
        if (!resolved) {
          resolveOnce();
        }
        run(chunk);
      } catch (RuntimeException | Error e) {
        part.world().fail(Codes.INTERNAL_ERROR, "the fake failed inside " + part.call + ": " + e);
      }
      board.getAndAdd(part.header(part.place()) + Layout.FINISHED, 1);
      if (isOver()) {
        part.world().wakeOthers(null);
      }
      return true;
    } finally {
      inside.decrementAndGet();
    }
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
    int own = claim(part.place());
    if (own >= 0) {
      return own;
    }
    int looks = idleLooks + 1;
    idleLooks = looks;
    if (looks < PATIENCE) {
      return -1;
    }
    for (int i = 1; i < places; i++) {
      int chunk = claim((part.place() + i) % places);
      if (chunk >= 0) {
        return chunk;
      }
    }
    exhausted = true;
    return -1;
  }

  private int claim(int place) {
    int share = shareStart(place + 1) - shareStart(place);
    int counter = part.header(place) + Layout.CLAIMED;
    while (true) {
      long word = board.get(counter);
      long claimed = word - claimsBase(part.number);
      // In a slot that is used again the word belongs to another call.
      if (claimed < 0 || claimed >= share) {
        return -1;
      }
      if (board.compareAndSet(counter, word, word + 1)) {
        return shareStart(place) + (int) claimed;
      }
    }
  }

  /**
   * What the counter of claimed chunks starts from. It differs from call to call, because a thread
   * may look at the counter, be put aside, and go on when the slot is another call's.
   */
  static long claimsBase(long number) {
    return (number + 1) << 32;
  }

  private int shareStart(int place) {
    return (int) ((long) chunks * place / places);
  }

  /** Whether every chunk has been done, or will be done by nobody any more. */
  boolean isOver() {
    long finished = 0;
    for (int i = 1; i <= places; i++) {
      finished += finished((part.place() + i) % places) & (CLOSED - 1);
    }
    return finished == chunks || (part.world().failure() != StatusCode.OK && isOverForTheLiving());
  }

  private long finished(int place) {
    return board.get(part.header(place) + Layout.FINISHED);
  }

  private boolean isOverForTheLiving() {
    boolean anyDead = false;
    boolean allClosed = true;
    for (int place = 0; place < places; place++) {
      if (part.world().isDead(part.rankAt(place))) {
        anyDead = true;
      } else {
        allClosed &= finished(place) >= CLOSED;
      }
    }
    if (anyDead) {
      exhausted = true;
      // Whoever comes in from now on sees that and claims nothing.
      if (inside.get() == 0 && closed.compareAndSet(false, true)) {
        board.getAndAdd(part.header(part.place()) + Layout.FINISHED, CLOSED);
      }
    }
    return anyDead && allClosed;
  }

  static <T> T required(@Nullable T value) {
    return Objects.requireNonNull(value);
  }
}
