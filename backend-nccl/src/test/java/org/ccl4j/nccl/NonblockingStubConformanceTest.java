package org.ccl4j.nccl;

import org.ccl4j.api.OpenOptions;
import org.ccl4j.stub.StubLibrary;

/** The newest version with communicators that stay nonblocking; a few ranks show it. */
class NonblockingStubConformanceTest extends StubConformance {
  NonblockingStubConformanceTest() {
    super(StubLibrary.NCCL_2_30);
  }

  @Override
  protected OpenOptions options() {
    return super.options().with("ccl.native.nonblocking", "on");
  }

  @Override
  protected int maxWorldSize() {
    return OLD_VERSIONS_RANKS;
  }

  @Override
  protected long largestBuffer() {
    return 1L << 28;
  }
}
