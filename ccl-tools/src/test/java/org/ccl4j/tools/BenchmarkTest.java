package org.ccl4j.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class BenchmarkTest {
  private static PerfConfig.Sizes sizes(long min, long max) {
    return new PerfConfig.Sizes(min, max, 0, 2);
  }

  @Test
  void theWarmUpHasSomethingToDoWhereTheFirstRowHasNothing() {
    assertEquals(64, Benchmark.warmUpSizes(sizes(8, 1024), bytes -> bytes < 64).get(0));
    assertEquals(64, Benchmark.warmUpSizes(sizes(0, 1024), bytes -> bytes < 64).get(0));
    assertEquals(8, Benchmark.warmUpSizes(sizes(8, 1024), bytes -> false).get(0));
  }

  @Test
  void theWarmUpHasTheSmallSizesOfTheRows() {
    assertEquals(
        List.of(8L, 32L, 128L, 512L, 2048L, 8192L),
        Benchmark.warmUpSizes(sizes(8, 1 << 30), bytes -> false));
    assertEquals(List.of(8L, 32L), Benchmark.warmUpSizes(sizes(8, 100), bytes -> false));
    assertEquals(List.of(8L), Benchmark.warmUpSizes(sizes(8, 8), bytes -> false));
  }

  @Test
  void theWarmUpIsShortAndWithinTheMemoryThatThereIs() {
    assertEquals(List.of(16_384L), Benchmark.warmUpSizes(sizes(1 << 20, 1 << 30), bytes -> false));
    assertEquals(List.of(100L), Benchmark.warmUpSizes(sizes(8, 100), bytes -> true));
  }
}
