package org.ccl4j.nccl;

import org.ccl4j.stub.StubConformance;
import org.ccl4j.stub.StubLibrary;

/** The newest version, with everything. */
class NcclStubConformanceTest extends StubConformance {
  NcclStubConformanceTest() {
    super(Stub.of(StubLibrary.NCCL_2_32), Extent.WHOLE);
  }
}
