package org.ccl4j.fake;

import org.ccl4j.api.DataType;
import org.ccl4j.api.NarrowFloats;

/** Moves elements of a floating-point type of at most 32 bits between memory and float arrays. */
abstract sealed class FloatCodec {
  abstract void get(Allocation source, long offset, float[] target, int count);

  abstract void put(Allocation target, long offset, float[] source, int count);

  static FloatCodec of(DataType type) {
    return switch (type) {
      case FLOAT32 -> new Plain();
      case FLOAT16, BFLOAT16 -> new TwoBytes(type == DataType.FLOAT16);
      case FLOAT8_E4M3, FLOAT8_E5M2 -> new OneByte(type == DataType.FLOAT8_E4M3);
      default -> throw new IllegalArgumentException("no float codec for " + type);
    };
  }

  private static final class Plain extends FloatCodec {
    @Override
    void get(Allocation source, long offset, float[] target, int count) {
      source.get(offset, target, count);
    }

    @Override
    void put(Allocation target, long offset, float[] source, int count) {
      target.put(offset, source, count);
    }
  }

  private static final class TwoBytes extends FloatCodec {
    private final boolean ieee;
    private final short[] bits = new short[Lane.BLOCK];

    TwoBytes(boolean ieee) {
      this.ieee = ieee;
    }

    @Override
    void get(Allocation source, long offset, float[] target, int count) {
      source.get(offset, bits, count);
      for (int i = 0; i < count; i++) {
        target[i] = ieee ? NarrowFloats.fromFloat16(bits[i]) : NarrowFloats.fromBfloat16(bits[i]);
      }
    }

    @Override
    void put(Allocation target, long offset, float[] source, int count) {
      for (int i = 0; i < count; i++) {
        bits[i] = ieee ? NarrowFloats.toFloat16(source[i]) : NarrowFloats.toBfloat16(source[i]);
      }
      target.put(offset, bits, count);
    }
  }

  private static final class OneByte extends FloatCodec {
    private final boolean e4m3;
    private final byte[] bits = new byte[Lane.BLOCK];

    OneByte(boolean e4m3) {
      this.e4m3 = e4m3;
    }

    @Override
    void get(Allocation source, long offset, float[] target, int count) {
      source.get(offset, bits, count);
      for (int i = 0; i < count; i++) {
        target[i] =
            e4m3 ? NarrowFloats.fromFloat8E4m3(bits[i]) : NarrowFloats.fromFloat8E5m2(bits[i]);
      }
    }

    @Override
    void put(Allocation target, long offset, float[] source, int count) {
      for (int i = 0; i < count; i++) {
        bits[i] =
            e4m3 ? NarrowFloats.toFloat8E4m3(source[i]) : NarrowFloats.toFloat8E5m2(source[i]);
      }
      target.put(offset, bits, count);
    }
  }
}
