package org.ccl4j.tools;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.ccl4j.api.Capability;
import org.ccl4j.api.DataType;
import org.jspecify.annotations.Nullable;

/**
 * Rows that differ in size only.
 *
 * @param reduction null where nothing is reduced
 * @param root -1 where there is none
 */
record PerfSeries(DataType type, @Nullable PerfReduction reduction, int root) {

  /** All series of a command line, and those of a sweep that the library cannot do. */
  record Selected(List<PerfSeries> series, List<String> skipped) {}

  /**
   * Lists the series. What the library cannot do is left out of a sweep; where it was asked for by
   * name it stays, and the library's refusal is the answer.
   */
  static Selected of(PerfConfig config, int ranks, Set<Capability> capabilities) {
    List<PerfSeries> series = new ArrayList<>();
    List<String> skipped = new ArrayList<>();
    boolean reduces = config.operation().reduces();
    for (DataType type : config.types()) {
      Capability forType = capabilityFor(type, reduces);
      if (config.types().size() > 1 && forType != null && !capabilities.contains(forType)) {
        skipped.add(TypeName.of(type) + ": the library lacks " + forType);
        continue;
      }
      if (!reduces) {
        config.roots(ranks).forEach(root -> series.add(new PerfSeries(type, null, root)));
        continue;
      }
      for (PerfReduction reduction : config.reductions()) {
        if (config.reductions().size() > 1
            && reduction == PerfReduction.MULSUM
            && !capabilities.contains(Capability.PRE_MUL_SUM)) {
          skipped.add(
              TypeName.of(type)
                  + " "
                  + reduction.text()
                  + ": the library lacks "
                  + Capability.PRE_MUL_SUM);
          continue;
        }
        config.roots(ranks).forEach(root -> series.add(new PerfSeries(type, reduction, root)));
      }
    }
    return new Selected(List.copyOf(series), List.copyOf(skipped));
  }

  private static @Nullable Capability capabilityFor(DataType type, boolean reduces) {
    boolean narrow = type == DataType.FLOAT8_E4M3 || type == DataType.FLOAT8_E5M2;
    if (!narrow) {
      return null;
    }
    return reduces ? Capability.FLOAT8_REDUCTION : Capability.FLOAT8;
  }

  String reductionText() {
    return reduction == null ? "none" : reduction.text();
  }
}
