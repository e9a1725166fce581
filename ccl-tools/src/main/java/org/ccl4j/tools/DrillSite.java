package org.ccl4j.tools;

import java.time.Duration;
import org.ccl4j.api.Ccl;
import org.ccl4j.api.ConnectOptions;

/**
 * Where drills run.
 *
 * @param ranks the number of ranks, each on the device of its number
 * @param deadline how long the library may take to notice what goes wrong
 * @param cycles how often to connect and close
 * @param staff starts processes
 */
record DrillSite(Ccl ccl, int ranks, Duration deadline, int cycles, DrillProcesses.Staff staff) {
  /** Far longer than anything that is right takes; what is wrong must end all the same. */
  static final Duration PATIENCE = Duration.ofSeconds(60);

  /** What ending a communicator may take once its deadline is over. */
  static final Duration GRACE = Duration.ofSeconds(10);

  static final ConnectOptions OPTIONS =
      ConnectOptions.DEFAULT.withTimeout(PATIENCE).withName("drill");

  static double seconds(long startNanos) {
    return (System.nanoTime() - startNanos) / 1e9;
  }

  /** The longest time from the start of what goes wrong until the caller hears of it. */
  void requireInTime(long startNanos, String what) {
    Duration taken = Duration.ofNanos(System.nanoTime() - startNanos);
    DrillFailure.require(
        taken.compareTo(deadline.plus(GRACE)) <= 0,
        what + " took " + taken.toMillis() + " ms; the deadline was " + deadline.toMillis());
  }
}
