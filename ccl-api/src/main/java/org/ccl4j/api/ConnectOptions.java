package org.ccl4j.api;

import java.time.Duration;

/**
 * What may be said when a communicator is made. Immutable.
 *
 * @param timeout how long all ranks together may take to connect; also the bound on closing the
 *     communicator later
 * @param name the communicator's name in messages and reports; empty for one made up from its place
 *     in the program
 */
public record ConnectOptions(Duration timeout, String name) {
  /** Two minutes, no name. */
  public static final ConnectOptions DEFAULT = new ConnectOptions(Duration.ofMinutes(2), "");

  /**
   * Checks the timeout.
   *
   * @param timeout as in the record
   * @param name as in the record
   * @throws CclUsageException {@link ErrorCode#OUT_OF_RANGE} when the timeout is zero or negative
   */
  public ConnectOptions {
    Durations.requirePositive("timeout", timeout);
    Required.nonNull("name", name);
  }

  /**
   * These options with another timeout.
   *
   * @param timeout greater than zero
   * @return new options
   */
  public ConnectOptions withTimeout(Duration timeout) {
    return new ConnectOptions(timeout, name);
  }

  /**
   * These options with another name.
   *
   * @param name any text
   * @return new options
   */
  public ConnectOptions withName(String name) {
    return new ConnectOptions(timeout, name);
  }
}
