package org.ccl4j.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class BenchmarkTest {
  private static PerfConfig.Sizes sizes(long min, long max) {
    return new PerfConfig.Sizes(min, max, 0, 2);
  }

  @Test
  void theWarmUpHasSomethingToDoWhereTheFirstRowHasNothing() {
    assertEquals(64, Benchmark.warmUpSize(sizes(8, 1024), bytes -> bytes < 64));
    assertEquals(64, Benchmark.warmUpSize(sizes(0, 1024), bytes -> bytes < 64));
    assertEquals(8, Benchmark.warmUpSize(sizes(8, 1024), bytes -> false));
  }

  @Test
  void theWarmUpIsShortAndWithinTheMemoryThatThereIs() {
    assertEquals(16_384, Benchmark.warmUpSize(sizes(1 << 20, 1 << 30), bytes -> false));
    assertEquals(100, Benchmark.warmUpSize(sizes(8, 100), bytes -> true));
  }
}
