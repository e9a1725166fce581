package org.ccl4j.examples;

import org.ccl4j.api.Ccl;
import org.ccl4j.api.Communicator;
import org.ccl4j.api.DataType;
import org.ccl4j.api.Device;
import org.ccl4j.api.DeviceBuffer;
import org.ccl4j.api.RankContext;
import org.ccl4j.api.ReduceOp;
import org.ccl4j.api.Stream;

/** The shortest useful program: an array goes in, the sum over all ranks comes out. */
final class AllReduceTaste {
  private AllReduceTaste() {}

  /**
   * Replaces the elements of an array by their sums over all ranks. All ranks must call.
   *
   * @param ranks who this rank is
   * @param host the elements of this rank; overwritten
   */
  static void sumOverRanks(RankContext ranks, float[] host) {
    try (Ccl ccl = Ccl.open();
        Device device = ccl.device(ranks.localRank());
        Communicator comm = ccl.connect(device, ranks);
        Stream stream = device.openStream();
        DeviceBuffer x = device.allocate(DataType.FLOAT32, host.length)) {
      x.copyFrom(host, stream);
      comm.allReduce(x, x, ReduceOp.SUM, stream);
      x.copyTo(host, stream);
    }
  }
}
