package org.ccl4j.spi;

import org.jspecify.annotations.Nullable;

/**
 * What a call outside the hot path gave: a status and, where that is OK, a value.
 *
 * @param <T> the value's type
 * @param status {@link StatusCode#OK} or another code
 * @param value the value; null unless the status is OK (and null with OK only where the method says
 *     so)
 */
public record Result<T>(int status, @Nullable T value) {

  /**
   * A success.
   *
   * @param <T> the value's type
   * @param value the value
   * @return status OK with the value
   */
  public static <T> Result<T> of(T value) {
    return new Result<>(StatusCode.OK, value);
  }

  /**
   * A failure.
   *
   * @param <T> the type of the value that is not there
   * @param status not OK
   * @return the status without a value
   */
  public static <T> Result<T> failed(int status) {
    return new Result<>(status, null);
  }

  /**
   * Whether the call succeeded.
   *
   * @return true for OK
   */
  public boolean ok() {
    return status == StatusCode.OK;
  }
}
