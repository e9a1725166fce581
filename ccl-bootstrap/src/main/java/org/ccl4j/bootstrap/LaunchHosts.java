package org.ccl4j.bootstrap;

import java.time.Duration;
import org.ccl4j.api.CclUsageException;
import org.ccl4j.api.ErrorCode;

/**
 * The hosts of a job. On each of them somebody starts a launcher by hand; the one with index 0
 * serves the store, the others connect to it.
 *
 * @param count how many hosts, at least 1
 * @param index this one, 0 to count - 1
 * @param masterHost a name or address of the host with index 0, which the others reach; empty where
 *     it is the only one
 * @param masterPort the port of the store there, 1 to 65535; 0 for a free one where it is the only
 *     host
 */
public record LaunchHosts(int count, int index, String masterHost, int masterPort) {
  /** This host alone. */
  public static final LaunchHosts ONE = new LaunchHosts(1, 0, "", 0);

  /** How long the launchers of all hosts wait for each other. */
  public static final Duration MEETING = Duration.ofMinutes(5);

  /**
   * Checks the values.
   *
   * @throws CclUsageException {@link ErrorCode#OUT_OF_RANGE} for a number out of its range, {@link
   *     ErrorCode#INVALID_ARGUMENT} when the master is missing
   */
  public LaunchHosts {
    Arguments.requireRange("the number of hosts", count, 1, 1 << 16);
    Arguments.requireRange("the index of this host", index, 0, count - 1);
    if (count > 1 && masterHost.isEmpty()) {
      throw new CclUsageException(
          ErrorCode.INVALID_ARGUMENT,
          "the host that serves the store is not given; it must be where there are "
              + count
              + " hosts.");
    }
    Arguments.requireRange(
        "the port of the store", masterPort, masterHost.isEmpty() ? 0 : 1, 65535);
  }

  boolean serves() {
    return index == 0;
  }
}
