package org.ccl4j.bootstrap;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ccl4j.api.CclUsageException;
import org.ccl4j.api.ErrorCode;

/**
 * What to launch.
 *
 * @param command the program of every rank and its arguments
 * @param ranks how many ranks on this host, 1 to {@value #MOST_RANKS}
 * @param hosts the other hosts
 * @param variables what to set in the environment of the ranks beside the variables of the job
 * @param grace how long a rank may take to end when asked, before it is forced
 * @param timeout how long the job may take; empty for as long as it takes
 */
public record LaunchJob(
    List<String> command,
    int ranks,
    LaunchHosts hosts,
    Map<String, String> variables,
    Duration grace,
    Optional<Duration> timeout) {
  /** The most ranks on a host. */
  public static final int MOST_RANKS = 4096;

  /** How long a rank may take to end when nobody said otherwise. */
  public static final Duration DEFAULT_GRACE = Duration.ofSeconds(5);

  /**
   * Checks the values.
   *
   * @throws CclUsageException {@link ErrorCode#INVALID_ARGUMENT} when the command is empty, {@link
   *     ErrorCode#OUT_OF_RANGE} for the number of ranks and lengths of time
   */
  public LaunchJob {
    command = List.copyOf(command);
    variables = Map.copyOf(variables);
    if (command.isEmpty()) {
      throw new CclUsageException(
          ErrorCode.INVALID_ARGUMENT, "the command is empty; allowed is a program and arguments.");
    }
    Arguments.requireRange("the number of ranks", ranks, 1, MOST_RANKS);
    Arguments.requirePositive("grace", grace);
    timeout.ifPresent(t -> Arguments.requirePositive("timeout", t));
  }

  /**
   * A job on this host alone, with the default grace and no timeout.
   *
   * @param ranks how many ranks
   * @param command the program of every rank and its arguments
   * @return the job
   */
  public static LaunchJob of(int ranks, List<String> command) {
    return new LaunchJob(
        command, ranks, LaunchHosts.ONE, Map.of(), DEFAULT_GRACE, Optional.empty());
  }

  /**
   * This job with more variables in the environment of its ranks.
   *
   * @param more name to value
   * @return a new job
   */
  public LaunchJob withVariables(Map<String, String> more) {
    return new LaunchJob(command, ranks, hosts, more, grace, timeout);
  }
}
