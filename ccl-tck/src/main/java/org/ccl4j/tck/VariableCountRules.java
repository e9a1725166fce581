package org.ccl4j.tck;

import java.util.Arrays;
import java.util.List;
import org.ccl4j.api.Capability;
import org.ccl4j.api.CollectiveOptions;
import org.ccl4j.api.DataType;
import org.ccl4j.api.DeviceBuffer;
import org.ccl4j.api.Graph;
import org.ccl4j.api.ReduceOp;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Area 8: operations whose counts differ from rank to rank. */
@SuppressWarnings("MemberName") // the rule's number leads each name
public interface VariableCountRules extends ConformanceRules {

  /** Where parts of given lengths lie, with a number of unused elements before each. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Layout(long[] counts, long[] offsets, long total) {
    static Layout of(long[] counts, long gap) {
      long[] offsets = new long[counts.length];
      long next = 0;
      for (int i = 0; i < counts.length; i++) {
        next += gap;
        offsets[i] = next;
        next += counts[i];
      }
      return new Layout(counts, offsets, next + gap);
    }
  }

  /** Different counts with zeros among them, all on one rank, and none at all. */
  private static List<long[]> countsOf(int ranks) {
    long[] varied = new long[ranks];
    Arrays.setAll(varied, r -> r % 3 == 1 ? 0 : 7L * r + 5);
    long[] allOnOne = new long[ranks];
    allOnOne[ranks - 1] = 1023;
    return List.of(varied, allOnOne, new long[ranks]);
  }

  private static long sent(int from, int to) {
    return (from + 2L * to) % 4 == 1 ? 0 : 3L * from + 11L * to + 1;
  }

  /** Rule 8.1. */
  @OnWorlds
  default void rule_08_01_all_to_all_v(int ranks) {
    kit()
        .run(
            ranks,
            bench -> {
              for (long gap : List.of(0L, 3L)) {
                for (DataType type : bench.types()) {
                  long[] out = new long[ranks];
                  long[] in = new long[ranks];
                  Arrays.setAll(out, to -> sent(bench.rank(), to));
                  Arrays.setAll(in, from -> sent(from, bench.rank()));
                  exchange(bench, type, Layout.of(out, gap), Layout.of(in, 2 * gap));
                }
              }
            });
  }

  /** Rule 8.2. */
  @Test
  default void rule_08_02_all_to_all_v_may_give_all_to_one_rank() {
    kit()
        .run(
            4,
            bench -> {
              long[] out = {0, 0, 1023, 0};
              long[] in = new long[4];
              Arrays.fill(in, bench.rank() == 2 ? 1023 : 0);
              exchange(bench, DataType.FLOAT32, Layout.of(out, 0), Layout.of(in, 0));
              long[] none = new long[4];
              exchange(bench, DataType.FLOAT32, Layout.of(none, 0), Layout.of(none, 0));
            });
  }

  /** What rank a sends to rank b starts at element 100 * b of the pattern of a. */
  private static void exchange(Bench bench, DataType type, Layout out, Layout in) {
    Cells send = bench.cells(type, out.total());
    Cells recv = bench.cells(type, in.total());
    for (int peer = 0; peer < bench.size(); peer++) {
      send.with(
          out.offsets()[peer], out.counts()[peer], Data.moved(type, bench.rank()), 100L * peer);
    }
    bench
        .comm()
        .allToAllV(
            send.buffer(),
            out.counts(),
            out.offsets(),
            recv.buffer(),
            in.counts(),
            in.offsets(),
            bench.stream(),
            CollectiveOptions.DEFAULT);
    for (int peer = 0; peer < bench.size(); peer++) {
      recv.expect(
          in.offsets()[peer], in.counts()[peer], Data.moved(type, peer), 100L * bench.rank());
    }
    bench.check("allToAllV of " + type + " on rank " + bench.rank() + " of " + bench.size());
  }

