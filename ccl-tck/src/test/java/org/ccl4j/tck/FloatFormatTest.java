package org.ccl4j.tck;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.ccl4j.api.DataType;
import org.junit.jupiter.api.Test;

/** The kit's own arithmetic, against the measured tables and against Java's. */
class FloatFormatTest {
  @Test
  void decodesEveryNarrowValueAsMeasured() {
    Reference.widening()
        .forEach(
            (type, table) -> {
              FloatFormat format = FloatFormat.of(type);
              for (int bits = 0; bits < table.length; bits++) {
                assertEquals(Float.intBitsToFloat(table[bits]), format.decode(bits), 0.0);
              }
            });
  }

  @Test
  void encodesWhatItDecoded() {
    for (DataType type : Reference.NARROW) {
      FloatFormat format = FloatFormat.of(type);
      for (long bits = 0; bits < 2 * format.signBit(); bits++) {
        if (format.isFinite(bits)) {
          assertEquals(bits, format.encodeExactly(format.decode(bits)), type + " " + bits);
        }
      }
    }
  }

  @Test
  void agreesWithJavaOnItsOwnTypes() {
    for (int i = 0; i < 10_000; i++) {
      float single = Float.intBitsToFloat((int) Data.hash(1, i));
      double twofold = Double.longBitsToDouble(Data.hash(2, i));
      assertEquals(
          single, FloatFormat.FLOAT32.decode(Float.floatToRawIntBits(single) & 0xffffffffL), 0.0);
      assertEquals(twofold, FloatFormat.FLOAT64.decode(Double.doubleToRawLongBits(twofold)), 0.0);
      if (Double.isFinite(twofold)) {
        assertEquals(
            Double.doubleToRawLongBits(twofold), FloatFormat.FLOAT64.encodeExactly(twofold));
      }
    }
  }

  @Test
  void refusesToEncodeWhatTheTypeCannotHold() {
    assertThrows(IllegalArgumentException.class, () -> FloatFormat.FLOAT8_E4M3.encodeExactly(17));
    assertThrows(IllegalArgumentException.class, () -> FloatFormat.FLOAT16.encodeExactly(1e6));
  }

  @Test
  void ordersAndMeasures() {
    FloatFormat half = FloatFormat.FLOAT16;
    assertTrue(half.order(0x8000) < half.order(0), "-0 below +0");
    assertTrue(half.order(0xfc00) < half.order(0x8001), "-infinity below the rest");
    assertEquals(2, half.distance(0x8001, 0x0001));
    assertEquals(0x1p-10, half.ulp(1.5), 0.0);
    assertEquals(0x1p-24, half.ulp(0), 0.0);
  }
}
