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
 * the other three. A rank's part of it is at least one element.
 */
enum ComparedOperation {
  ALL_REDUCE {
    @Override
    void call(Ccl ccl, Communicator comm, DeviceBuffer send, DeviceBuffer recv, Stream stream) {
      comm.allReduce(send, recv, ReduceOp.SUM, stream);
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
    void call(Ccl ccl, Communicator comm, DeviceBuffer send, DeviceBuffer recv, Stream stream) {
      comm.allGather(send, recv, stream);
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
    void call(Ccl ccl, Communicator comm, DeviceBuffer send, DeviceBuffer recv, Stream stream) {
      comm.reduceScatter(send, recv, ReduceOp.SUM, stream);
    }

    @Override
    float expected(int rank, int ranks, int part, int index) {
      return sum(ranks, rank * part + index);
    }
  },

  /** In place at the root, which is the only form that the others have. */
  BROADCAST {
    @Override
    void call(Ccl ccl, Communicator comm, DeviceBuffer send, DeviceBuffer recv, Stream stream) {
      comm.broadcast(send, comm.rank() == 0 ? send : recv, 0, stream);
    }

    @Override
    float expected(int rank, int ranks, int part, int index) {
      return input(0, index);
    }
  },

  /** To the next rank, from the previous one. */
  SENDRECV {
    @Override
    void call(Ccl ccl, Communicator comm, DeviceBuffer send, DeviceBuffer recv, Stream stream) {
      int next = (comm.rank() + 1) % comm.size();
      int previous = (comm.rank() + comm.size() - 1) % comm.size();
      ccl.group(
          () -> {
            comm.send(send, next, stream);
            comm.recv(recv, previous, stream);
          });
    }

    @Override
    float expected(int rank, int ranks, int part, int index) {
      return input((rank + ranks - 1) % ranks, index);
    }
  };

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

  /** Enqueues one. */
  abstract void call(
      Ccl ccl, Communicator comm, DeviceBuffer send, DeviceBuffer recv, Stream stream);

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
