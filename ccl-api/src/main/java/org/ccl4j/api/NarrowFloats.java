package org.ccl4j.api;

/**
 * Converts between {@code float} and the bits of the narrow floating-point types, which Java 17
 * cannot do itself.
 *
 * <p>To narrow is to round to the nearest value, ties to even. Too large a value becomes infinity
 * in FLOAT16 and BFLOAT16, and saturates at the largest finite value in the 8-bit types, infinity
 * included, as the reductions of the GPU libraries do. A NaN becomes the canonical NaN of the type.
 * To widen is exact.
 */
public final class NarrowFloats {
  private static final float[] E4M3 = table(4, 3, 7, false);
  private static final float[] E5M2 = table(5, 2, 15, true);

  private NarrowFloats() {}

  /**
   * Widens a FLOAT16.
   *
   * @param bits the binary16
   * @return the same value
   */
  public static float fromFloat16(short bits) {
    int magnitude = bits & 0x7fff;
    int sign = (bits & 0x8000) << 16;
    if (magnitude >= 0x7c00) {
      return Float.intBitsToFloat(sign | 0x7f800000 | ((magnitude & 0x3ff) << 13));
    }
    // Read as a binary32 the bits are right but for the bias: multiplying moves it, exactly, and
    // makes subnormals normal.
    float value = Float.intBitsToFloat(magnitude << 13) * 0x1p112f;
    return Float.intBitsToFloat(Float.floatToRawIntBits(value) | sign);
  }

  /**
   * Narrows to FLOAT16.
   *
   * @param value any float
   * @return the bits of the nearest binary16
   */
  public static short toFloat16(float value) {
    return (short) narrow(value, 5, 10, 15, 0x7c00, 0x7e00);
  }

  /**
   * Widens a BFLOAT16.
   *
   * @param bits the upper half of a binary32
   * @return the same value
   */
  public static float fromBfloat16(short bits) {
    return Float.intBitsToFloat(bits << 16);
  }

  /**
   * Narrows to BFLOAT16.
   *
   * @param value any float
   * @return the bits of the nearest value
   */
  public static short toBfloat16(float value) {
    int bits = Float.floatToRawIntBits(value);
    if (Float.isNaN(value)) {
      return (short) (((bits >>> 16) & 0x8000) | 0x7fc0);
    }
    // Adding just under half of the dropped part, plus the lowest kept bit, rounds to nearest even;
    // a carry runs into the
    // exponent and up to infinity, as it should.
    return (short) ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);
  }

  /**
   * Widens a FLOAT8_E4M3.
   *
   * @param bits the 8 bits
   * @return the same value
   */
  public static float fromFloat8E4m3(byte bits) {
    return E4M3[bits & 0xff];
  }

  /**
   * Narrows to FLOAT8_E4M3.
   *
   * @param value any float
   * @return the bits of the nearest finite value; 0x7f or 0xff for NaN
   */
  public static byte toFloat8E4m3(float value) {
    return (byte) narrow(value, 4, 3, 7, 0x7e, 0x7f);
  }

  /**
   * Widens a FLOAT8_E5M2.
   *
   * @param bits the 8 bits
   * @return the same value, infinities included
   */
  public static float fromFloat8E5m2(byte bits) {
    return E5M2[bits & 0xff];
  }

  /**
   * Narrows to FLOAT8_E5M2.
   *
   * @param value any float
   * @return the bits of the nearest finite value; 0x7f or 0xff for NaN
   */
  public static byte toFloat8E5m2(float value) {
    return (byte) narrow(value, 5, 2, 15, 0x7b, 0x7f);
  }

  /**
   * Rounds to nearest even in integer arithmetic.
   *
   * @param most the bits that stand for everything too large: infinity, or the largest finite value
   */
  private static int narrow(
      float value, int exponentBits, int fractionBits, int bias, int most, int nan) {
    int bits = Float.floatToRawIntBits(value);
    int sign = (bits >>> 31) << (exponentBits + fractionBits);
    int magnitude = bits & 0x7fffffff;
    if (magnitude > 0x7f800000) {
      return sign | nan;
    }
    int exponent = (magnitude >>> 23) - 127;
    // A value below the smallest normal one loses further bits; beyond 25 of them nothing is left
    // to round.
    int dropped = Math.min(23 - fractionBits + Math.max(0, 1 - bias - exponent), 25);
    int significand = (magnitude & 0x7fffff) | (magnitude >= 0x800000 ? 0x800000 : 0);
    int kept = significand >>> dropped;
    int rest = significand & ((1 << dropped) - 1);
    int half = 1 << (dropped - 1);
    if (rest > half || (rest == half && (kept & 1) == 1)) {
      kept++;
    }
    // The implicit bit of a normal number adds one to the exponent field, so the field starts one
    // lower.
    int field = Math.max(exponent + bias, 1) - 1;
    int result = (field << fractionBits) + kept;
    return sign | Math.min(result, most);
  }

  private static float[] table(int exponentBits, int fractionBits, int bias, boolean hasInfinity) {
    float[] values = new float[256];
    int topExponent = (1 << exponentBits) - 1;
    for (int bits = 0; bits < 256; bits++) {
      int exponent = (bits >>> fractionBits) & topExponent;
      int fraction = bits & ((1 << fractionBits) - 1);
      float value;
      if (hasInfinity && exponent == topExponent) {
        value = fraction == 0 ? Float.POSITIVE_INFINITY : Float.NaN;
      } else if (!hasInfinity && (bits & 0x7f) == 0x7f) {
        value = Float.NaN;
      } else if (exponent == 0) {
        value = Math.scalb((float) fraction, 1 - bias - fractionBits);
      } else {
        value =
            Math.scalb((float) (fraction + (1 << fractionBits)), exponent - bias - fractionBits);
      }
      values[bits] = bits < 128 ? value : -value;
    }
    return values;
  }
}
