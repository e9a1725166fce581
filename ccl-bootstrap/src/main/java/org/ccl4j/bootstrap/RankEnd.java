package org.ccl4j.bootstrap;

import java.time.Duration;
import java.time.Instant;

/**
 * How a rank of a local job ended.
 *
 * @param rank the rank, of all hosts
 * @param pid its process
 * @param exitCode what it ended with; 128 and the number of the signal where a signal ended it
 * @param after how long it had run
 * @param at when it ended
 * @param means what the launcher did for it
 */
public record RankEnd(int rank, long pid, int exitCode, Duration after, Instant at, Means means) {

  /** What the launcher did to end a rank. */
  public enum Means {
    /** Nothing: the rank ended by itself, or somebody else ended it. */
    ITSELF,
    /** It asked, with SIGTERM. */
    TERMINATED,
    /** It forced, with SIGKILL, because asking had not helped. */
    KILLED
  }
}
