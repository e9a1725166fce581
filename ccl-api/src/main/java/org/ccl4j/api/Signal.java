package org.ccl4j.api;

/**
 * Which of the signals between two ranks is meant. Each pair of a raising and a waiting rank has
 * its own; libraries have few of them, and {@link Communicator#signals()} says which. Keep
 * instances and use them again.
 *
 * @param index which signal ({@code sigIdx}), 0 or more
 * @param context which context ({@code ctx}), 0 or more; see {@link
 *     TuningOption#ONE_SIDED_CONTEXTS}
 */
public record Signal(int index, int context) {
  /** Signal 0 of context 0. */
  public static final Signal FIRST = new Signal(0, 0);

  /**
   * Checks the numbers.
   *
   * @param index as in the record
   * @param context as in the record
   * @throws CclUsageException {@link ErrorCode#OUT_OF_RANGE} when one is negative
   */
  public Signal {
    if (index < 0 || context < 0) {
      throw new CclUsageException(
          ErrorCode.OUT_OF_RANGE,
          "a signal's index is "
              + index
              + " and its context "
              + context
              + "; allowed are numbers from 0 on.");
    }
  }
}
