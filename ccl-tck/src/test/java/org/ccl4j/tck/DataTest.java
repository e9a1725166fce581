package org.ccl4j.tck;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import org.ccl4j.api.DataType;
import org.junit.jupiter.api.Test;

/** The data must deserve the trust that the rules put in them. */
class DataTest {
  private static final List<Integer> WORLDS = List.of(1, 2, 3, 4, 8, 11, 16, 64);

  @Test
  void floatingSumsAreExactInEveryOrder() {
    for (DataType type : DataType.values()) {
      if (!type.isFloatingPoint()) {
        continue;
      }
      FloatFormat format = FloatFormat.of(type);
      for (int ranks : WORLDS) {
        for (Data.Kind kind : List.of(Data.Kind.SUM, Data.Kind.SCALED_SUM)) {
          Data data = Data.reduction(type, kind, ranks);
          for (int i = 0; i < Pattern.PERIOD; i++) {
            double smallest = Math.scalb(1.0, i % 3 - 1);
            double all = 0;
            for (int r = 0; r < ranks; r++) {
              double value = format.decode(data.input(r).bits(i));
              assertEquals(0, value % smallest, 0.0, "a multiple of one power of two");
              all += Math.abs(value) * (kind == Data.Kind.SUM ? 1 : Data.factor(r));
            }
            assertTrue(
                all / smallest <= format.exactIntegers(), type + " " + kind + " of " + ranks);
          }
        }
      }
    }
  }

  @Test
  void everyRankMattersForEveryOperator() {
    for (DataType type : DataType.values()) {
      for (int ranks : WORLDS) {
        for (Data.Kind kind : Data.Kind.values()) {
          Data data = Data.reduction(type, kind, ranks);
          for (int r = 0; r < ranks; r++) {
            Pattern input = data.input(r);
            boolean matters =
                switch (kind) {
                  case MAX, MIN -> pickedSomewhere(data, input);
                  default -> differsFromNeutral(type, kind, input);
                };
            assertTrue(matters, type + " " + kind + ": rank " + r + " of " + ranks);
          }
        }
      }
    }
  }

  private static boolean pickedSomewhere(Data data, Pattern input) {
    for (int i = 0; i < Pattern.PERIOD; i++) {
      if (input.bits(i) == data.expected().bits(i)) {
        return true;
      }
    }
    return false;
  }

  private static boolean differsFromNeutral(DataType type, Data.Kind kind, Pattern input) {
    long one = type.isInteger() ? 1 : FloatFormat.of(type).encodeExactly(1);
    long neutral = kind == Data.Kind.PROD ? one : 0;
    for (int i = 0; i < Pattern.PERIOD; i++) {
      if (input.bits(i) != neutral) {
        return true;
      }
    }
    return false;
  }

  @Test
  void wrappedIntegersAreExpectedAsTheyAre() {
    Data data = Data.reduction(DataType.INT8, Data.Kind.AVG, 2);
    for (int i = 0; i < Pattern.PERIOD; i++) {
      byte sum = (byte) (data.input(0).bits(i) + data.input(1).bits(i));
      assertEquals((byte) (sum / 2), (byte) data.expected().bits(i), "average of element " + i);
    }
  }

  @Test
  void meansAreThere() {
    Data data = Data.reduction(DataType.FLOAT8_E5M2, Data.Kind.AVG, 3);
    assertTrue(Arrays.stream(data.means()).allMatch(m -> m >= 0 && m <= 8), "means in range");
    assertNotEquals(0, data.means()[0], 0.0);
  }

  @Test
  void ranksMoveDifferentElements() {
    for (DataType type : DataType.values()) {
      int same = 0;
      for (int i = 0; i < Pattern.PERIOD; i++) {
        same += Data.moved(type, 0).bits(i) == Data.moved(type, 1).bits(i) ? 1 : 0;
      }
      assertTrue(same < 20, type + ": " + same + " of " + Pattern.PERIOD + " are equal");
    }
  }
}
