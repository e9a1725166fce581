package org.ccl4j.api;

import org.jspecify.annotations.Nullable;

/**
 * The caller's mistake, found before the library was called: nothing was launched, nothing was
 * lost, and every object is as usable as before.
 */
public final class CclUsageException extends CclException {
  private static final long serialVersionUID = 1L;

  /**
   * Makes an exception without circumstances or cause.
   *
   * @param code the stable code
   * @param message what was wrong, the value, what is allowed, what to do
   */
  public CclUsageException(ErrorCode code, String message) {
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
  public CclUsageException(
      ErrorCode code, String message, ErrorDetails details, @Nullable Throwable cause) {
    super(code, message, details, cause);
  }
}
