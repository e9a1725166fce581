package org.ccl4j.fake;

import org.ccl4j.api.DataType;
import org.jspecify.annotations.Nullable;

/** FLOAT64, and the means of the other floating-point types, whose sums need the room. */
final class DoubleLane extends Lane {
  /**
   * More than the number of ranks can be, and a power of two, so that scaling by it loses nothing.
   */
  private static final double ROOM = 0x1p12;

  private final DoubleCodec codec;
  private final double[] acc = new double[BLOCK];
  private final double[] in = new double[BLOCK];

  /** For means of FLOAT64: the same sum, scaled down so that it cannot overflow; otherwise null. */
  private final double @Nullable [] scaledSum;

  DoubleLane(DataType type, boolean forMeans) {
    codec = DoubleCodec.of(type);
    scaledSum = forMeans && type == DataType.FLOAT64 ? new double[BLOCK] : null;
  }

  @Override
  void load(Span source, long offset, int count, boolean first) {
    codec.get(source.allocation(), source.offset() + offset, first ? acc : in, count);
    if (scaledSum != null) {
      addScaled(scaledSum, first, count);
    }
  }

  private void addScaled(double[] sum, boolean first, int count) {
    for (int i = 0; i < count; i++) {
      sum[i] = first ? acc[i] / ROOM : sum[i] + in[i] / ROOM;
    }
  }

  @Override
  void scale(Span scalar, int count, boolean first) {
    double[] factor = new double[1];
    codec.get(scalar.allocation(), scalar.offset(), factor, 1);
    double[] values = first ? acc : in;
    for (int i = 0; i < count; i++) {
      values[i] *= factor[0];
    }
  }

  @Override
  void combine(int op, int count) {
    switch (op) {
      case Ops.PROD -> prod(acc, in, count);
      case Ops.MAX -> max(acc, in, count);
      case Ops.MIN -> min(acc, in, count);
      default -> {
        if (count == BLOCK) {
          sumBlock(acc, in);
        } else {
          sum(acc, in, count);
        }
      }
    }
  }

  // A method of its own with a constant trip count: the JIT vectorises it in every run, which it
  // does not do reliably for a
  // bound that varies.
  private static void sumBlock(double[] acc, double[] in) {
    for (int i = 0; i < BLOCK; i++) {
      acc[i] += in[i];
    }
  }

  private static void sum(double[] acc, double[] in, int count) {
    for (int i = 0; i < count; i++) {
      acc[i] += in[i];
    }
  }

  private static void prod(double[] acc, double[] in, int count) {
    for (int i = 0; i < count; i++) {
      acc[i] *= in[i];
    }
  }

  // A NaN loses against a number, as it does on a GPU; Math.max and Math.min order the zeros.
  private static void max(double[] acc, double[] in, int count) {
    for (int i = 0; i < count; i++) {
      double a = acc[i];
      double b = in[i];
      acc[i] = Double.isNaN(a) ? b : Double.isNaN(b) ? a : Math.max(a, b);
    }
  }

  private static void min(double[] acc, double[] in, int count) {
    for (int i = 0; i < count; i++) {
      double a = acc[i];
      double b = in[i];
      acc[i] = Double.isNaN(a) ? b : Double.isNaN(b) ? a : Math.min(a, b);
    }
  }

  @Override
  void average(int ranks, int count) {
    for (int i = 0; i < count; i++) {
      acc[i] =
          scaledSum != null && Double.isInfinite(acc[i])
              ? scaledSum[i] / ranks * ROOM
              : acc[i] / ranks;
    }
  }

  @Override
  void store(Span target, long offset, int count) {
    codec.put(target.allocation(), target.offset() + offset, acc, count);
  }
}
