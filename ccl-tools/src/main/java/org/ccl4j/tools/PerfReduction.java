package org.ccl4j.tools;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.ccl4j.api.Communicator;
import org.ccl4j.api.DataType;
import org.ccl4j.api.ReduceOp;

/** The reductions that can be measured, named and ordered as in nccl-tests. */
enum PerfReduction {
  /** {@link ReduceOp#SUM}. */
  SUM,
  /** {@link ReduceOp#PROD}. */
  PROD,
  /** {@link ReduceOp#MAX}. */
  MAX,
  /** {@link ReduceOp#MIN}. */
  MIN,
  /** {@link ReduceOp#AVG}. */
  AVG,
  /** A pre-multiplied sum with the factors of {@link #scalar(int)}. */
  MULSUM;

  /** The factor of a rank in {@link #MULSUM}. */
  static int scalar(int rank) {
    return rank % 2 == 0 ? 1 : 2;
  }

  String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The operator for one rank; one that is made is the caller's to close. */
  ReduceOp on(Communicator communicator, DataType type) {
    return switch (this) {
      case SUM -> ReduceOp.SUM;
      case PROD -> ReduceOp.PROD;
      case MAX -> ReduceOp.MAX;
      case MIN -> ReduceOp.MIN;
      case AVG -> ReduceOp.AVG;
      case MULSUM -> communicator.preMulSum(type, scalar(communicator.rank()));
    };
  }

  /** Reads a name, or {@code all} for all of them in their order. */
  static List<PerfReduction> parse(String option, String text) {
    if (text.equals("all")) {
      return List.of(values());
    }
    for (PerfReduction reduction : values()) {
      if (reduction.text().equals(text)) {
        return List.of(reduction);
      }
    }
    throw UsageException.notAllowed(option, text, allowed());
  }

  static String allowed() {
    return Arrays.stream(values()).map(PerfReduction::text).collect(Collectors.joining(", "))
        + ", all";
  }
}
