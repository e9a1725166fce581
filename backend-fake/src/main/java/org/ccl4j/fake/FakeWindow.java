package org.ccl4j.fake;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** One rank's end of a window: where the memory of all ranks is. */
final class FakeWindow {
  /**
   * What a rank brought.
   *
   * @param place where its process has it among its windows
   * @param offset where it lies in the memory that its process shares; -1 where it is private
   * @param bytes its length
   * @param options a bit for each
   */
  record End(int place, long offset, long bytes, long options) {}

  private final Member member;
  private final long number;
  private final List<End> ends;

  FakeWindow(Member member, long number, List<End> ends) {
    this.member = member;
    this.number = number;
    this.ends = List.copyOf(ends);
  }

  private Board board() {
    return member.world.board();
  }

  private int openWord(int rank) {
    return member.world.layout().openWindow(rank, ends.get(rank).place);
  }

  long bytes() {
    return ends.get(member.rank).bytes;
  }

  /** A place in a rank's memory; null when that rank has closed its end. */
  @Nullable Span at(int rank, long offset) {
    if (board().get(openWord(rank)) != number + 1) {
      return null;
    }
    Member local = member.world.localMember(rank);
    if (local == null) {
      return member.world.remoteSpan(rank, ends.get(rank).offset + offset);
    }
    Span memory = local.window(ends.get(rank).place);
    return memory == null ? null : memory.plus(offset);
  }

  /** Closes this rank's end. */
  void close() {
    board().set(openWord(member.rank), 0);
    member.closeWindow(ends.get(member.rank).place);
  }

  @Override
  public String toString() {
    return "window " + number + " of " + member.world.name();
  }
}
