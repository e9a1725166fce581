package org.ccl4j.tools;

/** A mistake on the command line that was found after parsing: one line for the user, exit 2. */
final class UsageException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  UsageException(String message) {
    super(message);
  }

  /** The one form of such a message: what, its value, what is allowed. */
  static UsageException notAllowed(String what, Object value, String allowed) {
    return new UsageException(what + " is '" + value + "'; allowed is " + allowed);
  }
}
