package org.ccl4j.junit;

import org.ccl4j.api.Ccl;
import org.ccl4j.api.Communicator;
import org.ccl4j.api.Device;
import org.ccl4j.api.RankContext;
import org.ccl4j.api.Stream;

/**
 * What belongs to one rank of a run. The harness opens and closes all of it.
 *
 * @param ccl this rank's own open library
 * @param communicator the communicator of all ranks
 * @param device the device whose ordinal is the rank
 * @param stream a stream of that device
 * @param ranks rank, size and the store that all ranks share
 */
public record RankScope(
    Ccl ccl, Communicator communicator, Device device, Stream stream, RankContext ranks) {

  /**
   * This rank.
   *
   * @return 0 to size - 1
   */
  public int rank() {
    return ranks.rank();
  }

  /**
   * The number of ranks.
   *
   * @return 1 or more
   */
  public int size() {
    return ranks.size();
  }
}
