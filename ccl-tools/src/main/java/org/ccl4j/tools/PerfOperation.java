package org.ccl4j.tools;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.ccl4j.api.CollectiveOptions;
import org.ccl4j.api.Communicator;
import org.ccl4j.api.DataType;
import org.ccl4j.api.DeviceBuffer;
import org.ccl4j.api.ReduceOp;
import org.ccl4j.api.Stream;
import org.ccl4j.tools.Content.Input;
import org.ccl4j.tools.Content.Reduced;
import org.ccl4j.tools.Content.Untouched;

/**
 * The operations that can be measured, with the names, sizes and bandwidths of nccl-tests.
 *
 * <p>The size on the command line is the larger of an operation's two buffers. Where the ranks have
 * parts of it, a part is rounded down to a multiple of 16 bytes; so a small size may come out as 0.
 */
enum PerfOperation {
  /** {@link Communicator#allReduce}. */
  ALL_REDUCE(Root.NONE, true, true) {
    @Override
    Plan plan(Shape shape, DataType type, long total) {
      return Plan.simple(
          total,
          total,
          total,
          List.of(new Part(0, total, new Input(shape.rank(), 0))),
          List.of(new Part(0, total, new Reduced(0))));
    }

    @Override
    double busFactor(int ranks) {
      return 2.0 * (ranks - 1) / ranks;
    }

    @Override
    Runnable call(Communicator comm, Plan plan, Buffers buffers, int root) {
      return () ->
          comm.allReduce(
              buffers.send(),
              buffers.recv(),
              plan.count(),
              buffers.op(),
              buffers.stream(),
              CollectiveOptions.DEFAULT);
    }
  },

  /** {@link Communicator#allGather}. */
  ALL_GATHER(Root.NONE, false, true) {
    @Override
    Plan plan(Shape shape, DataType type, long total) {
      long part = partOf(total, shape.ranks(), type);
      List<Part> all = streams(shape.ranks(), part, 0, 1);
      return new Plan(
          part,
          part,
          part * shape.ranks(),
          part * shape.rank(),
          0,
          List.of(new Part(0, part, new Input(shape.rank(), 0))),
          all,
          all);
    }

    @Override
    Runnable call(Communicator comm, Plan plan, Buffers buffers, int root) {
      return () ->
          comm.allGather(
              buffers.send(),
              buffers.recv(),
              plan.count(),
              buffers.stream(),
              CollectiveOptions.DEFAULT);
    }
  },

  /** {@link Communicator#reduceScatter}. */
  REDUCE_SCATTER(Root.NONE, true, true) {
    @Override
    Plan plan(Shape shape, DataType type, long total) {
      long part = partOf(total, shape.ranks(), type);
      List<Part> result = List.of(new Part(0, part, new Reduced(part * shape.rank())));
      return new Plan(
          part,
          part * shape.ranks(),
          part,
          0,
          part * shape.rank(),
          List.of(new Part(0, part * shape.ranks(), new Input(shape.rank(), 0))),
          result,
          result);
    }

    @Override
    Runnable call(Communicator comm, Plan plan, Buffers buffers, int root) {
      return () ->
          comm.reduceScatter(
              buffers.send(),
              buffers.recv(),
              plan.count(),
              buffers.op(),
              buffers.stream(),
              CollectiveOptions.DEFAULT);
    }
  },

  /** {@link Communicator#broadcast}. */
  BROADCAST(Root.ONE, false, true) {
    @Override
    Plan plan(Shape shape, DataType type, long total) {
      List<Part> content = List.of(new Part(0, total, new Input(shape.root(), 0)));
      return Plan.simple(total, total, total, shape.isRoot() ? content : List.of(), content);
    }

    @Override
    double busFactor(int ranks) {
      return 1;
    }

    @Override
    Runnable call(Communicator comm, Plan plan, Buffers buffers, int root) {
      return () ->
          comm.broadcast(
              buffers.send(),
              buffers.recv(),
              plan.count(),
              root,
              buffers.stream(),
              CollectiveOptions.DEFAULT);
    }
  },

  /** {@link Communicator#reduce}. */
  REDUCE(Root.ONE, true, true) {
    @Override
    Plan plan(Shape shape, DataType type, long total) {
      List<Part> input = List.of(new Part(0, total, new Input(shape.rank(), 0)));
      List<Part> reduced = List.of(new Part(0, total, new Reduced(0)));
      List<Part> untouched = List.of(new Part(0, total, new Untouched()));
      return new Plan(
          total,
          total,
          total,
          0,
          0,
          input,
          shape.isRoot() ? reduced : untouched,
          shape.isRoot() ? reduced : input);
    }

    @Override
    double busFactor(int ranks) {
      return 1;
    }

    @Override
    Runnable call(Communicator comm, Plan plan, Buffers buffers, int root) {
      return () ->
          comm.reduce(
              buffers.send(),
              buffers.recv(),
              plan.count(),
              buffers.op(),
              root,
              buffers.stream(),
              CollectiveOptions.DEFAULT);
    }
  },

