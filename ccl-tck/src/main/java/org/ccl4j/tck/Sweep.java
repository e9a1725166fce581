package org.ccl4j.tck;

import org.ccl4j.api.DataType;
import org.ccl4j.api.DeviceBuffer;
import org.ccl4j.api.ReduceOp;

/** Single collectives on data with known results, out of place and in place. */
final class Sweep {
  static final int[] SMALL = {0, 1, 3, 17, 1023, 4314};
  static final int LARGE = 393_216;
  private static final boolean[] FORMS = {false, true};

  private Sweep() {}

  /** One collective of one type and count. */
  @FunctionalInterface
  interface Case {
    void run(DataType type, int count, boolean inPlace);
  }

  /** All given types and counts in both forms. */
  static void over(Iterable<DataType> types, int[] counts, Case body) {
    for (DataType type : types) {
      for (int count : counts) {
        for (boolean inPlace : FORMS) {
          body.run(type, count, inPlace);
        }
      }
    }
  }

  static String describe(Bench bench, String operation, DataType type, int count, boolean inPlace) {
    return String.join(
        " ",
        operation,
        type.toString(),
        "x",
        Integer.toString(count),
        inPlace ? "in place" : "out of place",
        "on rank",
        Integer.toString(bench.rank()),
        "of",
        Integer.toString(bench.size()));
  }

  static void allReduce(Bench bench, ReduceOp op, DataType type, int count, boolean inPlace) {
    Data data = Data.reduction(type, Data.Kind.of(op), bench.size());
    Cells send = bench.cells(type, count).with(0, count, data.input(bench.rank()));
    Cells recv = inPlace ? send : bench.cells(type, count);
    bench
        .comm()
        .allReduce(send.buffer(), recv.buffer(), count, op, bench.stream(), bench.options());
    expectReduced(recv, 0, data, op, type, 0, count);
    bench.check(describe(bench, "allReduce " + op.displayName(), type, count, inPlace));
  }

  static void reduceScatter(Bench bench, ReduceOp op, DataType type, int count, boolean inPlace) {
    Data data = Data.reduction(type, Data.Kind.of(op), bench.size());
    long all = (long) count * bench.size();
    long own = (long) count * bench.rank();
    Cells send = bench.cells(type, all).with(0, all, data.input(bench.rank()));
    Cells recv = inPlace ? send : bench.cells(type, count);
    long at = inPlace ? own : 0;
    bench
        .comm()
        .reduceScatter(
            send.buffer(), recv.part(at, count), count, op, bench.stream(), bench.options());
    expectReduced(recv, at, data, op, type, own, count);
    bench.check(describe(bench, "reduceScatter " + op.displayName(), type, count, inPlace));
  }

  static void reduce(
      Bench bench, ReduceOp op, DataType type, int count, int root, boolean inPlace) {
    Data data = Data.reduction(type, Data.Kind.of(op), bench.size());
    boolean isRoot = bench.rank() == root;
    Cells send = bench.cells(type, count).with(0, count, data.input(bench.rank()));
    Cells recv = inPlace && isRoot ? send : bench.cells(type, count);
    bench
        .comm()
        .reduce(send.buffer(), recv.buffer(), count, op, root, bench.stream(), bench.options());
    if (isRoot) {
      expectReduced(recv, 0, data, op, type, 0, count);
    }
    bench.check(
        describe(bench, "reduce " + op.displayName() + " to " + root, type, count, inPlace));
  }

  static void broadcast(Bench bench, DataType type, int count, int root, boolean inPlace) {
    boolean isRoot = bench.rank() == root;
    Cells send = bench.cells(type, count).with(0, count, Data.moved(type, bench.rank()));
    Cells recv = inPlace ? send : bench.cells(type, count);
    bench
        .comm()
        .broadcast(
            // Away from the root the send buffer is ignored, be it there or not.
            isRoot || bench.rank() % 2 == 0 ? send.buffer() : null,
            recv.buffer(),
            count,
            root,
            bench.stream(),
            bench.options());
    recv.expect(0, count, Data.moved(type, root));
    bench.check(describe(bench, "broadcast from " + root, type, count, inPlace));
  }

  static void allGather(Bench bench, DataType type, int count, boolean inPlace) {
    long all = (long) count * bench.size();
    Cells recv = bench.cells(type, all);
    DeviceBuffer send;
    Pattern own = Data.moved(type, bench.rank());
    if (inPlace) {
      long at = (long) count * bench.rank();
      send = recv.with(at, count, own).part(at, count);
    } else {
      send = bench.cells(type, count).with(0, count, own).buffer();
    }
    bench.comm().allGather(send, recv.buffer(), count, bench.stream(), bench.options());
    expectGathered(bench, recv, type, count);
    bench.check(describe(bench, "allGather", type, count, inPlace));
  }

  static void gather(Bench bench, DataType type, int count, int root, boolean inPlace) {
    boolean isRoot = bench.rank() == root;
    Pattern own = Data.moved(type, bench.rank());
    Cells recv = bench.cells(type, (long) count * bench.size());
    DeviceBuffer send;
    if (inPlace && isRoot) {
      long at = (long) count * root;
      send = recv.with(at, count, own).part(at, count);
    } else {
      send = bench.cells(type, count).with(0, count, own).buffer();
    }
    bench
        .comm()
        .gather(
            send,
            isRoot || bench.rank() % 2 == 0 ? recv.buffer() : null,
            count,
            root,
            bench.stream(),
            bench.options());
    if (isRoot) {
      expectGathered(bench, recv, type, count);
    }
    bench.check(describe(bench, "gather to " + root, type, count, inPlace));
  }

  static void scatter(Bench bench, DataType type, int count, int root, boolean inPlace) {
    boolean isRoot = bench.rank() == root;
    long all = (long) count * bench.size();
    long own = (long) count * bench.rank();
    Cells send = bench.cells(type, all).with(0, all, Data.moved(type, bench.rank()));
    DeviceBuffer recv;
    if (inPlace && isRoot) {
      recv = send.part(own, count); // what the root gives itself is there already
    } else {
      recv = bench.cells(type, count).expect(0, count, Data.moved(type, root), own).buffer();
    }
    bench
        .comm()
        .scatter(
            isRoot || bench.rank() % 2 == 0 ? send.buffer() : null,
            recv,
            count,
            root,
            bench.stream(),
            bench.options());
    bench.check(describe(bench, "scatter from " + root, type, count, inPlace));
  }

  static void allToAll(Bench bench, DataType type, int count) {
    long all = (long) count * bench.size();
    Cells send = bench.cells(type, all).with(0, all, Data.moved(type, bench.rank()));
    Cells recv = bench.cells(type, all);
    bench.comm().allToAll(send.buffer(), recv.buffer(), count, bench.stream(), bench.options());
    for (int r = 0; r < bench.size(); r++) {
      recv.expect((long) r * count, count, Data.moved(type, r), (long) bench.rank() * count);
    }
    bench.check(describe(bench, "allToAll", type, count, false));
  }

  private static void expectGathered(Bench bench, Cells recv, DataType type, int count) {
    for (int r = 0; r < bench.size(); r++) {
      recv.expect((long) r * count, count, Data.moved(type, r));
    }
  }

  /** Expects the results of elements first to first + count at a place. */
  static void expectReduced(
      Cells recv, long at, Data data, ReduceOp op, DataType type, long first, int count) {
    if (op == ReduceOp.AVG && type.isFloatingPoint()) {
      recv.expectNear(at, count, data.means(), first);
    } else {
      recv.expect(at, count, data.expected(), first);
    }
  }
}
