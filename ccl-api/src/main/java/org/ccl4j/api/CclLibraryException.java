package org.ccl4j.api;

import org.jspecify.annotations.Nullable;

/** The library, the device, the store or another rank failed. */
public final class CclLibraryException extends CclException {
  private static final long serialVersionUID = 1L;

  /**
   * Makes an exception without circumstances or cause.
   *
   * @param code the stable code
   * @param message what was wrong, the value, what is allowed, what to do
   */
  public CclLibraryException(ErrorCode code, String message) {
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
  public CclLibraryException(
      ErrorCode code, String message, ErrorDetails details, @Nullable Throwable cause) {
    super(code, message, details, cause);
  }
}
