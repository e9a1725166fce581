package org.ccl4j.tools;

/** Reads numbers from the command line, with one form of message for all mistakes. */
final class Arguments {
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
}
