package org.ccl4j.mccl;

import org.ccl4j.stub.StubConformance;
import org.ccl4j.stub.StubLibrary;

/** The old generation, with the runtime of its time. */
class Mccl211StubConformanceTest extends StubConformance {
  Mccl211StubConformanceTest() {
    super(Stub.of(StubLibrary.MCCL_2_11, StubLibrary.MUSA_3), Extent.FEW_RANKS);
  }
}
