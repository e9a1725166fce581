package org.ccl4j.examples;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import org.ccl4j.api.Communicator;
import org.ccl4j.api.DataType;
import org.ccl4j.api.Device;
import org.ccl4j.api.DeviceBuffer;
import org.ccl4j.api.ReduceOp;
import org.ccl4j.api.Stream;
import org.ccl4j.junit.RankTest;

/** A test of a user. */
class RankTestTasteTest {

  @RankTest(ranks = 4)
  void everyRankHasTheSum(Communicator comm, Device device, Stream stream) {
    float[] host = {comm.rank()};
    try (DeviceBuffer x = device.allocate(DataType.FLOAT32, 1)) {
      x.copyFrom(host, stream);
      comm.allReduce(x, x, ReduceOp.SUM, stream);
      x.copyTo(host, stream);
    }
    assertArrayEquals(new float[] {0 + 1 + 2 + 3}, host);
  }
}
