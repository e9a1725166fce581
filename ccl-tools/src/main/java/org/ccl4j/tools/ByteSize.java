package org.ccl4j.tools;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Sizes in bytes as people write them: {@code 8}, {@code 64K}, {@code 8M}, {@code 1G}. */
final class ByteSize {
  private static final Pattern FORM = Pattern.compile("(\\d+)([KMGTkmgt]?)");
  private static final String UNITS = "KMGT";
  private static final String ALLOWED =
      "a whole number of bytes below 2^63, with K, M, G or T (powers of 1024) behind it or not, such"
          + " as 8, 64K or 1G";

  private ByteSize() {}

  /**
   * Reads a size.
   *
   * @param option for the message
   */
  static long parse(String option, String text) {
    Matcher match = FORM.matcher(text.strip());
    if (match.matches()) {
      String unit = match.group(2).toUpperCase(Locale.ROOT);
      int shift = unit.isEmpty() ? 0 : 10 * (UNITS.indexOf(unit) + 1);
      try {
        return Math.multiplyExact(Long.parseLong(match.group(1)), 1L << shift);
      } catch (NumberFormatException | ArithmeticException e) {
        // too large: the one message says what is allowed
      }
    }
    throw UsageException.notAllowed(option, text, ALLOWED);
  }

  /** Writes a size for people, with one digit behind the point. */
  static String format(long bytes) {
    int unit = 0;
    double value = bytes;
    while (unit < UNITS.length() && value >= 1024) {
      value /= 1024;
      unit++;
    }
    return unit == 0
        ? bytes + " B"
        : String.format(Locale.ROOT, "%.1f %siB", value, UNITS.charAt(unit - 1));
  }
}
