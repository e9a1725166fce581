package org.ccl4j.examples.solo;

import org.ccl4j.api.OpenOptions;
import org.ccl4j.tck.CclConformance;

class SoloConformance extends CclConformance {

  @Override
  protected OpenOptions options() {
    return OpenOptions.DEFAULT.withBackend("example/solo");
  }

  @Override
  protected int maxWorldSize() {
    return 1;
  }
}
