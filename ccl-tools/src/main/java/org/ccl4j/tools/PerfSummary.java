package org.ccl4j.tools;

import java.util.OptionalLong;

/** What is said of all rows together. */
final class PerfSummary {
  private long wrong;
  private boolean checked;
  private double busBandwidth;
  private int timings;

  void add(PerfRow row) {
    add(row.outOfPlace());
    if (row.inPlace() != null) {
      add(row.inPlace());
    }
  }

  private void add(PerfRow.Timing timing) {
    timings++;
    busBandwidth += timing.busBandwidth();
    if (timing.wrong().isPresent()) {
      checked = true;
      wrong += timing.wrong().getAsLong();
    }
  }

  /** The number of wrong elements in all; empty when none were checked. */
  OptionalLong wrong() {
    return checked ? OptionalLong.of(wrong) : OptionalLong.empty();
  }

  /** The mean over all rows and forms, each weighing the same. */
  double averageBusBandwidth() {
    return timings == 0 ? 0 : busBandwidth / timings;
  }

  boolean failed() {
    return wrong > 0;
  }
}
