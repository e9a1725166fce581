package org.ccl4j.fake;

import org.ccl4j.api.OpenOptions;
import org.ccl4j.tck.CclConformance;

/** The fake keeps all rules. */
class FakeConformanceTest extends CclConformance {
  @Override
  protected OpenOptions options() {
    return OpenOptions.DEFAULT.withBackend("cpu/fake");
  }
}
