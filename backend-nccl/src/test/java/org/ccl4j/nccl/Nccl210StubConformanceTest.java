package org.ccl4j.nccl;

import org.ccl4j.stub.StubConformance;
import org.ccl4j.stub.StubLibrary;
import org.junit.jupiter.api.Tag;

/**
 * The first version with BFLOAT16 and averages, which every library has to have. It can only block,
 * and lacks all that came later.
 */
@Tag("again")
class Nccl210StubConformanceTest extends StubConformance {
  Nccl210StubConformanceTest() {
    super(Stub.of(StubLibrary.NCCL_2_10), Extent.FEW_RANKS);
  }
}
