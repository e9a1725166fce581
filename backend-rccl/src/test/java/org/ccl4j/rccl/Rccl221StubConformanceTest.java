package org.ccl4j.rccl;

import org.ccl4j.stub.StubConformance;
import org.ccl4j.stub.StubLibrary;
import org.junit.jupiter.api.Tag;

/**
 * The version of ROCm 6.3: with the shorter configuration, and an all-to-all of another spelling.
 */
@Tag("again")
class Rccl221StubConformanceTest extends StubConformance {
  Rccl221StubConformanceTest() {
    super(Stub.of(StubLibrary.RCCL_2_21), Extent.FEW_RANKS);
  }
}
