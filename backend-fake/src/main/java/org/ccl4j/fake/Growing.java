package org.ccl4j.fake;

import java.util.Arrays;
import java.util.concurrent.locks.LockSupport;
import org.ccl4j.api.UniqueId;
import org.ccl4j.spi.Backend.ConnectRequest;
import org.ccl4j.spi.Backend.Terms;
import org.ccl4j.spi.Result;
import org.ccl4j.spi.StatusCode;
import org.jspecify.annotations.Nullable;

/**
 * One rank's side of its communicator's growths. The rank with the id leaves it on the board for
 * those that are here; then all connect under it, old and new.
 */
final class Growing {
  private static final long LOOK_NANOS = 50_000;

  private final Member member;

  /** How many times the communicator has grown. */
  private long done;

  Growing(Member member) {
    this.member = member;
  }

  /**
   * Waits for all ranks.
   *
   * @param id where this rank has it
   * @return the new place; NOT_READY when not all ranks came in time
   */
  Result<Member> join(
      Rendezvous rendezvous, int device, int size, byte @Nullable [] id, Terms terms) {
    long end = System.nanoTime() + terms.timeoutNanos();
    Board board = member.world.board();
    long number = done + 1;
    if (id != null) {
      if (board.get(Layout.GROWTH_NUMBER) == number) {
        return Result.failed(
            Codes.error(Codes.INVALID_ARGUMENT, "two ranks called grow with an id"));
      }
      board.putBytes(Layout.GROWTH_ID, id, id.length);
      board.prepare(Layout.GROWTH_SIZE, size);
      board.set(Layout.GROWTH_NUMBER, number);
    }
    Result<Member> joined = join(rendezvous, device, size, number, terms.name(), end);
    if (joined.value() != null) {
      done = number;
    } else if (id != null) {
      // So that the ranks that come again wait for the id that is brought then.
      board.compareAndSet(Layout.GROWTH_NUMBER, number, done);
    }
    return joined;
  }

  private Result<Member> join(
      Rendezvous rendezvous, int device, int size, long number, String name, long end) {
    Board board = member.world.board();
    while (board.get(Layout.GROWTH_NUMBER) != number) {
      int failure = member.world.failure();
      if (failure != StatusCode.OK) {
        return Result.failed(Codes.error(failure, member.world.failureText()));
      }
      if (System.nanoTime() - end >= 0 || Thread.currentThread().isInterrupted()) {
        return Result.failed(
            Codes.error(StatusCode.NOT_READY, "no rank has called grow with the id"));
      }
      LockSupport.parkNanos(this, LOOK_NANOS);
    }
    long others = board.get(Layout.GROWTH_SIZE);
    if (others != size) {
      return Result.failed(
          Codes.error(
              Codes.INVALID_ARGUMENT,
              "rank "
                  + member.rank
                  + " says there shall be "
                  + size
                  + " ranks, the one with the id said "
                  + others));
    }
    byte[] found = board.getBytes(Layout.GROWTH_ID, Rendezvous.ID_BYTES);
    UniqueId id = UniqueId.of(FakeBackendProvider.ID, Arrays.copyOf(found, found.length));
    if (!Rendezvous.isOfGrowth(id)) {
      return Result.failed(
          Codes.error(Codes.INVALID_ARGUMENT, "the id was not made by newGrowthId"));
    }
    long left = Math.max(1, end - System.nanoTime());
    Result<Member> joined =
        rendezvous.connect(
            new ConnectRequest(Rendezvous.withoutMark(id), member.rank, size, device, name, left));
    if (joined.status() == StatusCode.NOT_READY) {
      Codes.error(StatusCode.NOT_READY, "a rank, old or new, has not come");
    }
    return joined;
  }
}
