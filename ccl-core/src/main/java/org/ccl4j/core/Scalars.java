package org.ccl4j.core;

import java.nio.ByteBuffer;
import org.ccl4j.api.CclUsageException;
import org.ccl4j.api.DataType;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.NarrowFloats;

/** Writes a factor in the bytes of a type. */
final class Scalars {
  private static final double TWO_TO_63 = 0x1p63;
  private static final double TWO_TO_64 = 0x1p64;

  private Scalars() {}

  static void put(ByteBuffer to, DataType type, double scalar) {
    switch (type) {
      case INT8 -> to.put((byte) whole(type, scalar, Byte.MIN_VALUE, 0x1p7));
      case UINT8 -> to.put((byte) whole(type, scalar, 0, 0x1p8));
      case INT32 -> to.putInt((int) whole(type, scalar, Integer.MIN_VALUE, 0x1p31));
      case UINT32 -> to.putInt((int) whole(type, scalar, 0, 0x1p32));
      case INT64 -> to.putLong(whole(type, scalar, -TWO_TO_63, TWO_TO_63));
      case UINT64 -> to.putLong(whole(type, scalar, 0, TWO_TO_64));
      case FLOAT16 -> to.putShort(NarrowFloats.toFloat16(sticky(scalar)));
      case BFLOAT16 -> to.putShort(NarrowFloats.toBfloat16(sticky(scalar)));
      case FLOAT32 -> to.putFloat((float) scalar);
      case FLOAT64 -> to.putDouble(scalar);
      case FLOAT8_E4M3 -> to.put(NarrowFloats.toFloat8E4m3(sticky(scalar)));
      case FLOAT8_E5M2 -> to.put(NarrowFloats.toFloat8E5m2(sticky(scalar)));
    }
  }

  /**
   * The number as a float whose last bit tells whether something was cut off: rounding that once
   * more gives what rounding the number itself would give.
   */
  private static float sticky(double scalar) {
    float near = (float) scalar;
    if (near == scalar || Float.isNaN(near) || Float.isInfinite(near)) {
      return near;
    }
    int bits = Float.floatToRawIntBits(near);
    int towardZero = Math.abs((double) near) > Math.abs(scalar) ? bits - 1 : bits;
    return Float.intBitsToFloat(towardZero | 1);
  }

  /** The number as a whole one, at least {@code min} and less than {@code end}. */
  private static long whole(DataType type, double scalar, double min, double end) {
    if (scalar != Math.rint(scalar) || !(scalar >= min && scalar < end)) {
      throw new CclUsageException(
          ErrorCode.OUT_OF_RANGE,
          "preMulSum: scalar is "
              + scalar
              + "; allowed is a whole number of the range of "
              + type
              + ". Pass it as bytes where a double cannot hold it.");
    }
    return scalar < TWO_TO_63 ? (long) scalar : (long) (scalar - TWO_TO_63) + Long.MIN_VALUE;
  }
}
