package org.ccl4j.nccl;

import org.ccl4j.stub.StubLibrary;

/** The oldest version that there is a way to: it can only block, and lacks most. */
class Nccl27StubConformanceTest extends StubConformance {
  Nccl27StubConformanceTest() {
    super(StubLibrary.NCCL_2_7);
  }
}
