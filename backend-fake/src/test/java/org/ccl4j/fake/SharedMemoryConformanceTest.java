package org.ccl4j.fake;

import org.ccl4j.api.OpenOptions;
import org.ccl4j.tck.CclConformance;

/** Every rule once more with memory and boards in files; the ranks are threads all the same. */
class SharedMemoryConformanceTest extends CclConformance {
  @Override
  protected OpenOptions options() {
    return OpenOptions.DEFAULT.withBackend("cpu/fake").with("ccl.fake.transport", "shm");
  }
}