  /** Rule 8.3. */
  @OnWorlds
  default void rule_08_03_all_gather_v(int ranks) {
    kit()
        .run(
            ranks,
            bench -> {
              for (long[] counts : countsOf(ranks)) {
                for (long gap : List.of(0L, 3L)) {
                  for (DataType type : bench.types()) {
                    gatherOnAll(bench, type, Layout.of(counts, gap), gap == 3);
                  }
                }
              }
            });
  }

  private static void gatherOnAll(Bench bench, DataType type, Layout layout, boolean inPlace) {
    Cells recv = bench.cells(type, layout.total());
    DeviceBuffer send = ownPart(bench, type, layout, recv, inPlace);
    bench
        .comm()
        .allGatherV(
            send,
            recv.buffer(),
            layout.counts(),
            layout.offsets(),
            bench.stream(),
            CollectiveOptions.DEFAULT);
    expectParts(bench, recv, type, layout);
    bench.check("allGatherV of " + type + " on rank " + bench.rank() + " of " + bench.size());
  }

  private static DeviceBuffer ownPart(
      Bench bench, DataType type, Layout layout, Cells recv, boolean inPlace) {
    int rank = bench.rank();
    long count = layout.counts()[rank];
    Pattern own = Data.moved(type, rank);
    return inPlace
        ? recv.with(layout.offsets()[rank], count, own).part(layout.offsets()[rank], count)
        : bench.cells(type, count).with(0, count, own).buffer();
  }

  private static void expectParts(Bench bench, Cells recv, DataType type, Layout layout) {
    for (int r = 0; r < bench.size(); r++) {
      recv.expect(layout.offsets()[r], layout.counts()[r], Data.moved(type, r));
    }
  }

  /** Rule 8.4. */
  @OnWorlds
  default void rule_08_04_reduce_scatter_v(int ranks) {
    kit()
        .run(
            ranks,
            bench -> {
              for (long[] counts : countsOf(ranks)) {
                for (long gap : List.of(0L, 3L)) {
                  for (DataType type : bench.reducibleTypes()) {
                    ReduceOp op = type.isInteger() ? ReduceOp.SUM : ReduceOp.MAX;
                    scatterReduced(bench, op, type, Layout.of(counts, gap), gap == 3);
                  }
                }
              }
            });
  }

  private static void scatterReduced(
      Bench bench, ReduceOp op, DataType type, Layout layout, boolean inPlace) {
    Data data = Data.reduction(type, Data.Kind.of(op), bench.size());
    long own = layout.offsets()[bench.rank()];
    long count = layout.counts()[bench.rank()];
    Cells send =
        bench.cells(type, layout.total()).with(0, layout.total(), data.input(bench.rank()));
    Cells recv = inPlace ? send : bench.cells(type, count);
    long at = inPlace ? own : 0;
    bench
        .comm()
        .reduceScatterV(
            send.buffer(),
            layout.counts(),
            layout.offsets(),
            recv.part(at, count),
            op,
            bench.stream(),
            CollectiveOptions.DEFAULT);
    recv.expect(at, count, data.expected(), own);
    bench.check("reduceScatterV of " + type + " on rank " + bench.rank() + " of " + bench.size());
  }

  /** Rule 8.5. */
  @OnWorlds
  default void rule_08_05_gather_v(int ranks) {
    kit()
        .run(
            ranks,
            bench -> {
              for (long[] counts : countsOf(ranks)) {
                for (int root = 0; root < ranks; root++) {
                  gatherOnRoot(bench, DataType.FLOAT16, Layout.of(counts, root % 2), root, false);
                  gatherOnRoot(bench, DataType.UINT8, Layout.of(counts, 3), root, true);
                }
              }
            });
  }

