package org.ccl4j.api;

import org.jspecify.annotations.Nullable;

/**
 * The root of everything that this project throws. Unchecked, because no caller can do more about
 * most failures than let them rise to where the job is managed; {@link #category()} says what to do
 * there.
 */
public abstract sealed class CclException extends RuntimeException
    permits CclLibraryException, CclSelectionException, CclTimeoutException, CclUsageException {
  private static final long serialVersionUID = 1L;

  private final ErrorCode code;
  private final transient ErrorDetails details;

  /**
   * Makes an exception.
   *
   * @param code the stable code
   * @param message what was wrong, the value, what is allowed, what to do
   * @param details the circumstances
   * @param cause what led to it; null when it is the first
   */
  protected CclException(
      ErrorCode code, String message, ErrorDetails details, @Nullable Throwable cause) {
    super(compose(code, message, details), cause);
    this.code = code;
    this.details = details;
  }

  private static String compose(ErrorCode code, String message, ErrorDetails details) {
    String where = details.toString();
    return code.text() + " " + message + (where.isEmpty() ? "" : " " + where);
  }

  /**
   * The code, then what was wrong, the value, what is allowed and what to do, then the
   * circumstances.
   *
   * @return never null
   */
  @Override
  public final String getMessage() {
    String message = super.getMessage();
    return message == null ? code.text() : message;
  }

  /**
   * The stable code; docs/errors.md has a heading for it.
   *
   * @return the code
   */
  public final ErrorCode code() {
    return code;
  }

  /**
   * What to do about it.
   *
   * @return the code's category
   */
  public final ErrorCategory category() {
    return code.category();
  }

  /**
   * The circumstances.
   *
   * @return what is known; {@link ErrorDetails#NONE} after deserialization
   */
  public final ErrorDetails details() {
    return details == null ? ErrorDetails.NONE : details;
  }
}
