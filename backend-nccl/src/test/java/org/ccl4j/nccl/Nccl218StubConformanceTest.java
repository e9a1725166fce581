package org.ccl4j.nccl;

import org.ccl4j.stub.StubConformance;
import org.ccl4j.stub.StubLibrary;
import org.junit.jupiter.api.Tag;

/** The first version that can split, with the configuration of its time. */
@Tag("again")
class Nccl218StubConformanceTest extends StubConformance {
  Nccl218StubConformanceTest() {
    super(Stub.of(StubLibrary.NCCL_2_18), Extent.FEW_RANKS);
  }
}