  /** {@link Communicator#allToAll}. */
  ALLTOALL(Root.NONE, false, false) {
    @Override
    Plan plan(Shape shape, DataType type, long total) {
      int ranks = shape.ranks();
      long part = partOf(total, ranks, type);
      return Plan.simple(
          part,
          part * ranks,
          part * ranks,
          streams(ranks, part, shape.rank() * ranks, 1),
          streams(ranks, part, shape.rank(), ranks));
    }

    @Override
    Runnable call(Communicator comm, Plan plan, Buffers buffers, int root) {
      return () ->
          comm.allToAll(
              buffers.send(),
              buffers.recv(),
              plan.count(),
              buffers.stream(),
              CollectiveOptions.DEFAULT);
    }
  },

  /** {@link Communicator#gather}. */
  GATHER(Root.ONE, false, true) {
    @Override
    Plan plan(Shape shape, DataType type, long total) {
      long part = partOf(total, shape.ranks(), type);
      long mine = part * shape.rank();
      long all = part * shape.ranks();
      Input input = new Input(shape.rank(), 0);
      List<Part> gathered = streams(shape.ranks(), part, 0, 1);
      List<Part> untouched = List.of(new Part(0, all, new Untouched()));
      // Elsewhere than on the root the one buffer still holds what this rank sent, and else nothing
      // new.
      List<Part> sentOnly =
          List.of(
              new Part(0, mine, new Untouched()),
              new Part(mine, part, input),
              new Part(mine + part, all - mine - part, new Untouched()));
      return new Plan(
          part,
          part,
          all,
          mine,
          0,
          List.of(new Part(0, part, input)),
          shape.isRoot() ? gathered : untouched,
          shape.isRoot() ? gathered : sentOnly);
    }

    @Override
    Runnable call(Communicator comm, Plan plan, Buffers buffers, int root) {
      return () ->
          comm.gather(
              buffers.send(),
              buffers.recv(),
              plan.count(),
              root,
              buffers.stream(),
              CollectiveOptions.DEFAULT);
    }
  },

  /** {@link Communicator#scatter}. */
  SCATTER(Root.ONE, false, true) {
    @Override
    Plan plan(Shape shape, DataType type, long total) {
      long part = partOf(total, shape.ranks(), type);
      List<Part> result = List.of(new Part(0, part, new Input(shape.rank(), 0)));
      return new Plan(
          part,
          part * shape.ranks(),
          part,
          0,
          part * shape.rank(),
          shape.isRoot() ? streams(shape.ranks(), part, 0, 1) : List.of(),
          result,
          result);
    }

    @Override
    Runnable call(Communicator comm, Plan plan, Buffers buffers, int root) {
      return () ->
          comm.scatter(
              buffers.send(),
              buffers.recv(),
              plan.count(),
              root,
              buffers.stream(),
              CollectiveOptions.DEFAULT);
    }
  },

  /** {@link Communicator#send} to the next rank and {@link Communicator#recv} from the previous. */
  SENDRECV(Root.NONE, false, false) {
    @Override
    Plan plan(Shape shape, DataType type, long total) {
      return Plan.simple(
          total,
          total,
          total,
          List.of(new Part(0, total, new Input(shape.rank(), 0))),
          List.of(new Part(0, total, new Input(previous(shape.rank(), shape.ranks()), 0))));
    }

    @Override
    double busFactor(int ranks) {
      return 1;
    }

    @Override
    Runnable call(Communicator comm, Plan plan, Buffers buffers, int root) {
      int next = (comm.rank() + 1) % comm.size();
      int previous = previous(comm.rank(), comm.size());
      Runnable both =
          () -> {
            comm.send(
                buffers.send(), plan.count(), next, buffers.stream(), CollectiveOptions.DEFAULT);
            comm.recv(
                buffers.recv(),
                plan.count(),
                previous,
                buffers.stream(),
                CollectiveOptions.DEFAULT);
          };
      return () -> comm.group(both);
    }
  },

