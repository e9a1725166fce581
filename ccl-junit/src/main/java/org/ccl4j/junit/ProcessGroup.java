package org.ccl4j.junit;

import org.ccl4j.api.CclUsageException;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.Store;

/**
 * The processes over which the ranks of a {@link RankHarness} are spread: each hosts the ranks
 * {@code r} with {@code r % count == index}, as threads. All of them run the same tests in the same
 * order; the store carries what they have to know of each other, and counts the runs.
 *
 * @param index this process, 0 to count - 1
 * @param count the number of processes, at least 1
 * @param store shared by all processes of the group and by nobody else
 */
public record ProcessGroup(int index, int count, Store store) {

  /**
   * Checks the numbers.
   *
   * @param index as in the record
   * @param count as in the record
   * @param store as in the record
   * @throws CclUsageException {@link ErrorCode#OUT_OF_RANGE} when count is less than 1 or index is
   *     not in 0 to count - 1
   */
  public ProcessGroup {
    if (count < 1) {
      throw new CclUsageException(
          ErrorCode.OUT_OF_RANGE, "count is " + count + "; allowed is 1 or more processes.");
    }
    if (index < 0 || index >= count) {
      throw new CclUsageException(
          ErrorCode.OUT_OF_RANGE,
          "index is " + index + "; allowed is 0 to " + (count - 1) + " (count is " + count + ").");
    }
  }

  boolean hosts(int rank) {
    return rank % count == index;
  }
}
