package org.ccl4j.nccl;

import org.ccl4j.api.OpenOptions;
import org.ccl4j.stub.StubConformance;
import org.ccl4j.stub.StubLibrary;
import org.junit.jupiter.api.Tag;

/** The newest version with communicators that stay nonblocking; a few ranks show it. */
@Tag("again")
class NonblockingStubConformanceTest extends StubConformance {
  NonblockingStubConformanceTest() {
    super(Stub.of(StubLibrary.NCCL_2_30), Extent.FEW_RANKS);
  }

  @Override
  protected OpenOptions options() {
    return super.options().with("ccl.native.nonblocking", "on");
  }
}
