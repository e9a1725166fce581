package org.ccl4j.api;

/**
 * Who this participant is among the ranks of a job, and the store over which they find each other.
 *
 * @param rank this participant, 0 to size - 1
 * @param size the number of participants, at least 1
 * @param localRank its place among the participants of this host, usually the ordinal of the device
 *     to take
 * @param store shared by all participants of the job
 */
public record RankContext(int rank, int size, int localRank, Store store) {

  /**
   * Checks the numbers.
   *
   * @param rank as in the record
   * @param size as in the record
   * @param localRank as in the record
   * @param store as in the record
   * @throws CclUsageException {@link ErrorCode#NULL_ARGUMENT} when the store is null, {@link
   *     ErrorCode#OUT_OF_RANGE} when size is less than 1, rank is not in 0 to size - 1, or
   *     localRank is negative or greater than rank
   */
  public RankContext {
    Required.nonNull("store", store);
    if (size < 1) {
      throw new CclUsageException(
          ErrorCode.OUT_OF_RANGE, "size is " + size + "; allowed is 1 or more.");
    }
    if (rank < 0 || rank >= size) {
      throw new CclUsageException(
          ErrorCode.OUT_OF_RANGE,
          "rank is " + rank + "; allowed is 0 to " + (size - 1) + " (size is " + size + ").");
    }
    if (localRank < 0 || localRank > rank) {
      throw new CclUsageException(
          ErrorCode.OUT_OF_RANGE,
          "localRank is " + localRank + "; allowed is 0 to " + rank + " (the rank).");
    }
  }

  /**
   * A participant of a job on one host, where the local rank is the rank.
   *
   * @param rank this participant, 0 to size - 1
   * @param size the number of participants
   * @param store shared by all participants
   * @return the context
   */
  public static RankContext of(int rank, int size, Store store) {
    return new RankContext(rank, size, rank, store);
  }
}