  private static void gatherOnRoot(
      Bench bench, DataType type, Layout layout, int root, boolean inPlace) {
    boolean isRoot = bench.rank() == root;
    Cells recv = bench.cells(type, layout.total());
    DeviceBuffer send = ownPart(bench, type, layout, recv, inPlace && isRoot);
    bench
        .comm()
        .gatherV(
            send,
            isRoot ? recv.buffer() : null,
            layout.counts(),
            layout.offsets(),
            root,
            bench.stream(),
            CollectiveOptions.DEFAULT);
    if (isRoot) {
      expectParts(bench, recv, type, layout);
    }
    bench.check("gatherV to " + root + " on rank " + bench.rank() + " of " + bench.size());
  }

  /** Rule 8.6. */
  @OnWorlds
  default void rule_08_06_scatter_v(int ranks) {
    kit()
        .run(
            ranks,
            bench -> {
              for (long[] counts : countsOf(ranks)) {
                for (int root = 0; root < ranks; root++) {
                  scatterFromRoot(
                      bench, DataType.BFLOAT16, Layout.of(counts, root % 2), root, false);
                  scatterFromRoot(bench, DataType.INT64, Layout.of(counts, 3), root, true);
                }
              }
            });
  }

  private static void scatterFromRoot(
      Bench bench, DataType type, Layout layout, int root, boolean inPlace) {
    boolean isRoot = bench.rank() == root;
    long own = layout.offsets()[bench.rank()];
    long count = layout.counts()[bench.rank()];
    Cells send = bench.cells(type, layout.total()).with(0, layout.total(), Data.moved(type, root));
    DeviceBuffer recv =
        inPlace && isRoot
            ? send.part(own, count)
            : bench.cells(type, count).expect(0, count, Data.moved(type, root), own).buffer();
    bench
        .comm()
        .scatterV(
            isRoot ? send.buffer() : null,
            layout.counts(),
            layout.offsets(),
            recv,
            root,
            bench.stream(),
            CollectiveOptions.DEFAULT);
    bench.check("scatterV from " + root + " on rank " + bench.rank() + " of " + bench.size());
  }

  /** Rule 8.7. */
  @Test
  default void rule_08_07_short_forms_pack_the_parts() {
    kit()
        .run(
            2,
            bench -> {
              long[] counts = {40, 2};
              long own = counts[bench.rank()];
              DataType type = DataType.INT32;
              Pattern mine = Data.moved(type, bench.rank());
              Data data = Data.reduction(type, Data.Kind.SUM, 2);
              Cells all = bench.cells(type, 42);
              bench
                  .comm()
                  .allGatherV(
                      bench.cells(type, own).with(0, own, mine).buffer(),
                      all.buffer(),
                      counts,
                      bench.stream());
              expectParts(bench, all, type, Layout.of(counts, 0));
              Cells gathered = bench.cells(type, 42);
              bench
                  .comm()
                  .gatherV(
                      bench.cells(type, own).with(0, own, mine).buffer(),
                      gathered.buffer(),
                      counts,
                      1,
                      bench.stream());
              if (bench.rank() == 1) {
                expectParts(bench, gathered, type, Layout.of(counts, 0));
              }
              Cells part = bench.cells(type, own);
              bench
                  .comm()
                  .scatterV(
                      bench.cells(type, 42).with(0, 42, Data.moved(type, 0)).buffer(),
                      counts,
                      part.buffer(),
                      0,
                      bench.stream());
              part.expect(0, own, Data.moved(type, 0), 40L * bench.rank());
              Cells reduced = bench.cells(type, own);
              bench
                  .comm()
                  .reduceScatterV(
                      bench.cells(type, 42).with(0, 42, data.input(bench.rank())).buffer(),
                      counts,
                      reduced.buffer(),
                      ReduceOp.SUM,
                      bench.stream());
              reduced.expect(0, own, data.expected(), 40L * bench.rank());
              Cells received = bench.cells(type, 2 * own);
              bench
                  .comm()
                  .allToAllV(
                      bench.cells(type, 42).with(0, 42, mine).buffer(),
                      counts,
                      received.buffer(),
                      new long[] {own, own},
                      bench.stream());
              received.expect(0, own, Data.moved(type, 0), 40L * bench.rank());
              received.expect(own, own, Data.moved(type, 1), 40L * bench.rank());
              bench.check("short forms on rank " + bench.rank());
            });
  }

