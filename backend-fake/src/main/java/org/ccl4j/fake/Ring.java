package org.ccl4j.fake;

import java.util.ArrayDeque;
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

  /** The Java side of the slots, for participants in this JVM; ordered by the word BEGUN. */
  private final @Nullable Call[] calls;

  /** The calls that this rank is not through with, in order. */
  private final ArrayDeque<Part> window = new ArrayDeque<>();

  private final ArrayDeque<Part> backlog = new ArrayDeque<>();
  private long issued;
  private long retired;

  /** The first number whose slot may still be in use by somebody. */
  private long limit;

  /** What the others know of {@link #retired}; it may lag behind, for each look costs them. */
  private long announcedRetired;

  Ring(Board board, Slots slots, int place) {
    this.board = board;
    this.slots = slots;
    this.place = place;
    this.calls = new Call[slots.depth()];
    this.limit = slots.depth();
  }

  /** Takes a call; its number is its place in the sequence. */
  void add(Part part) {
    part.number = issued++;
    window.addLast(part);
    backlog.addLast(part);
    publish();
  }

  /** Describes the calls that wait for a free slot, as far as there are any. */
  void publish() {
    Part part = backlog.peekFirst();
    while (part != null && hasSlot(part.number)) {
      backlog.removeFirst();
      calls[(int) part.number & (slots.depth() - 1)] = part.call;
      part.call.describe(board, header(part));
      part.published = true;
      if (part.begun) {
        part.announce();
      } else {
        board.publish(header(part) + Layout.JOINED, part.number + 1);
      }
      part = backlog.peekFirst();
    }
  }

  private boolean hasSlot(long number) {
    if (number >= limit) {
      long slowest = retired;
      for (int other : slots.retired()) {
        slowest = Math.min(slowest, board.get(other));
      }
      limit = slowest + slots.depth();
    }
    return number < limit;
  }

  private int header(Part part) {
    return slots.header(place, part.number);
  }

  /** Takes note that a call is done, and frees the slots of all that are done in a row. */
  void retire() {
    boolean any = false;
    for (Part first = window.peekFirst(); first != null && first.isDone(); ) {
      window.removeFirst();
      // So that memory which was freed is not held by a call that nobody looks at any more.
      calls[(int) first.number & (slots.depth() - 1)] = null;
      retired++;
      any = true;
      first = window.peekFirst();
    }
    // Less than the depth behind, and not at all when nothing is left, so that nobody waits for it.
    if (any && (window.isEmpty() || retired - announcedRetired >= slots.depth() / 4)) {
      announcedRetired = retired;
      board.publish(slots.retired()[place], retired);
      publish();
    }
  }

  /** Looks at all calls that wait for others, also those behind other work. */
  void audit() {
    publish();
    for (Part part : window) {
      if (!part.published) {
        return; // nor are those after it
      }
      part.audit();
    }
  }

  /** The call in a slot, for a participant in this JVM that has seen it begun. */
  @Nullable Call call(long number) {
    return calls[(int) number & (slots.depth() - 1)];
  }
}
