package org.ccl4j.api;

/** Offsets of parts that lie one after the other. */
final class Packed {
  private Packed() {}

  /**
   * The running sums of counts. Wrong counts (negative, overflowing) give offsets that the checks
   * of the operation refuse, so they need no check here.
   */
  static long[] offsets(String name, long[] counts) {
    Required.nonNull(name, counts);
    long[] offsets = new long[counts.length];
    long next = 0;
    for (int i = 0; i < counts.length; i++) {
      offsets[i] = next;
      next += counts[i];
    }
    return offsets;
  }
}
