package org.ccl4j.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.ccl4j.api.DataType;
import org.junit.jupiter.api.Test;

final class ElementsTest {
  @Test
  void distanceCountsNeighboursAcrossZero() {
    assertEquals(0, distance(0f, -0f));
    assertEquals(1, distance(1f, Math.nextUp(1f)));
    assertEquals(2, distance(-Float.MIN_VALUE, Float.MIN_VALUE));
    assertEquals(1L << 24, distance(-1f, -4f));
  }

  private static long distance(float a, float b) {
    return Elements.distance(
        4, Elements.bits(DataType.FLOAT32, a), Elements.bits(DataType.FLOAT32, b));
  }

  @Test
  void wideningKeepsTheSignOfSignedTypesOnly() {
    assertEquals(-1, Elements.widen(DataType.INT8, 0x1ff));
    assertEquals(255, Elements.widen(DataType.UINT8, 0x1ff));
    assertEquals(0xffffffffL, Elements.widen(DataType.UINT32, -1));
    assertEquals(-1, Elements.widen(DataType.UINT64, -1));
  }
}
