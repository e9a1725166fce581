package org.ccl4j.tck;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.ccl4j.api.DataType;
import org.ccl4j.api.DeviceBuffer;
import org.ccl4j.api.ReduceOp;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

/** Area 17: determinism. */
@SuppressWarnings("MemberName") // the rule's number leads each name
public interface DeterminismRules extends ConformanceRules {

  /** The sums of numbers that do not add up exactly; their bits depend on the order. */
  private static List<Integer> inexactSums(Bench bench) {
    int count = 10_000;
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) (Data.hash(bench.rank(), i) * 0x1p-40);
    }
    try (DeviceBuffer x = bench.device().allocate(DataType.FLOAT32, count)) {
      x.copyFrom(values, bench.stream());
      bench.comm().allReduce(x, x, ReduceOp.SUM, bench.stream());
      x.copyTo(values, bench.stream());
    }
    List<Integer> bits = new ArrayList<>();
    for (float value : values) {
      bits.add(Float.floatToRawIntBits(value));
    }
    return bits;
  }

  /** Rule 17.1. */
  @OnWorlds
  default void rule_17_01_repeating_a_call_gives_the_same_bits(int ranks) {
    kit()
        .run(
            ranks,
            bench -> {
              List<Integer> first = inexactSums(bench);
              for (int again = 0; again < 3; again++) {
                Assertions.assertEquals(first, inexactSums(bench), "the same call again");
              }
            });
  }

  /** Rule 17.2. */
  @Test
  default void rule_17_02_repeating_a_program_gives_the_same_bits() {
    // From one run to the next, not from rank to rank: each entry belongs to one rank.
    ConcurrentMap<Integer, List<Integer>> before = new ConcurrentHashMap<>();
    for (int run = 0; run < 2; run++) {
      kit()
          .run(
              4,
              bench -> {
                List<Integer> bits = inexactSums(bench);
                if (bench.rank() == 0) {
                  bench.publish("bits of rank 0", bits.toString());
                }
                Assertions.assertEquals(
                    bench.read("bits of rank 0"),
                    bits.toString(),
                    "results of ranks 0 and " + bench.rank());
                List<Integer> earlier = before.put(bench.rank(), bits);
                if (earlier != null) {
                  Assertions.assertEquals(earlier, bits, "results of two runs");
                }
              });
    }
  }
}
