package org.ccl4j.api;

import java.time.Duration;

/**
 * What may be said when a communicator is made. Immutable.
 *
 * @param timeout how long all ranks together may take to connect; also the bound on closing the
 *     communicator later
 * @param name the communicator's name in messages and reports; empty for one made up from its place
 *     in the program
 * @param tuning what is asked of the library; an option that it does not know is {@link
 *     ErrorCode#UNSUPPORTED}
 */
public record ConnectOptions(Duration timeout, String name, Tuning tuning) {
  /** Two minutes, no name, everything left to the library. */
  public static final ConnectOptions DEFAULT =
      new ConnectOptions(Duration.ofMinutes(2), "", Tuning.DEFAULT);

  /**
   * Checks the timeout.
   *
   * @param timeout as in the record
   * @param name as in the record
   * @param tuning as in the record
   * @throws CclUsageException {@link ErrorCode#OUT_OF_RANGE} when the timeout is zero or negative
   */
  public ConnectOptions {
    Durations.requirePositive("timeout", timeout);
    Required.nonNull("name", name);
    Required.nonNull("tuning", tuning);
  }

  /**
   * Options that leave everything to the library.
   *
   * @param timeout as in the record
   * @param name as in the record
   * @throws CclUsageException {@link ErrorCode#OUT_OF_RANGE} when the timeout is zero or negative
   */
  public ConnectOptions(Duration timeout, String name) {
    this(timeout, name, Tuning.DEFAULT);
  }

  /**
   * These options with another timeout.
   *
   * @param timeout greater than zero
   * @return new options
   */
  public ConnectOptions withTimeout(Duration timeout) {
    return new ConnectOptions(timeout, name, tuning);
  }

  /**
   * These options with another name.
   *
   * @param name any text
   * @return new options
   */
  public ConnectOptions withName(String name) {
    return new ConnectOptions(timeout, name, tuning);
  }

  /**
   * These options with another tuning.
   *
   * @param tuning what is asked of the library
   * @return new options
   */
  public ConnectOptions withTuning(Tuning tuning) {
    return new ConnectOptions(timeout, name, tuning);
  }
}
