package org.ccl4j.tools;

import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * The results for one size.
 *
 * @param size bytes of the larger buffer
 * @param count the number of elements, as the operation counts them
 * @param series type, reduction and root
 * @param outOfPlace the form with two buffers
 * @param inPlace the form with one; null where the operation has none
 */
record PerfRow(
    long size, long count, PerfSeries series, Timing outOfPlace, @Nullable Timing inPlace) {

  /**
   * One form at one size.
   *
   * @param iterations how many were timed
   * @param micros the time of one operation
   * @param algorithmBandwidth size over time, in units of 10^9 bytes a second
   * @param busBandwidth what the links between the ranks carry, in the same unit
   * @param wrong the number of wrong elements on all ranks; empty when none were checked
   */
  record Timing(
      int iterations,
      double micros,
      double algorithmBandwidth,
      double busBandwidth,
      OptionalLong wrong) {

    static Timing of(
        int iterations, double seconds, long size, double busFactor, OptionalLong wrong) {
      double bandwidth = size / 1e9 / seconds;
      return new Timing(iterations, seconds * 1e6, bandwidth, bandwidth * busFactor, wrong);
    }
  }
}
