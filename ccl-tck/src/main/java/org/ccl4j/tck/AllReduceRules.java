package org.ccl4j.tck;

import java.util.List;
import org.ccl4j.api.CclLibraryException;
import org.ccl4j.api.CollectiveOptions;
import org.ccl4j.api.DataType;
import org.ccl4j.api.Device;
import org.ccl4j.api.DeviceBuffer;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.ReduceOp;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Area 3: all-reduce. */
@SuppressWarnings("MemberName") // the rule's number leads each name
public interface AllReduceRules extends ConformanceRules {

  /** Rule 3.1. */
  @OnWorlds
  default void rule_03_01_sum_is_exact(int ranks) {
    sweep(ranks, ReduceOp.SUM);
  }

  /** Rule 3.2. */
  @OnWorlds
  default void rule_03_02_product_is_exact(int ranks) {
    sweep(ranks, ReduceOp.PROD);
  }

  /** Rule 3.3. */
  @OnWorlds
  default void rule_03_03_maximum_is_exact(int ranks) {
    sweep(ranks, ReduceOp.MAX);
  }

  /** Rule 3.4. */
  @OnWorlds
  default void rule_03_04_minimum_is_exact(int ranks) {
    sweep(ranks, ReduceOp.MIN);
  }

  /** Rule 3.5. */
  @OnWorlds
  default void rule_03_05_average_is_right(int ranks) {
    sweep(ranks, ReduceOp.AVG);
  }

  private void sweep(int ranks, ReduceOp op) {
    kit()
        .run(
            ranks,
            bench ->
                Sweep.over(
                    bench.reducibleTypes(),
                    Sweep.SMALL,
                    (type, count, inPlace) -> Sweep.allReduce(bench, op, type, count, inPlace)));
  }

  /** Rule 3.6. */
  @ParameterizedTest(name = "{0} ranks")
  @ValueSource(ints = {2, 3, 4})
  default void rule_03_06_long_buffers(int ranks) {
    kit()
        .run(
            ranks,
            bench -> {
              boolean inPlace = false;
              for (DataType type : bench.reducibleTypes()) {
                for (ReduceOp op : ReduceOp.Builtin.values()) {
                  Sweep.allReduce(bench, op, type, Sweep.LARGE, inPlace);
                  inPlace = !inPlace;
                }
              }
            });
  }

  /** Rule 3.7. */
  @ParameterizedTest(name = "{0} ranks")
  @ValueSource(ints = {16, 64})
  default void rule_03_07_many_ranks(int ranks) {
    kit()
        .run(
            ranks,
            bench -> {
              for (DataType type : bench.reducibleTypes()) {
                Sweep.allReduce(bench, ReduceOp.SUM, type, 1023, true);
                Sweep.allReduce(bench, ReduceOp.MAX, type, 17, false);
              }
            });
  }

  /** Rule 3.8. */
  @Test
  default void rule_03_08_count_limits_what_is_written() {
    kit()
        .run(
            3,
            bench -> {
              Data data = Data.reduction(DataType.INT32, Data.Kind.SUM, 3);
              Cells send = bench.cells(DataType.INT32, 100).with(0, 100, data.input(bench.rank()));
              Cells recv = bench.cells(DataType.INT32, 200);
              for (int count : List.of(0, 60)) {
                bench
                    .comm()
                    .allReduce(
                        send.buffer(),
                        recv.buffer(),
                        count,
                        ReduceOp.SUM,
                        bench.stream(),
                        CollectiveOptions.DEFAULT);
              }
              recv.expect(0, 60, data.expected());
              bench.check("allReduce of 60 of 100 elements into 200");
            });
  }

  /** Rule 3.9. */
  @Test
  default void rule_03_09_parts_at_any_offset() {
    kit()
        .run(
            2,
            bench -> {
              for (DataType type : bench.reducibleTypes()) {
                Data data = Data.reduction(type, Data.Kind.SUM, 2);
                Cells send = bench.cells(type, 300);
                Cells recv = bench.cells(type, 300);
                for (int offset : List.of(1, 34, 67, 101, 203)) {
                  send.with(offset, 31, data.input(bench.rank()), offset);
                }
                for (int offset : List.of(1, 34, 67, 101, 203)) {
                  // The receive side lies differently, so that no shared alignment helps.
                  int at = 297 - offset - 31;
                  bench
                      .comm()
                      .allReduce(
                          send.part(offset, 31), recv.part(at, 31), ReduceOp.SUM, bench.stream());
                  recv.expect(at, 31, data.expected(), offset);
                }
                bench.check("allReduce of parts of " + type);
              }
            });
  }

  /** Rule 3.10. */
  @Test
  default void rule_03_10_more_than_two_gibibytes() {
    long border = 1L << 31;
    long count = border + 4099;
    if (kit().largestBuffer() < count) {
      throw Kit.unsupported("a buffer of " + count + " bytes is needed");
    }
    kit()
        .run(
            2,
            bench -> {
              Data data = Data.reduction(DataType.UINT8, Data.Kind.SUM, 2);
              try (DeviceBuffer buffer = allocateOrSkip(bench.device(), count)) {
                bench.meet("enough memory");
                buffer.fill((byte) (100 + bench.rank()), bench.stream());
                int[] length = {4000, 5000, 3000};
                long[] windows = {0, border - 2500, count - 3000};
                for (int w = 0; w < windows.length; w++) {
                  Cells piece =
                      bench
                          .cells(DataType.UINT8, length[w])
                          .with(0, length[w], data.input(bench.rank()), windows[w]);
                  buffer.slice(windows[w], length[w]).copyFrom(piece.buffer(), bench.stream());
                }
                bench.check("uploading");
                bench.comm().allReduce(buffer, buffer, ReduceOp.SUM, bench.stream());
                Cells found = bench.cells(DataType.UINT8, 12_000 + 1000);
                int at = 0;
                for (int w = 0; w < windows.length; w++) {
                  found
                      .part(at, length[w])
                      .copyFrom(buffer.slice(windows[w], length[w]), bench.stream());
                  found.expect(at, length[w], data.expected(), windows[w]);
                  at += length[w];
                }
                Pattern rest = new Pattern(DataType.UINT8, i -> 201);
                for (int sample = 0; sample < 1000; sample++) {
                  long place = 4000 + Math.floorMod(Data.hash(1, sample), border - 2500 - 4000);
                  found.part(at, 1).copyFrom(buffer.slice(place, 1), bench.stream());
                  found.expect(at, 1, rest);
                  at++;
                }
                bench.check("allReduce of " + count + " bytes");
              }
            });
  }

  private static DeviceBuffer allocateOrSkip(Device device, long bytes) {
    try {
      return device.allocate(DataType.UINT8, bytes);
    } catch (CclLibraryException e) {
      if (e.code() == ErrorCode.OUT_OF_MEMORY) {
        throw Kit.unsupported("the device has no room for a buffer of " + bytes + " bytes");
      }
      throw e;
    }
  }
}
