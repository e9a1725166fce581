package org.ccl4j.tools;

/** A mistake on the command line that was found after parsing: one line for the user. */
final class UsageException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int exitCode;

  UsageException(String message) {
    this(message, ExitCode.USAGE);
  }

  UsageException(String message, int exitCode) {
    super(message);
    this.exitCode = exitCode;
  }

  /** What the process ends with. */
  int exitCode() {
    return exitCode;
  }

  /** The one form of such a message: what, its value, what is allowed. */
  static UsageException notAllowed(String what, Object value, String allowed) {
    return new UsageException(what + " is '" + value + "'; allowed is " + allowed);
  }
}
