package org.ccl4j.tck;

import java.util.List;
import org.ccl4j.api.DataType;
import org.ccl4j.api.ReduceOp;
import org.junit.jupiter.api.Test;

/** Area 4: broadcast and reduce. */
@SuppressWarnings("MemberName") // the rule's number leads each name
public interface RootedRules extends ConformanceRules {

  /** Rule 4.1. */
  @OnWorlds
  default void rule_04_01_broadcast_moves_every_bit(int ranks) {
    kit()
        .run(
            ranks,
            bench ->
                Sweep.over(
                    bench.types(),
                    Sweep.SMALL,
                    (type, count, inPlace) ->
                        Sweep.broadcast(bench, type, count, count % ranks, inPlace)));
  }

  /** Rule 4.2. */
  @OnWorlds
  default void rule_04_02_broadcast_from_any_root(int ranks) {
    kit()
        .run(
            ranks,
            bench -> {
              for (int root = 0; root < ranks; root++) {
                Sweep.broadcast(bench, DataType.INT64, 129, root, false);
                Sweep.broadcast(bench, DataType.FLOAT16, 1023, root, true);
              }
            });
  }

  /** Rule 4.3. */
  @OnWorlds
  default void rule_04_03_reduce_is_exact(int ranks) {
    kit()
        .run(
            ranks,
            bench -> {
              for (ReduceOp op : ReduceOp.Builtin.values()) {
                Sweep.over(
                    bench.reducibleTypes(),
                    new int[] {0, 3, 1023},
                    (type, count, inPlace) ->
                        Sweep.reduce(bench, op, type, count, (count + 1) % ranks, inPlace));
              }
            });
  }

  /** Rule 4.4. */
  @OnWorlds
  default void rule_04_04_reduce_to_any_root(int ranks) {
    kit()
        .run(
            ranks,
            bench -> {
              for (int root = 0; root < ranks; root++) {
                Sweep.reduce(bench, ReduceOp.SUM, DataType.INT64, 129, root, false);
                Sweep.reduce(bench, ReduceOp.MAX, DataType.FLOAT16, 1023, root, true);
              }
            });
  }

  /** Rule 4.5. */
  @Test
  default void rule_04_05_reduce_needs_no_receive_buffer_away_from_the_root() {
    kit()
        .run(
            3,
            bench -> {
              Data data = Data.reduction(DataType.INT32, Data.Kind.SUM, 3);
              Cells send = bench.cells(DataType.INT32, 50).with(0, 50, data.input(bench.rank()));
              Cells recv = bench.cells(DataType.INT32, 50);
              boolean isRoot = bench.rank() == 1;
              bench
                  .comm()
                  .reduce(
                      send.buffer(),
                      isRoot ? recv.buffer() : null,
                      ReduceOp.SUM,
                      1,
                      bench.stream());
              if (isRoot) {
                recv.expect(0, 50, data.expected());
              }
              bench.check("reduce to rank 1");
            });
  }

  /** Rule 4.6. */
  @Test
  default void rule_04_06_long_buffers() {
    kit()
        .run(
            3,
            bench -> {
              for (DataType type : List.of(DataType.UINT8, DataType.BFLOAT16, DataType.FLOAT64)) {
                Sweep.broadcast(bench, type, Sweep.LARGE, 2, false);
                Sweep.reduce(bench, ReduceOp.SUM, type, Sweep.LARGE, 1, true);
              }
            });
  }
}
