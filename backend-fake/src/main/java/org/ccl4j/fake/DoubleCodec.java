package org.ccl4j.fake;

import org.ccl4j.api.DataType;

/** Moves elements of a floating-point type between memory and double arrays. */
abstract sealed class DoubleCodec {
  abstract void get(Allocation source, long offset, double[] target, int count);

  abstract void put(Allocation target, long offset, double[] source, int count);

  static DoubleCodec of(DataType type) {
    return type == DataType.FLOAT64 ? new Plain() : new ThroughFloat(FloatCodec.of(type));
  }

  private static final class Plain extends DoubleCodec {
    @Override
    void get(Allocation source, long offset, double[] target, int count) {
      source.get(offset, target, count);
    }

    @Override
    void put(Allocation target, long offset, double[] source, int count) {
      target.put(offset, source, count);
    }
  }

  private static final class ThroughFloat extends DoubleCodec {
    private final FloatCodec codec;
    private final float[] values = new float[Lane.BLOCK];

    ThroughFloat(FloatCodec codec) {
      this.codec = codec;
    }

    @Override
    void get(Allocation source, long offset, double[] target, int count) {
      codec.get(source, offset, values, count);
      for (int i = 0; i < count; i++) {
        target[i] = values[i];
      }
    }

    @Override
    void put(Allocation target, long offset, double[] source, int count) {
      for (int i = 0; i < count; i++) {
        values[i] = (float) source[i];
      }
      codec.put(target, offset, values, count);
    }
  }
}
