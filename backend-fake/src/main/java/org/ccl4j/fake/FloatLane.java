package org.ccl4j.fake;

import org.ccl4j.api.DataType;

/**
 * FLOAT32 and the narrow types, which are widened to float, combined there, and rounded once when
 * stored.
 */
final class FloatLane extends Lane {
  private final FloatCodec codec;
  private final float[] acc = new float[BLOCK];
  private final float[] in = new float[BLOCK];

  FloatLane(DataType type) {
    codec = FloatCodec.of(type);
  }

  @Override
  void load(Span source, long offset, int count, boolean first) {
    codec.get(source.allocation(), source.offset() + offset, first ? acc : in, count);
  }

  @Override
  void scale(Span scalar, int count, boolean first) {
    float[] factor = new float[1];
    codec.get(scalar.allocation(), scalar.offset(), factor, 1);
    float[] values = first ? acc : in;
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
  private static void sumBlock(float[] acc, float[] in) {
    for (int i = 0; i < BLOCK; i++) {
      acc[i] += in[i];
    }
  }

  private static void sum(float[] acc, float[] in, int count) {
    for (int i = 0; i < count; i++) {
      acc[i] += in[i];
    }
  }

  private static void prod(float[] acc, float[] in, int count) {
    for (int i = 0; i < count; i++) {
      acc[i] *= in[i];
    }
  }

  // A NaN loses against a number, as it does on a GPU; Math.max and Math.min order the zeros.
  private static void max(float[] acc, float[] in, int count) {
    for (int i = 0; i < count; i++) {
      float a = acc[i];
      float b = in[i];
      acc[i] = Float.isNaN(a) ? b : Float.isNaN(b) ? a : Math.max(a, b);
    }
  }

  private static void min(float[] acc, float[] in, int count) {
    for (int i = 0; i < count; i++) {
      float a = acc[i];
      float b = in[i];
      acc[i] = Float.isNaN(a) ? b : Float.isNaN(b) ? a : Math.min(a, b);
    }
  }

  @Override
  void average(int ranks, int count) {
    for (int i = 0; i < count; i++) {
      acc[i] /= ranks;
    }
  }

  @Override
  void store(Span target, long offset, int count) {
    codec.put(target.allocation(), target.offset() + offset, acc, count);
  }
}
