package org.ccl4j.api;

import java.time.Duration;

/** The one check that every length of time in the API goes through. */
final class Durations {
  private Durations() {}

  static Duration requirePositive(String what, Duration value) {
    Required.nonNull(what, value);
    if (value.isZero() || value.isNegative()) {
      throw new CclUsageException(
          ErrorCode.OUT_OF_RANGE,
          what + " is " + value + "; allowed is a length of time greater than zero.");
    }
    return value;
  }
}