  /** Rule 8.8. */
  @Test
  default void rule_08_08_arrays_may_be_changed_once_all_to_all_v_has_returned() {
    kit()
        .run(
            3,
            bench -> {
              DataType type = DataType.INT32;
              int me = bench.rank();
              Cells send = bench.cells(type, 60).with(0, 60, Data.moved(type, me));
              DeviceBuffer from = send.buffer();
              Cells[] recv = {bench.cells(type, 60), bench.cells(type, 60)};
              DeviceBuffer[] to = {recv[0].buffer(), recv[1].buffer()};
              long[] counts = new long[3];
              long[] offsets = new long[3];
              bench
                  .comm()
                  .group(
                      () -> {
                        for (int round = 0; round < 2; round++) {
                          // As much to each rank as from it, a different number in each round.
                          for (int peer = 0; peer < 3; peer++) {
                            counts[peer] = (me + peer) * (round + 1L);
                            offsets[peer] = 20L * peer;
                          }
                          bench
                              .comm()
                              .allToAllV(
                                  from,
                                  counts,
                                  offsets,
                                  to[round],
                                  counts,
                                  offsets,
                                  bench.stream(),
                                  CollectiveOptions.DEFAULT);
                        }
                        Arrays.fill(counts, 1);
                        Arrays.fill(offsets, 59);
                      });
              for (int round = 0; round < 2; round++) {
                for (int peer = 0; peer < 3; peer++) {
                  recv[round].expect(
                      20L * peer, (me + peer) * (round + 1L), Data.moved(type, peer), 20L * me);
                }
              }
              bench.check("two all-to-alls of one group with the same arrays");
            });
  }

  /** Rule 8.9. */
  @Test
  default void rule_08_09_all_to_all_v_in_graphs() {
    kit()
        .run(
            2,
            Capability.GRAPHS,
            bench -> {
              int launches = 20;
              int me = bench.rank();
              long[] out = {1 + 2L * me, 2 + 2L * me};
              long[] in = {1 + me, 3 + me};
              int length = (int) (in[0] + in[1]);
              long[] values = new long[16];
              long[] found = new long[length * launches];
              try (DeviceBuffer send = bench.device().allocate(DataType.INT64, 16);
                  DeviceBuffer recv = bench.device().allocate(DataType.INT64, length);
                  DeviceBuffer all = bench.device().allocate(DataType.INT64, found.length);
                  Graph graph =
                      bench.stream()
                          .capture(
                              () -> bench.comm().allToAllV(send, out, recv, in, bench.stream()))) {
                for (int launch = 0; launch < launches; launch++) {
                  Arrays.fill(values, Data.hash(me, launch));
                  send.copyFrom(values, bench.stream());
                  graph.launch(bench.stream());
                  all.slice((long) length * launch, length).copyFrom(recv, bench.stream());
                }
                all.copyTo(found, bench.stream());
              }
              for (int i = 0; i < found.length; i++) {
                int from = i % length < in[0] ? 0 : 1;
                Assertions.assertEquals(
                    Data.hash(from, i / length), found[i], "element " + i + " of all launches");
              }
            });
  }

  /** Rule 8.10. */
  @ParameterizedTest(name = "{0} ranks")
  @ValueSource(ints = {2, 3, 4})
  default void rule_08_10_long_parts(int ranks) {
    kit()
        .run(
            ranks,
            bench -> {
              for (DataType type : List.of(DataType.UINT8, DataType.FLOAT64)) {
                long[] out = new long[ranks];
                long[] in = new long[ranks];
                Arrays.setAll(out, to -> 40_009L * sent(bench.rank(), to));
                Arrays.setAll(in, from -> 40_009L * sent(from, bench.rank()));
                exchange(bench, type, Layout.of(out, 1), Layout.of(in, 5));
              }
            });
  }
}
