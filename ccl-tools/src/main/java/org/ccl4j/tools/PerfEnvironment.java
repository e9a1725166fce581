package org.ccl4j.tools;

import java.util.List;
import org.ccl4j.api.BackendInfo;
import org.ccl4j.api.DeviceInfo;

/**
 * What a result was measured with.
 *
 * @param devices the device of each rank
 * @param ranksAre who drives the ranks
 * @param skipped what a sweep left out, and why
 */
record PerfEnvironment(
    PerfConfig config,
    BackendInfo backend,
    List<DeviceInfo> devices,
    RanksAre ranksAre,
    List<String> skipped) {

  /** Who drives the ranks. */
  enum RanksAre {
    /** A thread for each. */
    THREADS("threads"),
    /** A process for each. */
    PROCESSES("processes"),
    /** One thread, which groups their calls. */
    ONE_THREAD("driven by one thread");

    private final String text;

    RanksAre(String text) {
      this.text = text;
    }

    String text() {
      return text;
    }
  }
}
