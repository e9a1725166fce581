package org.ccl4j.fake;

import org.ccl4j.api.OpenOptions;
import org.ccl4j.tck.AllToAllRules;
import org.ccl4j.tck.ArgumentRules;
import org.ccl4j.tck.GatherScatterRules;
import org.ccl4j.tck.Kit;
import org.ccl4j.tck.VariableCountRules;

/** What the core composes for a library that lacks these calls keeps the same rules. */
class FakeWithoutNativeCallsConformanceTest
    implements AllToAllRules, ArgumentRules, GatherScatterRules, VariableCountRules {
  @Override
  public Kit kit() {
    return new Kit(
        OpenOptions.DEFAULT
            .withBackend("cpu/fake")
            .with(
                "ccl.fake.disable",
                "NATIVE_ALL_TO_ALL,NATIVE_ALL_TO_ALL_V,NATIVE_GATHER,NATIVE_SCATTER"));
  }
}
