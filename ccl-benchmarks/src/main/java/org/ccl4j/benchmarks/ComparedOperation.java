package org.ccl4j.benchmarks;

import java.util.Locale;
import org.ccl4j.api.Ccl;
import org.ccl4j.api.Communicator;
import org.ccl4j.api.DeviceBuffer;
import org.ccl4j.api.ReduceOp;
import org.ccl4j.api.Stream;

/**
 * The operations that are measured side by side with other libraries. The message of one is counted
 * as nccl-tests does: what all_gather receives, what reduce_scatter sends, and what a rank sends in
 * the others. A rank's part of it is at least one element.
 */
enum ComparedOperation {
  ALL_REDUCE {
    @Override
    void call(Lane on, long turn) {
      on.comm.allReduce(on.send, on.recv, ReduceOp.SUM, on.stream);
    }

    @Override
    float expected(int rank, int ranks, int part, int index) {
      return sum(ranks, index);
    }
  },

  ALL_GATHER {
    @Override
    int sent(int whole, int ranks) {
      return part(whole, ranks);
    }

    @Override
    int received(int whole, int ranks) {
      return part(whole, ranks) * ranks;
    }

    @Override
    void call(Lane on, long turn) {
      on.comm.allGather(on.send, on.recv, on.stream);
    }

    @Override
    float expected(int rank, int ranks, int part, int index) {
      return input(index / part, index % part);
    }
  },

  REDUCE_SCATTER {
    @Override
    int sent(int whole, int ranks) {
      return part(whole, ranks) * ranks;
    }

    @Override
    int received(int whole, int ranks) {
      return part(whole, ranks);
    }

    @Override
    void call(Lane on, long turn) {
      on.comm.reduceScatter(on.send, on.recv, ReduceOp.SUM, on.stream);
    }

    @Override
    float expected(int rank, int ranks, int part, int index) {
      return sum(ranks, rank * part + index);
    }
  },

  /** In place at the root, which is the only form that the others have. */
  BROADCAST {
    @Override
    void call(Lane on, long turn) {
      on.comm.broadcast(on.send, on.comm.rank() == 0 ? on.send : on.recv, 0, on.stream);
    }

    @Override
    boolean isResultInSend(int rank) {
      return rank == 0;
    }

    @Override
    float expected(int rank, int ranks, int part, int index) {
      return input(0, index);
    }
  },

  /**
   * In place, by the next rank each time. Who gives has got the last message before, so that this
   * is the time a message takes; with one root it is the time between two messages, of which many
   * may be on their way.
   */
  BROADCAST_IN_TURN {
    @Override
    void call(Lane on, long turn) {
      on.comm.broadcast(on.send, on.send, (int) (turn % on.comm.size()), on.stream);
    }

    @Override
    boolean isResultInSend(int rank) {
      return true;
    }

    @Override
    float expected(int rank, int ranks, int part, int index) {
      return input(0, index);
    }
  },

  /** To the next rank, from the previous one. */
  SENDRECV {
    @Override
    void call(Lane on, long turn) {
      int ranks = on.comm.size();
      int next = (on.comm.rank() + 1) % ranks;
      int previous = (on.comm.rank() + ranks - 1) % ranks;
      on.ccl.group(
          () -> {
            on.comm.send(on.send, next, on.stream);
            on.comm.recv(on.recv, previous, on.stream);
          });
    }

    @Override
    float expected(int rank, int ranks, int part, int index) {
      return input((rank + ranks - 1) % ranks, index);
    }
  };

  /** What one rank makes its calls with. */
  record Lane(Ccl ccl, Communicator comm, DeviceBuffer send, DeviceBuffer recv, Stream stream) {}

  static ComparedOperation of(String name) {
    return valueOf(name.toUpperCase(Locale.ROOT));
  }

  /** The elements in a rank's send buffer, for a message of so many. */
  int sent(int whole, int ranks) {
    return whole;
  }

  /** The elements in a rank's receive buffer, for a message of so many. */
  int received(int whole, int ranks) {
    return whole;
  }

  /** Whether a rank has its result where it had its data. */
  boolean isResultInSend(int rank) {
    return false;
  }

  /**
   * Enqueues one.
   *
   * @param turn counts the calls from 0 on, the same on all ranks
   */
  abstract void call(Lane on, long turn);

  /**
   * What must be at this place of the receive buffer afterwards.
   *
   * @param part the elements of one rank, where the operation joins or divides
   */
  abstract float expected(int rank, int ranks, int part, int index);

  static int part(int whole, int ranks) {
    return Math.max(1, whole / ranks);
  }

  /** Small whole numbers, so that sums are exact; different for each rank and for neighbours. */
  static float input(int rank, int index) {
    return (index * 7 + rank * 13) & 31;
  }

  private static float sum(int ranks, int index) {
    float sum = 0;
    for (int rank = 0; rank < ranks; rank++) {
      sum += input(rank, index);
    }
    return sum;
  }
}
