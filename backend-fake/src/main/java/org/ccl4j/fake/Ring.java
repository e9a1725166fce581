package org.ccl4j.fake;

import java.util.ArrayDeque;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/**
 * One rank's calls of one sequence (its collectives, its sends to a peer, its receives from a peer)
 * as the others see them. The rank's n-th call meets the n-th of every other participant.
 *
 * <p>Each participant writes its own slots only, so that nothing has to be locked across ranks: a
 * slot is described, then begun, and written again only when every participant has said that it is
 * through with the call in it. Calls that find no free slot wait in a backlog.
 *
 * <p>Under the engine's lock, but for {@link #call}.
 */
final class Ring {
  /**
   * The slots of all participants.
   *
   * @param first the first slot of each participant
   * @param retired the word in which each says how many calls it is through with
   * @param stride bytes from one slot to the next
   * @param depth slots of each participant, a power of 2
   * @param eager the largest contribution that travels inside a slot
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared, never changed
  record Slots(int[] first, int[] retired, int stride, int depth, int eager) {
    int header(int place, long number) {
      return first[place] + (int) (number & (depth - 1)) * stride;
    }

    int places() {
      return first.length;
    }
  }

  final Board board;
  final Slots slots;
  final int place;

  /**
   * The Java side of the slots of large calls, for participants in this JVM; ordered by the word
   * BEGUN.
   */
  private final @Nullable Call[] calls;

  /** The calls that have no slot yet, in order. */
  private final ArrayDeque<Part> backlog = new ArrayDeque<>();

  /**
   * The calls in which this rank only gave, that are over but not compared with the others' yet.
   */
  private final ArrayDeque<Part> unsettled = new ArrayDeque<>();

  /** Between two ranks, the ring of the other direction, once there is one. */
  private @Nullable Ring opposite;

  private long issued;

  /** The calls below this number are over on this rank. */
  private long retired;

  /** Bit k: so is the call with the number {@code retired + k}. */
  private long over;

  /** The calls below this number are over on all other ranks, as far as is known. */
  private long taken;

  /** What the others know of {@link #retired}; it may lag behind, for each look costs them. */
  private long announcedRetired;

  Ring(Board board, Slots slots, int place) {
    this.board = board;
    this.slots = slots;
    this.place = place;
    this.calls = new Call[slots.depth()];
  }

  /** Takes a call; its number is its place in the sequence. */
  void add(Part part) {
    part.number = issued++;
    if (backlog.isEmpty() && hasSlot(part.number)) {
      publish(part);
    } else {
      backlog.addLast(part);
      publish();
    }
  }

  /** Describes the calls that wait for a free slot, as far as there are any. */
  void publish() {
    Part part = backlog.peekFirst();
    while (part != null && hasSlot(part.number)) {
      backlog.removeFirst();
      publish(part);
      part = backlog.peekFirst();
    }
  }

  private void publish(Part part) {
    if (!part.eager) {
      calls[index(part)] = part.call;
    }
    int header = slots.header(place, part.number);
    part.call.describe(board, header, part.eager);
    part.published = true;
    if (part.begun) {
      part.announce();
    } else {
      board.publish(header + Layout.JOINED, part.number + 1);
    }
  }

  /**
   * Writes to the slot of the next call if it is free. Called before a look at another rank's slot,
   * so that both lines are fetched at the same time: the others have read the line, and the rank
   * would wait for it when it makes the next call. The word is no number of a call.
   */
  void fetchNext() {
    long next = issued - backlog.size();
    if (next < limit()) {
      board.prepare(slots.header(place, next) + Layout.JOINED, 0);
    }
  }

  private int index(Part part) {
    return (int) part.number & (slots.depth() - 1);
  }

  private boolean hasSlot(long number) {
    if (number >= limit()) {
      lookWhatIsTaken();
      settle(false);
    }
    if (number >= limit()) {
      settle(true);
    }
    return number < limit();
  }

  /**
   * The first number whose slot may still be in use by somebody. By what this rank has told the
   * others, not by what it knows: they count with that, and a call for which they have no slot yet
   * would hold up the earlier ones that they wait for.
   */
  private long limit() {
    return Math.min(announcedRetired, taken) + slots.depth();
  }

  private void lookWhatIsTaken() {
    long slowest = Long.MAX_VALUE;
    for (int other = 0; other < slots.places(); other++) {
      if (other != place) {
        slowest = Math.min(slowest, board.get(slots.retired()[other]));
      }
    }
    taken = Math.max(taken, slowest); // the words may lag behind what was sent along
  }

  /** Of two rings between two ranks, one for each direction. */
  void linkWith(Ring other) {
    opposite = other;
    other.opposite = this;
  }

  /** For {@link Layout#THROUGH}. */
  long through() {
    Ring received = opposite;
    long receipts = received == null ? 0 : received.retired;
    return receipts << Integer.SIZE | Integer.toUnsignedLong((int) retired);
  }

  /** Takes note of what the sender says, so that nobody has to look for it. */
  void noteThrough(long through) {
    noteTaken((int) through);
    Ring sent = opposite;
    if (sent != null) {
      sent.noteTaken((int) (through >>> Integer.SIZE));
    }
  }

  private void noteTaken(int lowerHalf) {
    taken += Math.max(0, lowerHalf - (int) taken);
  }

  /** Takes note that a call is over, and frees the slots of all that are over in a row. */
  void retire(Part part) {
    if (!part.published) {
      backlog.remove(part); // given up; nobody waits for a slot any more
      return;
    }
    if (!part.eager) {
      // So that memory which was freed is not held by a call that nobody looks at any more.
      calls[index(part)] = null;
    }
    free(part);
    if (announceRetired()) {
      publish();
    }
  }

  /**
   * Takes note that this rank has given what it had to. Whether a send fits is for its receiver to
   * find; of other calls there may be two in which both ranks only give, so that the slot is kept
   * until the others are through with the call, for then they have compared it, or this one has
   * looked itself: when slots run out, or when the helper comes by.
   */
  void given(Part part) {
    if (part.call.kind().isPointToPoint()) {
      retire(part);
    } else {
      unsettled.addLast(part);
      part.member.engine.attend();
    }
  }

  boolean isSettled() {
    return unsettled.isEmpty();
  }

  /**
   * Frees the slots of what was given and is settled: the others are through with it or, where this
   * rank looks itself, have called what fits. In any order, for the calls may be of many streams.
   */
  private void settle(boolean looking) {
    for (Iterator<Part> rest = unsettled.iterator(); rest.hasNext(); ) {
      Part part = rest.next();
      if (part.number < taken || (looking && part.isSettled())) {
        rest.remove();
        free(part);
      }
    }
    announceRetired();
  }

  private void free(Part part) {
    // A call has a slot only when it is less than the depth ahead of the first that is not over.
    over |= 1L << (part.number - retired);
    int run = Long.numberOfTrailingZeros(~over);
    over >>>= run;
    retired += run;
  }

  /** Tells the others now and then: each word that is written travels to all that read it. */
  private boolean announceRetired() {
    boolean due = retired - announcedRetired >= slots.depth() / 4;
    if (due) {
      announcedRetired = retired;
      board.publish(slots.retired()[place], retired);
    }
    return due;
  }

  /** Looks at what was given and not taken yet. */
  void audit() {
    if (!isSettled()) {
      lookWhatIsTaken();
      settle(true);
    }
    unsettled.forEach(Part::auditOthers);
  }

  /** The call in a slot, for a participant in this JVM that has seen it begun. */
  @Nullable Call call(long number) {
    return calls[(int) number & (slots.depth() - 1)];
  }
}
