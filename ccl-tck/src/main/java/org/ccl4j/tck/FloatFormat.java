package org.ccl4j.tck;

import org.ccl4j.api.DataType;

/**
 * The six floating-point types by their definition, independent of {@code NarrowFloats} and of the
 * backend: exact conversion to and from {@code double}, order, and distance.
 */
enum FloatFormat {
  FLOAT16(5, 10),
  BFLOAT16(8, 7),
  FLOAT32(8, 23),
  FLOAT64(11, 52),
  FLOAT8_E4M3(4, 3),
  FLOAT8_E5M2(5, 2);

  private final int exponentBits;
  private final int fractionBits;
  private final int bias;

  FloatFormat(int exponentBits, int fractionBits) {
    this.exponentBits = exponentBits;
    this.fractionBits = fractionBits;
    this.bias = (1 << (exponentBits - 1)) - 1;
  }

  static FloatFormat of(DataType type) {
    return valueOf(type.name());
  }

  /** Every integer up to this one is a value of the type. */
  long exactIntegers() {
    return 1L << (fractionBits + 1);
  }

  long signBit() {
    return 1L << (exponentBits + fractionBits);
  }

  /** The bits without the sign. */
  long magnitude(long bits) {
    return bits & (signBit() - 1);
  }

  boolean isNegative(long bits) {
    return (bits & signBit()) != 0;
  }

  long infinity() {
    return ((1L << exponentBits) - 1) << fractionBits;
  }

  /** E4M3 has no infinity; its topmost exponent holds numbers and one NaN. */
  boolean hasInfinity() {
    return this != FLOAT8_E4M3;
  }

  boolean isEightBit() {
    return this == FLOAT8_E4M3 || this == FLOAT8_E5M2;
  }

  long largestFinite() {
    return hasInfinity() ? infinity() - 1 : 0x7e;
  }

  long nan() {
    return hasInfinity() ? infinity() | (1L << (fractionBits - 1)) : 0x7f;
  }

  boolean isNaN(long bits) {
    return hasInfinity() ? magnitude(bits) > infinity() : magnitude(bits) == 0x7f;
  }

  boolean isFinite(long bits) {
    return magnitude(bits) <= largestFinite();
  }

  /** Orders all numbers, -0 below +0. */
  long order(long bits) {
    return isNegative(bits) ? ~magnitude(bits) : magnitude(bits);
  }

  double decode(long bits) {
    if (isNaN(bits)) {
      return Double.NaN;
    }
    long magnitude = magnitude(bits);
    int exponent = (int) (magnitude >>> fractionBits);
    long fraction = magnitude & ((1L << fractionBits) - 1);
    double value;
    if (!isFinite(bits)) {
      value = Double.POSITIVE_INFINITY;
    } else if (exponent == 0) {
      value = Math.scalb((double) fraction, 1 - bias - fractionBits);
    } else {
      value =
          Math.scalb((double) (fraction | (1L << fractionBits)), exponent - bias - fractionBits);
    }
    return isNegative(bits) ? -value : value;
  }

  /** The bits of a number that the type can hold; anything else is a mistake of the kit. */
  long encodeExactly(double value) {
    double magnitude = Math.abs(value);
    int exponent = Math.max(Math.getExponent(magnitude), 1 - bias);
    double scaled = Math.scalb(magnitude, fractionBits - exponent);
    long significand = (long) scaled;
    long bits = significand + (((long) exponent + bias - 1) << fractionBits);
    if (1 / value < 0) {
      bits |= signBit();
    }
    if (scaled != significand || decode(bits) != value) {
      throw new IllegalArgumentException(value + " is no " + this);
    }
    return bits;
  }

  /** The size of one unit in the last place around a value. */
  double ulp(double value) {
    return Math.scalb(1.0, Math.max(Math.getExponent(value), 1 - bias) - fractionBits);
  }

  /** How many values of the type lie between two numbers. */
  long distance(long a, long b) {
    long x = isNegative(a) ? -magnitude(a) : magnitude(a);
    long y = isNegative(b) ? -magnitude(b) : magnitude(b);
    return Math.abs(x - y);
  }
}
