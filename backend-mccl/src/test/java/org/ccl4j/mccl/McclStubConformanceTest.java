package org.ccl4j.mccl;

import org.ccl4j.stub.StubConformance;
import org.ccl4j.stub.StubLibrary;

/** The new generation. */
class McclStubConformanceTest extends StubConformance {
  McclStubConformanceTest() {
    super(Stub.of(StubLibrary.MCCL_2_28), Extent.WHOLE);
  }
}
