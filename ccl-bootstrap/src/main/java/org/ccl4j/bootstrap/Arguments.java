package org.ccl4j.bootstrap;

import java.time.Duration;
import org.ccl4j.api.CclUsageException;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.Store;
import org.jspecify.annotations.Nullable;

/** The checks that all stores make in the same words, before anything is sent or written. */
final class Arguments {
  // Longer waits would overflow the clock; nobody waits for 292 years.
  private static final Duration LONGEST_WAIT = Duration.ofNanos(Long.MAX_VALUE);

  private Arguments() {}

  static <T> T nonNull(String what, @Nullable T value) {
    if (value == null) {
      throw new CclUsageException(
          ErrorCode.NULL_ARGUMENT, what + " is null; allowed is an object. Pass one.");
    }
    return value;
  }

  static void requireKey(@Nullable String given) {
    String key = nonNull("key", given);
    if (key.isEmpty() || key.length() > Store.MAX_KEY_LENGTH) {
      throw new CclUsageException(
          ErrorCode.OUT_OF_RANGE,
          "key has "
              + key.length()
              + " characters; allowed are 1 to "
              + Store.MAX_KEY_LENGTH
              + ".");
    }
    // Half a character has no UTF-8, so that two such keys would become one on their way.
    if (key.codePoints().anyMatch(c -> c >= Character.MIN_SURROGATE && c <= 0xDFFF)) {
      throw new CclUsageException(
          ErrorCode.INVALID_ARGUMENT,
          "key has an unpaired surrogate; allowed is text that can be written as UTF-8.");
    }
  }

  static byte[] copyOf(String what, byte @Nullable [] value) {
    byte[] given = nonNull(what, value);
    requireLength(what, given.length, Store.MAX_VALUE_BYTES);
    return given.clone();
  }

  private static void requireLength(String what, int length, int max) {
    if (length > max) {
      throw new CclUsageException(
          ErrorCode.OUT_OF_RANGE,
          what + " has " + length + " bytes; allowed are 0 to " + max + ".");
    }
  }

  static Duration requirePositive(String what, @Nullable Duration given) {
    Duration value = nonNull(what, given);
    if (value.isZero() || value.isNegative()) {
      throw new CclUsageException(
          ErrorCode.OUT_OF_RANGE,
          what + " is " + value + "; allowed is a length of time greater than zero.");
    }
    return value;
  }

  /** A positive length of time in nanoseconds; the longest there are where it has more. */
  static long nanos(Duration timeout) {
    return timeout.compareTo(LONGEST_WAIT) > 0 ? Long.MAX_VALUE : timeout.toNanos();
  }

  static int requireRange(String what, int value, int min, int max) {
    if (value < min || value > max) {
      throw new CclUsageException(
          ErrorCode.OUT_OF_RANGE,
          what + " is " + value + "; allowed is " + min + " to " + max + ".");
    }
    return value;
  }

  static void requireAtLeastOne(String what, long value) {
    if (value < 1) {
      throw new CclUsageException(
          ErrorCode.OUT_OF_RANGE, what + " is " + value + "; allowed is 1 or more.");
    }
  }
}
