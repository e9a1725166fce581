package org.ccl4j.fake;

import org.ccl4j.api.OpenOptions;
import org.ccl4j.tck.Kit;
import org.ccl4j.tck.TuningRules;

/** What an older library lacks is refused, and not half done. */
class FakeOfAnOlderVersionConformanceTest implements TuningRules {
  @Override
  public Kit kit() {
    return new Kit(
        OpenOptions.DEFAULT
            .withBackend("cpu/fake")
            .with(
                "ccl.fake.disable",
                "SHRINK,GROW,REVOKE,SUSPEND,MEMORY_STATISTICS,SIMULATE,PARAMETERS,TUNING,"
                    + "CALL_TUNING,ALL_REDUCE_BIAS"));
  }
}
