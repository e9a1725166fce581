package org.ccl4j.core;

import java.time.Duration;
import org.ccl4j.api.CclUsageException;
import org.ccl4j.api.ErrorCode;
import org.jspecify.annotations.Nullable;

/** Lengths of time and moments as nanoseconds. */
final class Times {
  private static final long LONGEST = Long.MAX_VALUE / 4; // 73 years; moments do not overflow

  private Times() {}

  static long nanos(Duration duration) {
    return duration.toSeconds() >= LONGEST / 1_000_000_000L
        ? LONGEST
        : Math.min(LONGEST, duration.toNanos());
  }

  static long positiveNanos(String what, @Nullable Duration duration) {
    if (duration == null) {
      throw Arguments.nullArgument(what);
    }
    if (duration.isZero() || duration.isNegative()) {
      throw new CclUsageException(
          ErrorCode.OUT_OF_RANGE,
          what + " is " + duration + "; allowed is a length of time greater than zero.");
    }
    return nanos(duration);
  }
}
