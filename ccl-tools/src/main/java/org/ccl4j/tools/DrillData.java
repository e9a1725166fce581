package org.ccl4j.tools;

/** Numbers of which the reduction over any ranks is known without adding them up. */
final class DrillData {
  private DrillData() {}

  private static long at(long factor, int seed, int i) {
    return factor * (1 + i + 1_000_003L * seed);
  }

  /** What a rank sends. */
  static long[] input(int rank, int seed) {
    long[] values = new long[DrillRanks.COUNT];
    for (int i = 0; i < values.length; i++) {
      values[i] = at(rank + 1, seed, i);
    }
    return values;
  }

  static void requireSum(long[] found, int from, int ranks, int seed, String what) {
    require(found, from, ranks * (ranks + 1L) / 2, seed, what);
  }

  static void requireMax(long[] found, int from, int ranks, int seed, String what) {
    require(found, from, ranks, seed, what);
  }

  private static void require(long[] found, int from, long factor, int seed, String what) {
    for (int i = 0; i < DrillRanks.COUNT; i++) {
      long expected = at(factor, seed, i);
      if (found[from + i] != expected) {
        throw new DrillFailure(
            what + ": element " + i + " is " + found[from + i] + "; right is " + expected);
      }
    }
  }
}
