package org.ccl4j.bootstrap;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * How a local job ended.
 *
 * @param cause why
 * @param exitCode what the launcher should end with: that of the rank that failed, 124 when the
 *     time was over, 0 after success
 * @param ranks the ranks of this host, in the order in which they ended
 * @param first the rank that ended the job; empty where it was none of this host
 * @param elsewhere what ended the job on another host, in words; empty where nothing did
 * @param after how long the job had run
 */
public record JobEnd(
    Cause cause,
    int exitCode,
    List<RankEnd> ranks,
    Optional<RankEnd> first,
    String elsewhere,
    Duration after) {

  /** Why a job ended. */
  public enum Cause {
    /** All ranks ended with exit code 0. */
    SUCCESS,
    /** A rank ended with another exit code; the others were ended then. */
    RANK_FAILED,
    /** The time was over; all were ended. */
    TIMEOUT,
    /** The job failed on another host; the ranks of this one were ended. */
    FAILED_ELSEWHERE,
    /** The launcher was told to end, by a signal; all were ended. */
    STOPPED
  }
}
