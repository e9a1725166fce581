package org.ccl4j.fake;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.ccl4j.api.UniqueId;
import org.ccl4j.spi.Backend.ConnectRequest;
import org.ccl4j.spi.Backend.Terms;
import org.ccl4j.spi.Result;
import org.ccl4j.spi.StatusCode;
import org.jspecify.annotations.Nullable;

/**
 * One rank's side of a split. Each rank writes its wish on the board and reads those of all others;
 * from the same wishes all compute the same groups, and each group connects under an id that
 * follows from the parent's, the number of the split and the colour.
 */
final class Splitting {
  private static final long LOOK_NANOS = 50_000;
  private static final long ABANDONED = -1;

  private final Member member;
  private final long number;

  Splitting(Member member, long number) {
    this.member = member;
    this.number = number;
  }

  private record Wish(int rank, int color, int key) {}

  /**
   * Waits for the other ranks, then for those of the same colour.
   *
   * @return the new place; OK without one for colour -1; NOT_READY when not all ranks came in time
   */
  Result<Member> join(Rendezvous rendezvous, int device, int color, int key, Terms terms) {
    long end = System.nanoTime() + terms.timeoutNanos();
    publish(color, key);
    List<Wish> wishes = collect(end);
    if (wishes == null) {
      return Result.failed(StatusCode.NOT_READY);
    }
    if (color < 0) {
      return new Result<>(StatusCode.OK, null);
    }
    List<Wish> group =
        wishes.stream()
            .filter(wish -> wish.color == color)
            .sorted(Comparator.comparingInt(Wish::key).thenComparingInt(Wish::rank))
            .toList();
    int rank = group.indexOf(new Wish(member.rank, color, key));
    UniqueId id =
        rendezvous.childId(
            member.world,
            ByteBuffer.allocate(Long.BYTES + Integer.BYTES).putLong(number).putInt(color).array());
    long left = Math.max(1, end - System.nanoTime());
    return rendezvous.connect(
        new ConnectRequest(id, rank, group.size(), device, terms.name(), left));
  }

  private int word(int rank, int offset) {
    return member.world.layout().member(rank) + offset;
  }

  private void publish(int color, int key) {
    Board board = member.world.board();
    // Two wishes fit, since nobody asks for the next but one before all have read this one.
    int slot = slot();
    board.prepare(word(member.rank, Layout.SPLIT_COLOR) + slot, color);
    board.prepare(word(member.rank, Layout.SPLIT_KEY) + slot, key);
    board.set(word(member.rank, Layout.SPLIT_NUMBER) + slot, number);
  }

  private int slot() {
    return (int) (number & 1) * Layout.SPLIT_STRIDE;
  }

  /** The wishes of all ranks; null when one did not come in time or gave up. */
  private @Nullable List<Wish> collect(long end) {
    Board board = member.world.board();
    List<Wish> wishes = new ArrayList<>();
    for (int rank = 0; rank < member.world.size(); rank++) {
      int numberWord = word(rank, Layout.SPLIT_NUMBER) + slot();
      for (long seen = board.get(numberWord); seen != number; seen = board.get(numberWord)) {
        boolean late = System.nanoTime() - end >= 0 || Thread.currentThread().isInterrupted();
        if (late || seen == ABANDONED || member.world.failure() != StatusCode.OK) {
          // A rank that comes later must not wait for those that have gone.
          board.set(word(member.rank, Layout.SPLIT_NUMBER) + slot(), ABANDONED);
          Codes.error(StatusCode.NOT_READY, "rank " + rank + " did not come, or gave up");
          return null;
        }
        LockSupport.parkNanos(this, LOOK_NANOS);
      }
      wishes.add(
          new Wish(
              rank,
              (int) board.get(word(rank, Layout.SPLIT_COLOR) + slot()),
              (int) board.get(word(rank, Layout.SPLIT_KEY) + slot())));
    }
    return wishes;
  }
}
