package org.ccl4j.fake;

import java.util.concurrent.locks.LockSupport;
import java.util.function.IntUnaryOperator;
import org.ccl4j.spi.StatusCode;

/** Waits for all ranks at a call that all of them must make. */
final class Meeting {
  private static final long LOOK_NANOS = 50_000;

  private Meeting() {}

  /**
   * Waits until each rank has written a number on the board, or a later one.
   *
   * @param what what they do, as in "rank 1 registers a window"
   * @param word where a rank writes the number
   * @return the status; NOT_READY when not all came in time
   */
  static int await(
      Member member, String what, IntUnaryOperator word, long number, long timeoutNanos) {
    long end = System.nanoTime() + timeoutNanos;
    for (int rank = 0; rank < member.world.size(); rank++) {
      int status = await(member, what, rank, word.applyAsInt(rank), number, end);
      if (status != StatusCode.OK) {
        return status;
      }
    }
    return StatusCode.OK;
  }

  private static int await(Member member, String what, int rank, int word, long number, long end) {
    World world = member.world;
    while (world.board().get(word) < number) {
      int failure = world.failure();
      if (failure != StatusCode.OK) {
        return Codes.error(failure, world.failureText());
      }
      if (world.hasDeparted(rank)) {
        world.fail(
            Codes.REMOTE_ERROR,
            "rank "
                + member.rank
                + " "
                + what
                + ", but rank "
                + rank
                + " has closed the communicator");
      }
      if (System.nanoTime() - end >= 0 || Thread.currentThread().isInterrupted()) {
        return StatusCode.NOT_READY;
      }
      LockSupport.parkNanos(world, LOOK_NANOS);
    }
    return StatusCode.OK;
  }
}
