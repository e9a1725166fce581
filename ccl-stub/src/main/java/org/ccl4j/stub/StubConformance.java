package org.ccl4j.stub;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.ccl4j.api.OpenOptions;
import org.ccl4j.tck.CclConformance;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/**
 * All rules through the real binding: only the library behind it is the stub. A rule that passes,
 * but in which the stub objected to a call, has failed.
 */
public abstract class StubConformance extends CclConformance {
  private static final String MOST_RANKS = "64";
  private static final int FEW_RANKS = 8;

  private final StubBackend stub;
  private final Extent extent;
  private int violationsBefore;

  /** How much of the kit. */
  public enum Extent {
    /** As many ranks and as long buffers as the rules like. */
    WHOLE,
    /**
     * All rules with a few ranks: many of them, and long buffers, are the same to every version.
     */
    FEW_RANKS
  }

  /**
   * For subclasses.
   *
   * @param stub under test
   * @param extent how many ranks, and how long their buffers
   */
  protected StubConformance(StubBackend stub, Extent extent) {
    this.stub = stub;
    this.extent = extent;
  }

  @Override
  protected OpenOptions options() {
    return stub.options();
  }

  @Override
  protected final int maxWorldSize() {
    return extent == Extent.WHOLE ? Integer.MAX_VALUE : FEW_RANKS;
  }

  @Override
  protected final long largestBuffer() {
    return extent == Extent.WHOLE ? Long.MAX_VALUE : 1L << 28;
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