  /**
   * {@link Communicator#allToAllV}, where a rank sends the more to another the further it is behind
   * it, and nothing to itself.
   */
  ALLTOALLV(Root.NONE, false, false) {
    @Override
    Plan plan(Shape shape, DataType type, long total) {
      int ranks = shape.ranks();
      long part = partOf(total, ranks, type);
      long[] sends = sendCounts(shape.rank(), ranks, part, type);
      long[] recvs = recvCounts(shape.rank(), ranks, part, type);
      return Plan.simple(
          part,
          sum(sends),
          sum(recvs),
          parts(sends, shape.rank() * ranks, 1),
          parts(recvs, shape.rank(), ranks));
    }

    @Override
    Runnable call(Communicator comm, Plan plan, Buffers buffers, int root) {
      DataType type = buffers.send().type();
      long[] sends = sendCounts(comm.rank(), comm.size(), plan.count(), type);
      long[] recvs = recvCounts(comm.rank(), comm.size(), plan.count(), type);
      return () -> comm.allToAllV(buffers.send(), sends, buffers.recv(), recvs, buffers.stream());
    }
  };

  /**
   * What a call needs besides its counts.
   *
   * @param send the send buffer
   * @param recv the receive buffer
   * @param op the reduction; any where the operation reduces nothing
   * @param stream where to enqueue
   */
  record Buffers(DeviceBuffer send, DeviceBuffer recv, ReduceOp op, Stream stream) {}

  private enum Root {
    NONE,
    ONE
  }

  private static final int ALIGNMENT = 16;

  private final Root root;
  private final boolean reduces;
  private final boolean inPlace;

  PerfOperation(Root root, boolean reduces, boolean inPlace) {
    this.root = root;
    this.reduces = reduces;
    this.inPlace = inPlace;
  }

  String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  boolean hasRoot() {
    return root == Root.ONE;
  }

  boolean reduces() {
    return reduces;
  }

  boolean hasInPlaceForm() {
    return inPlace;
  }

  /**
   * Plans one operation.
   *
   * @param total the number of elements that the size on the command line holds
   */
  abstract Plan plan(Shape shape, DataType type, long total);

  /**
   * Bus bandwidth over algorithm bandwidth. Most operations leave a rank's own part where it is.
   */
  double busFactor(int ranks) {
    return (ranks - 1.0) / ranks;
  }

  /** The call to measure, with all that can be prepared for it. */
  abstract Runnable call(Communicator comm, Plan plan, Buffers buffers, int root);

  static PerfOperation parse(String text) {
    for (PerfOperation operation : values()) {
      if (operation.text().equals(text)) {
        return operation;
      }
    }
    throw UsageException.notAllowed("OPERATION", text, allowed());
  }

  static String allowed() {
    return Arrays.stream(values()).map(PerfOperation::text).collect(Collectors.joining(", "));
  }

  private static long partOf(long total, int ranks, DataType type) {
    return roundDown(total / ranks, type);
  }

  private static long roundDown(long count, DataType type) {
    return count & -(long) (ALIGNMENT / type.byteSize());
  }

  private static int previous(int rank, int ranks) {
    return (rank + ranks - 1) % ranks;
  }

  /** Equal parts, one for each rank, of the streams {@code first + k * step}. */
  private static List<Part> streams(int ranks, long part, int first, int step) {
    long[] counts = new long[ranks];
    Arrays.fill(counts, part);
    return parts(counts, first, step);
  }

  private static List<Part> parts(long[] counts, int first, int step) {
    List<Part> parts = new ArrayList<>();
    long offset = 0;
    for (int k = 0; k < counts.length; k++) {
      parts.add(new Part(offset, counts[k], new Input(first + k * step, 0)));
      offset += counts[k];
    }
    return parts;
  }

  private static long[] sendCounts(int rank, int ranks, long part, DataType type) {
    long[] counts = new long[ranks];
    for (int to = 0; to < ranks; to++) {
      counts[to] = weighted(rank, to, ranks, part, type);
    }
    return counts;
  }

  private static long[] recvCounts(int rank, int ranks, long part, DataType type) {
    long[] counts = new long[ranks];
    for (int from = 0; from < ranks; from++) {
      counts[from] = weighted(from, rank, ranks, part, type);
    }
    return counts;
  }

  /** The share of a rank's {@code ranks * part} elements that goes to another, by distance. */
  private static long weighted(int from, int to, int ranks, long part, DataType type) {
    if (ranks == 1) {
      return part;
    }
    int distance = (to - from + ranks) % ranks;
    // The distances sum to ranks * (ranks - 1) / 2.
    return roundDown((long) (2.0 * part * distance / (ranks - 1)), type);
  }

  private static long sum(long[] counts) {
    return Arrays.stream(counts).sum();
  }
}
