package org.ccl4j.jna;

import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;
import org.ccl4j.api.Tuning;
import org.ccl4j.api.TuningOption;
import org.ccl4j.jna.sys.Cells;

/**
 * The structure by which a single call is configured, in its first form; members are only ever
 * added at its end, and a newer library reads as much as it is given. The libraries copy it before
 * the call returns.
 *
 * <p>Left out are the list of a vendor's own options and the event of 2.32.
 */
final class CallConfig {
  /** The version that brought it. */
  static final int SINCE = 23100;

  static final Set<TuningOption> OPTIONS =
      Collections.unmodifiableSet(
          EnumSet.of(
              TuningOption.MIN_CTAS,
              TuningOption.MAX_CTAS,
              TuningOption.SWITCH_CTAS,
              TuningOption.CLUSTER_SIZE,
              TuningOption.ALGORITHMS,
              TuningOption.ALGORITHMS_REQUIRED,
              TuningOption.CTA_POLICY,
              TuningOption.PROFILER_TAG));

  private static final int EXTENSIONS = 16;
  private static final int MIN_CTAS = 24;
  private static final int MAX_CTAS = 28;
  private static final int SWITCH_CTAS = 32;
  private static final int CLUSTER_SIZE = 36;
  private static final int ALGORITHMS = 40;
  private static final int ALGORITHMS_REQUIRED = 48;
  private static final int CTA_POLICY = 52;
  private static final int PROFILER_TAG = 56;
  private static final int BYTES = 64;

  private CallConfig() {}

  /** What {@link #write} needs, for the structure and the text that it points to. */
  static long bytes(Tuning tuning) {
    return BYTES + tuning.algorithms().length() + 1L;
  }

  static void write(Cells cells, Tuning tuning) {
    String algorithms = tuning.algorithms();
    cells.putLong(0, BYTES);
    cells.putInt(8, ConfigLayout.MAGIC);
    cells.putInt(12, SINCE);
    cells.putLong(EXTENSIONS, 0);
    putInt(cells, MIN_CTAS, tuning, TuningOption.MIN_CTAS);
    putInt(cells, MAX_CTAS, tuning, TuningOption.MAX_CTAS);
    putInt(cells, SWITCH_CTAS, tuning, TuningOption.SWITCH_CTAS);
    putInt(cells, CLUSTER_SIZE, tuning, TuningOption.CLUSTER_SIZE);
    cells.putLong(ALGORITHMS, algorithms.isEmpty() ? 0 : cells.address() + BYTES);
    cells.putInt(ALGORITHMS_REQUIRED, tuning.value(TuningOption.ALGORITHMS_REQUIRED, 1));
    putInt(cells, CTA_POLICY, tuning, TuningOption.CTA_POLICY);
    cells.putLong(PROFILER_TAG, tuning.value(TuningOption.PROFILER_TAG, 0));
    for (int i = 0; i < algorithms.length(); i++) {
      cells.putByte(BYTES + i, (byte) algorithms.charAt(i)); // ASCII, as Tuning has it
    }
    cells.putByte(BYTES + algorithms.length(), (byte) 0);
  }

  private static void putInt(Cells cells, int offset, Tuning tuning, TuningOption option) {
    cells.putInt(offset, tuning.value(option, ConfigLayout.UNSET));
  }
}
