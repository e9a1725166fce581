package org.ccl4j.tools;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongBinaryOperator;

/**
 * Where the ranks of a measurement start together and tell each other numbers: a few bytes of
 * memory that all of them see, within one process or, as a mapped file, in several. The library
 * under test is not asked for it, because it may be wrong.
 *
 * <p>A rank spins first: a thread that has to be woken comes 20 to 50 microseconds late, which is
 * more than a small operation takes.
 */
final class RankMeeting {
  private static final VarHandle INT =
      MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.nativeOrder());
  private static final VarHandle LONG =
      MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());

  private static final int ARRIVED = 0;
  private static final int ROUND = 64; // cache lines apart, because all spin on it
  private static final int BROKEN = 128;
  private static final int NUMBERS = 192;

  private static final long YIELD_NANOS = 2_000_000;
  private static final long PARK_NANOS = 50_000;

  private final ByteBuffer memory;
  private final int ranks;
  private final int spins;

  private RankMeeting(ByteBuffer memory, int ranks) {
    this.memory = memory;
    this.ranks = ranks;
    // With more ranks than processors a spinning rank keeps away the one it waits for.
    this.spins = ranks <= Runtime.getRuntime().availableProcessors() ? 2000 : 0;
  }

  /** A meeting of the threads of this process. */
  static RankMeeting ofThreads(int ranks) {
    return new RankMeeting(ByteBuffer.allocateDirect(bytes(ranks)), ranks);
  }

  /**
   * A meeting of processes.
   *
   * @param file empty or not there when the first of them comes
   */
  static RankMeeting ofProcesses(Path file, int ranks) throws IOException {
    try (FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      return new RankMeeting(channel.map(FileChannel.MapMode.READ_WRITE, 0, bytes(ranks)), ranks);
    }
  }

  /** Two numbers for each rank, used in turn. */
  private static int bytes(int ranks) {
    return NUMBERS + 2 * ranks * Long.BYTES;
  }

  /** One rank's seat; used by its thread alone. */
  final class Seat {
    private final int rank;
    private int turn;

    private Seat(int rank) {
      this.rank = rank;
    }

    /** Waits for all ranks; what they did before is visible to all after. */
    void await() {
      RankMeeting.this.await();
    }

    /** The largest of the numbers that the ranks bring; all get the same answer. */
    long max(long own) {
      return all(own, Math::max);
    }

    /** The sum of the numbers that the ranks bring; all get the same answer. */
    long sum(long own) {
      return all(own, Long::sum);
    }

    /** What rank 0 decides. */
    boolean decide(boolean own) {
      return sum(rank == 0 && own ? 1 : 0) > 0;
    }

    /**
     * Nobody writes a number again before all have read it: there is another round in between, with
     * the other number of each rank, and nobody comes to that before having read this one.
     */
    private long all(long own, LongBinaryOperator how) {
      turn = 1 - turn;
      LONG.setVolatile(memory, place(rank), own);
      RankMeeting.this.await();
      long result = (long) LONG.getVolatile(memory, place(0));
      for (int other = 1; other < ranks; other++) {
        result = how.applyAsLong(result, (long) LONG.getVolatile(memory, place(other)));
      }
      return result;
    }

    private int place(int of) {
      return NUMBERS + (2 * of + turn) * Long.BYTES;
    }
  }

  Seat seat(int rank) {
    return new Seat(rank);
  }

  // A yield costs a hundredth of a park, and here only the latency depends on it.
  @SuppressWarnings("ThreadPriorityCheck")
  private void await() {
    int mine = round();
    if ((int) INT.getAndAdd(memory, ARRIVED, 1) + 1 == ranks) {
      INT.setVolatile(memory, ARRIVED, 0);
      INT.setVolatile(memory, ROUND, mine + 1);
      return;
    }
    for (int i = 0; i < spins; i++) {
      if (round() != mine) {
        return;
      }
      Thread.onSpinWait();
    }
    long start = System.nanoTime();
    while (round() == mine) {
      if ((int) INT.getVolatile(memory, BROKEN) != 0) {
        throw new BrokenException();
      }
      if (System.nanoTime() - start < YIELD_NANOS) {
        Thread.yield();
      } else {
        LockSupport.parkNanos(PARK_NANOS);
      }
    }
  }

  private int round() {
    return (int) INT.getVolatile(memory, ROUND);
  }

  /** Frees the waiting ranks with a {@link BrokenException}, because one rank will not come. */
  void breakUp() {
    INT.setVolatile(memory, BROKEN, 1);
  }

  /** Another rank failed; its failure is the one to report. */
  static final class BrokenException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    BrokenException() {
      super("another rank failed");
    }
  }
}
