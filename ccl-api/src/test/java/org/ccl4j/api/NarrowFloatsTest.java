package org.ccl4j.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.util.TreeMap;
import java.util.function.IntFunction;
import java.util.function.IntToDoubleFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * The conversions against the definition of the formats, in exact arithmetic: a value is sign x
 * significand x power of two, and rounding is to the nearest in a sorted list of all values, ties
 * to the even encoding.
 */
class NarrowFloatsTest {
  private record Format(
      String name,
      int exponentBits,
      int fractionBits,
      boolean hasInfinity,
      boolean saturates,
      IntToDoubleFunction decode,
      IntFunction<Integer> encodeFloatBits) {

    int bias() {
      return (1 << (exponentBits - 1)) - 1;
    }

    int signBit() {
      return 1 << (exponentBits + fractionBits);
    }

    /** The value of positive bits by definition; NaN and infinity for those that are none. */
    double value(int bits) {
      int exponent = bits >>> fractionBits;
      int fraction = bits & ((1 << fractionBits) - 1);
      int top = (1 << exponentBits) - 1;
      if (hasInfinity && exponent == top) {
        return fraction == 0 ? Double.POSITIVE_INFINITY : Double.NaN;
      }
      if (!hasInfinity && bits == signBit() - 1) {
        return Double.NaN;
      }
      int significand = exponent == 0 ? fraction : fraction + (1 << fractionBits);
      return significand * Math.pow(2, Math.max(exponent, 1) - bias() - fractionBits);
    }
  }

  private static final Format[] FORMATS = {
    new Format(
        "FLOAT16",
        5,
        10,
        true,
        false,
        b -> NarrowFloats.fromFloat16((short) b),
        f -> NarrowFloats.toFloat16(Float.intBitsToFloat(f)) & 0xffff),
    new Format(
        "BFLOAT16",
        8,
        7,
        true,
        false,
        b -> NarrowFloats.fromBfloat16((short) b),
        f -> NarrowFloats.toBfloat16(Float.intBitsToFloat(f)) & 0xffff),
    new Format(
        "FLOAT8_E4M3",
        4,
        3,
        false,
        true,
        b -> NarrowFloats.fromFloat8E4m3((byte) b),
        f -> NarrowFloats.toFloat8E4m3(Float.intBitsToFloat(f)) & 0xff),
    new Format(
        "FLOAT8_E5M2",
        5,
        2,
        true,
        true,
        b -> NarrowFloats.fromFloat8E5m2((byte) b),
        f -> NarrowFloats.toFloat8E5m2(Float.intBitsToFloat(f)) & 0xff),
  };

  @TestFactory
  Stream<DynamicTest> everyEncodingHasTheValueOfItsDefinition() {
    return Stream.of(FORMATS)
        .map(format -> DynamicTest.dynamicTest(format.name, () -> checkDecode(format)));
  }

  private static void checkDecode(Format format) {
    for (int bits = 0; bits < format.signBit(); bits++) {
      double expected = format.value(bits);
      assertEquals(
          expected, format.decode.applyAsDouble(bits), "bits " + Integer.toHexString(bits));
      assertEquals(
          -expected, format.decode.applyAsDouble(bits | format.signBit()), "negative " + bits);
    }
  }

  @TestFactory
  Stream<DynamicTest> everyValueComesBackAsItsEncoding() {
    return Stream.of(FORMATS)
        .map(format -> DynamicTest.dynamicTest(format.name, () -> checkRoundTrip(format)));
  }

  private static void checkRoundTrip(Format format) {
    for (int bits = 0; bits < 2 * format.signBit(); bits++) {
      double value = format.decode.applyAsDouble(bits);
      int back = format.encodeFloatBits.apply(Float.floatToRawIntBits((float) value));
      if (Double.isNaN(value)) {
        assertTrue(Double.isNaN(format.decode.applyAsDouble(back)));
      } else if (Double.isInfinite(value) && format.saturates) {
        assertEquals(bits - 1, back, "an infinity becomes the largest finite value");
      } else {
        assertEquals(bits, back);
      }
    }
  }

  @TestFactory
  Stream<DynamicTest> betweenTwoValuesTheNearestIsTakenAndTiesGoToEven() {
    return Stream.of(FORMATS)
        .map(format -> DynamicTest.dynamicTest(format.name, () -> checkRounding(format)));
  }

  private static void checkRounding(Format format) {
    TreeMap<BigDecimal, Integer> values = new TreeMap<>();
    for (int bits = 0; bits < format.signBit(); bits++) {
      if (Double.isFinite(format.value(bits))) {
        values.put(new BigDecimal(format.value(bits)), bits);
      }
    }
    for (int bits = 0; bits < values.size() - 1; bits++) {
      float low = (float) format.value(bits);
      float high = (float) format.value(bits + 1);
      float middle = (float) (((double) low + high) / 2);
      if (middle == low || middle == high) {
        continue; // no float lies between: BFLOAT16 subnormals below the smallest float
      }
      int even = bits % 2 == 0 ? bits : bits + 1;
      assertEquals(even, encode(format, middle), "middle above " + bits);
      assertEquals(
          bits, encode(format, Math.nextDown(middle)), "just below the middle above " + bits);
      assertEquals(
          bits + 1, encode(format, Math.nextUp(middle)), "just above the middle above " + bits);
      assertEquals(
          even | format.signBit(), encode(format, -middle), "negative middle above " + bits);
    }
  }

  private static int encode(Format format, float value) {
    return format.encodeFloatBits.apply(Float.floatToRawIntBits(value));
  }

  @Test
  void tooLargeBecomesInfinityOrSaturates() {
    assertEquals((short) 0x7c00, NarrowFloats.toFloat16(65520));
    assertEquals((short) 0x7bff, NarrowFloats.toFloat16(Math.nextDown(65520f)));
    assertEquals((short) 0xfc00, NarrowFloats.toFloat16(-Float.MAX_VALUE));
    assertEquals((short) 0x7f80, NarrowFloats.toBfloat16(Float.MAX_VALUE));
    assertEquals(0x7e, NarrowFloats.toFloat8E4m3(1e9f));
    assertEquals((byte) 0xfe, NarrowFloats.toFloat8E4m3(Float.NEGATIVE_INFINITY));
    assertEquals(0x7b, NarrowFloats.toFloat8E5m2(1e9f));
    assertEquals((byte) 0xfb, NarrowFloats.toFloat8E5m2(Float.NEGATIVE_INFINITY));
  }

  @Test
  void tooSmallBecomesZeroOfTheSameSign() {
    assertEquals((short) 0, NarrowFloats.toFloat16(0x1p-25f));
    assertEquals((short) 1, NarrowFloats.toFloat16(Math.nextUp(0x1p-25f)));
    assertEquals((short) 0x8000, NarrowFloats.toFloat16(-Float.MIN_VALUE));
    assertEquals((byte) 0x80, NarrowFloats.toFloat8E4m3(-0.0f));
    assertEquals((byte) 0, NarrowFloats.toFloat8E5m2(Float.MIN_NORMAL));
  }
}
