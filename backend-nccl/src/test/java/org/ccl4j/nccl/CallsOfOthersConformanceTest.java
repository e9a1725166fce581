package org.ccl4j.nccl;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.ccl4j.stub.StubControl;
import org.ccl4j.stub.StubLibrary;
import org.ccl4j.tck.BiasRules;
import org.ccl4j.tck.Kit;
import org.ccl4j.tck.VariableCountRules;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** The rules of what other libraries of the family have, with the names of NCCL for the rest. */
class CallsOfOthersConformanceTest implements BiasRules, VariableCountRules {
  private int violationsBefore;

  @Override
  public Kit kit() {
    return new Kit(Stub.options(StubLibrary.RCCL_2_30));
  }

  @BeforeEach
  void prepare() {
    StubControl.configure("devices", "16");
    violationsBefore = StubControl.violations();
  }

  @AfterEach
  void theStubHadNoObjection() {
    assertEquals(violationsBefore, StubControl.violations(), StubControl.lastViolation());
  }
}
