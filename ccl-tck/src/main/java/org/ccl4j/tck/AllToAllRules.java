package org.ccl4j.tck;

import java.util.List;
import org.ccl4j.api.DataType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Area 6: all-to-all. */
@SuppressWarnings("MemberName") // the rule's number leads each name
public interface AllToAllRules extends ConformanceRules {

  /** Rule 6.1. */
  @OnWorlds
  default void rule_06_01_each_rank_gets_its_parts_in_order(int ranks) {
    kit()
        .run(
            ranks,
            bench -> {
              for (DataType type : bench.types()) {
                for (int count : Sweep.SMALL) {
                  Sweep.allToAll(bench, type, count);
                }
              }
            });
  }

  /** Rule 6.2. */
  @Test
  default void rule_06_02_count_follows_from_the_length() {
    kit()
        .run(
            3,
            bench -> {
              Cells send =
                  bench
                      .cells(DataType.INT32, 30)
                      .with(0, 30, Data.moved(DataType.INT32, bench.rank()));
              Cells recv = bench.cells(DataType.INT32, 30);
              bench.comm().allToAll(send.buffer(), recv.buffer(), bench.stream());
              for (int r = 0; r < 3; r++) {
                recv.expect(10L * r, 10, Data.moved(DataType.INT32, r), 10L * bench.rank());
              }
              bench.check("allToAll without a count");
            });
  }

  /** Rule 6.3. */
  @Test
  default void rule_06_03_long_buffers() {
    kit()
        .run(
            3,
            bench -> {
              for (DataType type : List.of(DataType.UINT8, DataType.FLOAT32)) {
                Sweep.allToAll(bench, type, Sweep.LARGE);
              }
            });
  }

  /** Rule 6.4. */
  @ParameterizedTest(name = "{0} ranks")
  @ValueSource(ints = {16, 64})
  default void rule_06_04_many_ranks(int ranks) {
    kit()
        .run(
            ranks,
            bench -> {
              for (DataType type : List.of(DataType.INT8, DataType.FLOAT32, DataType.INT64)) {
                Sweep.allToAll(bench, type, 257);
              }
            });
  }
}
