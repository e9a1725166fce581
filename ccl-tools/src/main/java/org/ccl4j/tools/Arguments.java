package org.ccl4j.tools;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads numbers from the command line, with one form of message for all mistakes. */
final class Arguments {
  private static final Pattern TIME = Pattern.compile("(\\d{1,9})(ms|s|m|h)?");

  private Arguments() {}

  /** A whole number within bounds. */
  static int count(String option, String text, int min, int max) {
    return (int) count(option, text, (long) min, max);
  }

  /** A whole number within bounds. */
  static long count(String option, String text, long min, long max) {
    try {
      long value = Long.parseLong(text.strip());
      if (value >= min && value <= max) {
        return value;
      }
    } catch (NumberFormatException e) {
      // falls through to the one message for both mistakes
    }
    throw UsageException.notAllowed(option, text, "a whole number from " + min + " to " + max);
  }

  /** A length of time, in seconds or with a unit. */
  static Duration time(String option, String text) {
    Matcher match = TIME.matcher(text.strip());
    if (match.matches()) {
      long number = Long.parseLong(match.group(1));
      Duration time =
          switch (match.group(2) == null ? "s" : match.group(2)) {
            case "ms" -> Duration.ofMillis(number);
            case "m" -> Duration.ofMinutes(number);
            case "h" -> Duration.ofHours(number);
            default -> Duration.ofSeconds(number);
          };
      if (!time.isZero()) {
        return time;
      }
    }
    throw UsageException.notAllowed(
        option, text, "a length of time greater than zero such as 500ms, 90s, 10m or 2h");
  }
}
