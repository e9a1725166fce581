package org.ccl4j.fake;

import java.util.ArrayList;
import java.util.List;
import org.ccl4j.spi.Result;
import org.ccl4j.spi.StatusCode;

/**
 * One rank's side of the registration of a window. Each rank writes on the board where its memory
 * is and reads the same of all others.
 */
final class WindowMeeting {
  private final Member member;
  private final World world;

  /** The registrations that this rank has come to before. */
  private final long number;

  WindowMeeting(Member member, long number) {
    this.member = member;
    this.world = member.world;
    this.number = number;
  }

  /** Waits for the other ranks; NOT_READY when not all came in time. */
  Result<FakeWindow> join(Span memory, long bytes, long options, long timeoutNanos) {
    int place = member.openWindow(memory);
    if (place < 0) {
      return Result.failed(
          Codes.error(
              Codes.INVALID_USAGE,
              "the fake has room for " + Layout.WINDOW_PLACES + " open windows of a communicator"));
    }
    world.board().set(world.layout().openWindow(member.rank, place), number + 1);
    Result<FakeWindow> made =
        meet(new FakeWindow.End(place, memory.sharedOffset(), bytes, options), timeoutNanos);
    if (!made.ok()) {
      world.board().set(world.layout().openWindow(member.rank, place), 0);
      member.closeWindow(place);
    }
    return made;
  }

  private Result<FakeWindow> meet(FakeWindow.End own, long timeoutNanos) {
    publish(own);
    int status =
        Meeting.await(
            member,
            "registers a window",
            rank -> word(rank, Layout.WINDOW_NUMBER),
            number + 1,
            timeoutNanos);
    if (status != StatusCode.OK) {
      return Result.failed(status);
    }
    List<FakeWindow.End> ends = new ArrayList<>();
    for (int rank = 0; rank < world.size(); rank++) {
      ends.add(read(rank));
    }
    return compare(own, ends);
  }

  private Result<FakeWindow> compare(FakeWindow.End own, List<FakeWindow.End> ends) {
    for (int rank = 0; rank < ends.size(); rank++) {
      FakeWindow.End other = ends.get(rank);
      if (other.bytes() != own.bytes() || other.options() != own.options()) {
        String text =
            "the ranks registered different windows as number "
                + number
                + ": rank "
                + member.rank
                + describe(own)
                + ", rank "
                + rank
                + describe(other);
        world.fail(Codes.INVALID_USAGE, text);
        // Another rank may be about to write down the same: its text need not be there yet.
        return Result.failed(Codes.error(Codes.INVALID_USAGE, text));
      }
    }
    return Result.of(new FakeWindow(member, number, ends));
  }

  private static String describe(FakeWindow.End end) {
    return " one of " + end.bytes() + " bytes (options " + end.options() + ")";
  }

  // Two fit, since nobody comes to the next but one before all have read this one.
  private int word(int rank, int offset) {
    return world.layout().windows(rank) + (int) (number & 1) * Layout.WINDOW_STRIDE + offset;
  }

  private void publish(FakeWindow.End own) {
    Board board = world.board();
    board.prepare(word(member.rank, Layout.WINDOW_PLACE), own.place());
    board.prepare(word(member.rank, Layout.WINDOW_OFFSET), own.offset());
    board.prepare(word(member.rank, Layout.WINDOW_BYTES), own.bytes());
    board.prepare(word(member.rank, Layout.WINDOW_OPTIONS), own.options());
    board.set(word(member.rank, Layout.WINDOW_NUMBER), number + 1);
  }

  private FakeWindow.End read(int rank) {
    Board board = world.board();
    return new FakeWindow.End(
        (int) board.get(word(rank, Layout.WINDOW_PLACE)),
        board.get(word(rank, Layout.WINDOW_OFFSET)),
        board.get(word(rank, Layout.WINDOW_BYTES)),
        board.get(word(rank, Layout.WINDOW_OPTIONS)));
  }
}
