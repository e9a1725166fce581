import java.util.List;
import java.util.Locale;

/**
 * The calls and nothing else, from Java: one thread drives all devices. The shapes and sizes are those of nccl-tests.
 *
 * <p>Arguments: NCCL CUDART OPERATIONS MIN MAX FACTOR ITERATIONS WARMUPS RANKS. Prints {@code
 * operation,bytes,microseconds} for each size.
 */
abstract class Loop {
  static final int FLOAT = 7;
  static final int SUM = 0;
  private static final int NON_BLOCKING = 1;
  private static final int JVM_WARMUPS = 20_000;

  int ranks;
  long[] communicators = {};
  long[] streams = {};
  long[] sends = {};
  long[] recvs = {};

  /** Before the first call: the arrays are filled. */
  abstract void prepare();

  abstract void groupStart();

  abstract void groupEnd();

  abstract void allReduce(int rank, long count);

  abstract void reduceScatter(int rank, long count);

  abstract void allGather(int rank, long count);

  abstract void sendAndReceive(int rank, long count, int to, int from);

  final void run(String[] args) {
    long min = Long.parseLong(args[3]);
    long max = Long.parseLong(args[4]);
    long factor = Long.parseLong(args[5]);
    int iterations = Integer.parseInt(args[6]);
    int warmups = Integer.parseInt(args[7]);
    open(Integer.parseInt(args[8]), max);
    prepare();
    boolean first = true;
    for (String operation : List.of(args[2].split(","))) {
      for (long bytes = min; bytes <= max; bytes *= factor) {
        long count = bytes / 4;
        if (operation.equals("all_gather") || operation.equals("reduce_scatter")) {
          count = count / ranks / 4 * 4;
        }
        if (count == 0) {
          continue;
        }
        if (first) {
          enqueue(operation, count, JVM_WARMUPS);
          first = false;
        }
        for (int i = 0; i < warmups; i++) {
          enqueue(operation, count, 1);
        }
        long start = System.nanoTime();
        enqueue(operation, count, iterations);
        System.out.printf(
            Locale.ROOT,
            "%s,%d,%.3f%n",
            operation,
            bytes,
            (System.nanoTime() - start) / 1e3 / iterations);
      }
    }
    for (long communicator : communicators) {
      Direct.ok(Direct.Nccl.ncclCommDestroy(communicator), "ncclCommDestroy");
    }
  }

  private void open(int count, long bytes) {
    ranks = count;
    communicators = new long[ranks];
    streams = new long[ranks];
    sends = new long[ranks];
    recvs = new long[ranks];
    int[] devices = new int[ranks];
    long[] made = new long[1];
    for (int rank = 0; rank < ranks; rank++) {
      devices[rank] = rank;
      Direct.ok(Direct.Cuda.cudaSetDevice(rank), "cudaSetDevice");
      Direct.ok(Direct.Cuda.cudaMalloc(made, bytes), "cudaMalloc");
      sends[rank] = made[0];
      Direct.ok(Direct.Cuda.cudaMemset(made[0], 0x3e, bytes), "cudaMemset");
      Direct.ok(Direct.Cuda.cudaMalloc(made, bytes), "cudaMalloc");
      recvs[rank] = made[0];
      Direct.ok(
          Direct.Cuda.cudaStreamCreateWithFlags(made, NON_BLOCKING), "cudaStreamCreateWithFlags");
      streams[rank] = made[0];
    }
    Direct.ok(Direct.Nccl.ncclCommInitAll(communicators, ranks, devices), "ncclCommInitAll");
  }

  private void enqueue(String operation, long count, int times) {
    switch (operation) {
      case "all_reduce" -> {
        for (int i = 0; i < times; i++) {
          groupStart();
          for (int rank = 0; rank < ranks; rank++) {
            allReduce(rank, count);
          }
          groupEnd();
        }
      }
      case "all_gather" -> {
        for (int i = 0; i < times; i++) {
          groupStart();
          for (int rank = 0; rank < ranks; rank++) {
            allGather(rank, count);
          }
          groupEnd();
        }
      }
      case "reduce_scatter" -> {
        for (int i = 0; i < times; i++) {
          groupStart();
          for (int rank = 0; rank < ranks; rank++) {
            reduceScatter(rank, count);
          }
          groupEnd();
        }
      }
      case "sendrecv" -> {
        for (int i = 0; i < times; i++) {
          groupStart();
          for (int rank = 0; rank < ranks; rank++) {
            sendAndReceive(rank, count, (rank + 1) % ranks, (rank + ranks - 1) % ranks);
          }
          groupEnd();
        }
      }
      default -> throw new IllegalArgumentException("no operation " + operation);
    }
    for (long stream : streams) {
      Direct.ok(Direct.Cuda.cudaStreamSynchronize(stream), "cudaStreamSynchronize");
    }
  }
}
