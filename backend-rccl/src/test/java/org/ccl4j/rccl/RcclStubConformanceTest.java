package org.ccl4j.rccl;

import org.ccl4j.stub.StubConformance;
import org.ccl4j.stub.StubLibrary;
import org.junit.jupiter.api.Tag;

/** The newest version. */
@Tag("again")
class RcclStubConformanceTest extends StubConformance {
  RcclStubConformanceTest() {
    super(Stub.of(StubLibrary.RCCL_2_30), Extent.WHOLE);
  }
}
