package org.ccl4j.nccl;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.ccl4j.api.OpenOptions;
import org.ccl4j.stub.StubControl;
import org.ccl4j.stub.StubLibrary;
import org.ccl4j.tck.CclConformance;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/**
 * All rules through the real binding: only the library behind it is the stub. A rule that passes,
 * but in which the stub objected to a call, has failed.
 */
abstract class StubConformance extends CclConformance {
  private static final String MOST_RANKS = "64";
  static final int OLD_VERSIONS_RANKS = 8;

  private final StubLibrary library;
  private int violationsBefore;

  StubConformance(StubLibrary library) {
    this.library = library;
  }

  @Override
  protected OpenOptions options() {
    return Stub.options(library);
  }

  /** Many ranks and long buffers are the same to every version. */
  @Override
  protected int maxWorldSize() {
    return isNewest() ? Integer.MAX_VALUE : OLD_VERSIONS_RANKS;
  }

  @Override
  protected long largestBuffer() {
    return isNewest() ? Long.MAX_VALUE : 1L << 28;
  }

  private boolean isNewest() {
    return library == StubLibrary.NCCL_2_30;
  }

  @BeforeEach
  void prepare() {
    StubControl.configure("devices", MOST_RANKS);
    violationsBefore = StubControl.violations();
  }

  @AfterEach
  void theStubHadNoObjection() {
    assertEquals(violationsBefore, StubControl.violations(), StubControl.lastViolation());
  }
}
