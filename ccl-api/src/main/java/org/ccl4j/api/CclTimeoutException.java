package org.ccl4j.api;

import org.jspecify.annotations.Nullable;

/**
 * Something did not happen in time, or the waiting thread was interrupted. The message says what
 * was waited for and, where it is known, who is missing.
 */
public final class CclTimeoutException extends CclException {
  private static final long serialVersionUID = 1L;

  /**
   * Makes an exception without circumstances or cause.
   *
   * @param code the stable code
   * @param message what was wrong, the value, what is allowed, what to do
   */
  public CclTimeoutException(ErrorCode code, String message) {
    this(code, message, ErrorDetails.NONE, null);
  }

  /**
   * Makes an exception.
   *
   * @param code the stable code
   * @param message what was wrong, the value, what is allowed, what to do
   * @param details the circumstances
   * @param cause what led to it; null when it is the first
   */
  public CclTimeoutException(
      ErrorCode code, String message, ErrorDetails details, @Nullable Throwable cause) {
    super(code, message, details, cause);
  }
}
