package org.ccl4j.mccl;

import org.ccl4j.stub.StubConformance;
import org.ccl4j.stub.StubLibrary;
import org.junit.jupiter.api.Tag;

/** The new generation. */
@Tag("again")
class McclStubConformanceTest extends StubConformance {
  McclStubConformanceTest() {
    super(Stub.of(StubLibrary.MCCL_2_28), Extent.WHOLE);
  }
}
