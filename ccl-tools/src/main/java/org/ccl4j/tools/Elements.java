package org.ccl4j.tools;

import java.nio.ByteBuffer;
import org.ccl4j.api.DataType;
import org.ccl4j.api.NarrowFloats;

/** Elements as bits in the low part of a {@code long}. */
final class Elements {
  private Elements() {}

  static void put(ByteBuffer block, int at, int size, long bits) {
    switch (size) {
      case 1 -> block.put(at, (byte) bits);
      case 2 -> block.putShort(at, (short) bits);
      case 4 -> block.putInt(at, (int) bits);
      default -> block.putLong(at, bits);
    }
  }

  static long get(ByteBuffer block, int at, int size) {
    return switch (size) {
      case 1 -> block.get(at);
      case 2 -> block.getShort(at);
      case 4 -> block.getInt(at);
      default -> block.getLong(at);
    };
  }

  /** The value of an integer type that the low bits stand for. */
  static long widen(DataType type, long bits) {
    int unused = Long.SIZE - 8 * type.byteSize();
    return type.isUnsigned() ? bits << unused >>> unused : bits << unused >> unused;
  }

  /** The bits of a floating-point type for a value, which must be exact but for an average. */
  static long bits(DataType type, double value) {
    return switch (type) {
      case FLOAT64 -> Double.doubleToRawLongBits(value);
      case FLOAT32 -> Float.floatToRawIntBits((float) value);
      case FLOAT16 -> NarrowFloats.toFloat16((float) value);
      case BFLOAT16 -> NarrowFloats.toBfloat16((float) value);
      case FLOAT8_E4M3 -> NarrowFloats.toFloat8E4m3((float) value);
      case FLOAT8_E5M2 -> NarrowFloats.toFloat8E5m2((float) value);
      default -> throw new IllegalStateException(type + " is no floating-point type");
    };
  }

  /** How many values of a floating-point type lie between two, one end included. */
  static long distance(int size, long a, long b) {
    return Math.abs(ordered(size, a) - ordered(size, b));
  }

  /** Sign and magnitude as a number of its own: neighbours differ by one, across zero too. */
  private static long ordered(int size, long bits) {
    long sign = 1L << (8 * size - 1);
    long magnitude = bits & (sign - 1);
    return (bits & sign) == 0 ? magnitude : -magnitude;
  }
}
