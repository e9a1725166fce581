package org.ccl4j.tck;

import java.util.List;
import org.ccl4j.api.DataType;
import org.ccl4j.api.ReduceOp;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Area 5: all-gather, reduce-scatter, gather and scatter. */
@SuppressWarnings("MemberName") // the rule's number leads each name
public interface GatherScatterRules extends ConformanceRules {

  /** Rule 5.1. */
  @OnWorlds
  default void rule_05_01_all_gather_orders_by_rank(int ranks) {
    kit()
        .run(
            ranks,
            bench ->
                Sweep.over(
                    bench.types(),
                    Sweep.SMALL,
                    (type, count, inPlace) -> Sweep.allGather(bench, type, count, inPlace)));
  }

  /** Rule 5.2. */
  @OnWorlds
  default void rule_05_02_reduce_scatter_is_exact(int ranks) {
    kit()
        .run(
            ranks,
            bench -> {
              for (ReduceOp op : ReduceOp.Builtin.values()) {
                Sweep.over(
                    bench.reducibleTypes(),
                    new int[] {0, 1, 17, 1023},
                    (type, count, inPlace) -> Sweep.reduceScatter(bench, op, type, count, inPlace));
              }
            });
  }

  /** Rule 5.3. */
  @OnWorlds
  default void rule_05_03_gather_to_any_root(int ranks) {
    kit()
        .run(
            ranks,
            bench -> {
              for (int root = 0; root < ranks; root++) {
                int to = root;
                Sweep.over(
                    root == 0 ? bench.types() : List.of(DataType.INT32),
                    new int[] {0, 3, 1023},
                    (type, count, inPlace) -> Sweep.gather(bench, type, count, to, inPlace));
              }
            });
  }

  /** Rule 5.4. */
  @OnWorlds
  default void rule_05_04_scatter_from_any_root(int ranks) {
    kit()
        .run(
            ranks,
            bench -> {
              for (int root = 0; root < ranks; root++) {
                int from = root;
                Sweep.over(
                    root == 0 ? bench.types() : List.of(DataType.INT32),
                    new int[] {0, 3, 1023},
                    (type, count, inPlace) -> Sweep.scatter(bench, type, count, from, inPlace));
              }
            });
  }

  /** Rule 5.5. */
  @Test
  default void rule_05_05_long_buffers() {
    kit()
        .run(
            3,
            bench -> {
              for (DataType type : List.of(DataType.UINT8, DataType.BFLOAT16, DataType.FLOAT32)) {
                Sweep.allGather(bench, type, Sweep.LARGE, false);
                Sweep.reduceScatter(bench, ReduceOp.SUM, type, Sweep.LARGE, true);
                Sweep.gather(bench, type, Sweep.LARGE, 2, true);
                Sweep.scatter(bench, type, Sweep.LARGE, 2, false);
              }
            });
  }

  /** Rule 5.6. */
  @ParameterizedTest(name = "{0} ranks")
  @ValueSource(ints = {16, 64})
  default void rule_05_06_all_gather_with_many_ranks(int ranks) {
    kit()
        .run(
            ranks,
            bench -> {
              for (DataType type : List.of(DataType.INT8, DataType.FLOAT32, DataType.INT64)) {
                Sweep.allGather(bench, type, 1023, false);
                Sweep.allGather(bench, type, 17, true);
              }
            });
  }
}
