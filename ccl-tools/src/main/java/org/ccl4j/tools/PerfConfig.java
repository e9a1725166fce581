package org.ccl4j.tools;

import java.util.ArrayList;
import java.util.List;
import org.ccl4j.api.DataType;

/**
 * What to measure.
 *
 * @param operation the operation
 * @param sizes which sizes, in bytes
 * @param types the data types, one after the other
 * @param reductions the reductions, for each type; of no meaning where nothing is reduced
 * @param root the root, or {@link #ALL_ROOTS}; of no meaning where there is none
 * @param iterations how often each size is timed, or {@link #AUTO_ITERATIONS}
 * @param warmups how often each size is run before
 * @param checks how often each size is run and checked after; 0 for never
 * @param graphLaunches how often the iterations are launched as one graph; 0 for plain calls
 * @param memory where the buffers come from
 */
record PerfConfig(
    PerfOperation operation,
    Sizes sizes,
    List<DataType> types,
    List<PerfReduction> reductions,
    int root,
    int iterations,
    int warmups,
    int checks,
    int graphLaunches,
    PerfMemory memory) {
  static final int ALL_ROOTS = -1;

  /** As many as it takes for a time that is worth printing. */
  static final int AUTO_ITERATIONS = 0;

  /**
   * The sizes of the rows.
   *
   * @param min the first, in bytes
   * @param max the largest, in bytes
   * @param step what is added each time, in bytes; 0 to multiply
   * @param factor what is multiplied with each time, where step is 0
   */
  record Sizes(long min, long max, long step, long factor) {
    /** The size after this one; negative after the last. */
    long next(long size) {
      if (step > 0) {
        return size > max - step ? -1 : size + step;
      }
      return size == 0 || size > max / factor ? -1 : size * factor;
    }

    String stepText() {
      return step > 0 ? step + "(bytes)" : factor + "(factor)";
    }
  }

  boolean isGraph() {
    return graphLaunches > 0;
  }

  String iterationsText() {
    return iterations == AUTO_ITERATIONS ? "auto" : Integer.toString(iterations);
  }

  List<Integer> roots(int ranks) {
    if (!operation.hasRoot()) {
      return List.of(-1);
    }
    if (root != ALL_ROOTS) {
      return List.of(root);
    }
    List<Integer> all = new ArrayList<>();
    for (int r = 0; r < ranks; r++) {
      all.add(r);
    }
    return all;
  }
}
