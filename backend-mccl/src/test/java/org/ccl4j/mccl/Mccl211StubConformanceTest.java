package org.ccl4j.mccl;

import org.ccl4j.stub.StubConformance;
import org.ccl4j.stub.StubLibrary;
import org.junit.jupiter.api.Tag;

/** The old generation, with the runtime of its time. */
@Tag("again")
class Mccl211StubConformanceTest extends StubConformance {
  Mccl211StubConformanceTest() {
    super(Stub.of(StubLibrary.MCCL_2_11, StubLibrary.MUSA_3), Extent.FEW_RANKS);
  }
}
