package org.ccl4j.api;

import java.time.Duration;
import org.ccl4j.api.config.Settings;

/**
 * Who this participant is among the ranks of a job, and the store over which they find each other.
 *
 * @param rank this participant, 0 to size - 1
 * @param size the number of participants, at least 1
 * @param localRank its place among the participants of this host, usually the ordinal of the device
 *     to take
 * @param store shared by all participants of the job
 * @param source where this was read from, for messages and reports
 */
public record RankContext(int rank, int size, int localRank, Store store, String source)
    implements AutoCloseable {
  private static final String EXPLICIT = "explicit";

  /**
   * Checks the numbers.
   *
   * @param rank as in the record
   * @param size as in the record
   * @param localRank as in the record
   * @param store as in the record
   * @param source as in the record
   * @throws CclUsageException {@link ErrorCode#NULL_ARGUMENT} when store or source is null, {@link
   *     ErrorCode#OUT_OF_RANGE} when size is less than 1, or rank or localRank is not in 0 to size
   *     - 1
   */
  public RankContext {
    Required.nonNull("store", store);
    Required.nonNull("source", source);
    if (size < 1) {
      throw new CclUsageException(
          ErrorCode.OUT_OF_RANGE, "size is " + size + "; allowed is 1 or more.");
    }
    requirePlace("rank", rank, size);
    requirePlace("localRank", localRank, size);
  }

  /**
   * A participant whose place somebody gave explicitly.
   *
   * @param rank as in the record
   * @param size as in the record
   * @param localRank as in the record
   * @param store as in the record
   */
  public RankContext(int rank, int size, int localRank, Store store) {
    this(rank, size, localRank, store, EXPLICIT);
  }

  private static void requirePlace(String what, int value, int size) {
    if (value < 0 || value >= size) {
      throw new CclUsageException(
          ErrorCode.OUT_OF_RANGE,
          what + " is " + value + "; allowed is 0 to " + (size - 1) + " (size is " + size + ").");
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

  /**
   * The place that the launcher of this process gave it, and the store that the launcher named, as
   * {@link #fromEnvironment(Settings, Duration)} with the configuration of this process and two
   * minutes.
   *
   * @return the context; close it when the process is done with the job
   */
  public static RankContext fromEnvironment() {
    return fromEnvironment(Settings.system(), ConnectOptions.DEFAULT.timeout());
  }

  /**
   * The place that the launcher of this process gave it, and the store that the launcher named.
   * {@link LaunchInfo} says which launchers are known and which one counts. The store is the one of
   * {@code ccl.store}; without that, rank 0 serves one at {@code MASTER_ADDR} and {@code
   * MASTER_PORT}; without those, ranks that are all on one host meet in a private folder named
   * after the job. Each rank of the job must call, once; the keys of other jobs, and of earlier
   * starts of this one, are out of sight.
   *
   * @param settings where to look
   * @param timeout how long reaching the store may take, greater than zero
   * @return the context; close it when the process is done with the job
   * @throws CclUsageException {@link ErrorCode#NO_LAUNCHER} when no launcher left anything, {@link
   *     ErrorCode#INVALID_LAUNCH} when what was left is incomplete or contradicts itself, {@link
   *     ErrorCode#NO_STORE} when nothing says where the ranks meet, {@link
   *     ErrorCode#NO_IMPLEMENTATION} without ccl-bootstrap
   * @throws CclException {@link ErrorCode#STORE_FAILED} or {@link ErrorCode#STORE_TIMEOUT} when the
   *     store cannot be reached
   */
  public static RankContext fromEnvironment(Settings settings, Duration timeout) {
    Required.nonNull("settings", settings);
    Durations.requirePositive("timeout", timeout);
    return Implementation.ranks(OpenOptions.DEFAULT.classLoader())
        .fromEnvironment(settings, timeout);
  }

  /** Closes the store. */
  @Override
  public void close() {
    store.close();
  }
}
