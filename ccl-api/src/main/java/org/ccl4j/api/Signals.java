package org.ccl4j.api;

/**
 * The signals that there are from each rank of a communicator to each other; see {@link
 * Communicator#signals()}.
 *
 * @param perContext how many each context has, 0 or more; indices are below it
 * @param contexts how many contexts there are, 0 or more; their numbers are below it
 */
public record Signals(int perContext, int contexts) {
  /** No signal at all. */
  public static final Signals NONE = new Signals(0, 0);

  /** {@link Signal#FIRST} and no other. */
  public static final Signals FIRST_ALONE = new Signals(1, 1);

  /**
   * Checks the numbers.
   *
   * @param perContext as in the record
   * @param contexts as in the record
   * @throws CclUsageException {@link ErrorCode#OUT_OF_RANGE} when one is negative
   */
  public Signals {
    if (perContext < 0 || contexts < 0) {
      throw new CclUsageException(
          ErrorCode.OUT_OF_RANGE,
          "there are "
              + perContext
              + " signals in each of "
              + contexts
              + " contexts; allowed are numbers from 0 on.");
    }
  }

  /**
   * Whether a signal is among them.
   *
   * @param signal which one
   * @return true when it can be raised and waited for
   */
  public boolean has(Signal signal) {
    return signal.index() < perContext && signal.context() < contexts;
  }
}
