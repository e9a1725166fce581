package org.ccl4j.tools;

/** The library did not do what a drill asks of it. */
final class DrillFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  DrillFailure(String message) {
    super(message);
  }

  DrillFailure(String message, Throwable cause) {
    super(message, cause);
  }

  static void require(boolean condition, String otherwise) {
    if (!condition) {
      throw new DrillFailure(otherwise);
    }
  }
}
