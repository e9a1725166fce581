package org.ccl4j.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.DoubleBinaryOperator;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.ccl4j.api.DataType;
import org.ccl4j.api.NarrowFloats;
import org.ccl4j.tools.Content.Input;
import org.ccl4j.tools.Content.Reduced;
import org.ccl4j.tools.Content.Untouched;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

final class TestDataTest {
  private static final int[] RANKS = {1, 2, 3, 8, 11, 64};

  static Stream<Arguments> floatingReductions() {
    return Stream.of(DataType.values())
        .filter(DataType::isFloatingPoint)
        .flatMap(type -> Stream.of(PerfReduction.values()).map(op -> Arguments.of(type, op)));
  }

  static Stream<Arguments> integerReductions() {
    return Stream.of(DataType.values())
        .filter(DataType::isInteger)
        .flatMap(type -> Stream.of(PerfReduction.values()).map(op -> Arguments.of(type, op)));
  }

  /** Rounds to the type after each step, in a random order: nothing may be lost on the way. */
  @ParameterizedTest
  @MethodSource("floatingReductions")
  void everyOrderOfReductionGivesTheExpectedBits(DataType type, PerfReduction op) {
    Random random = new Random(1);
    for (int ranks : RANKS) {
      Supplier<String> what = () -> type + " " + op + " " + ranks;
      TestData data = new TestData(type, op, ranks, 1);
      ByteBuffer expected = block(data, type, new Reduced(0), false);
      List<Integer> order = new ArrayList<>();
      List<ByteBuffer> inputs = new ArrayList<>();
      for (int rank = 0; rank < ranks; rank++) {
        order.add(rank);
        inputs.add(block(data, type, new Input(rank, 0), false));
      }
      for (int i = 0; i < TestData.PERIOD; i++) {
        Collections.shuffle(order, random);
        double result = term(type, op, inputs, order.get(0), i);
        for (int rank : order.subList(1, ranks)) {
          result = round(type, step(op).applyAsDouble(result, term(type, op, inputs, rank, i)));
        }
        if (op == PerfReduction.AVG) {
          result = round(type, result / ranks);
        }
        assertEquals(decode(type, bits(type, expected, i)), result, 0, what);
        assertTrue(Double.isFinite(result), "an infinity says nothing about its terms");
      }
    }
  }

  private static double term(
      DataType type, PerfReduction op, List<ByteBuffer> inputs, int rank, int i) {
    double x = decode(type, bits(type, inputs.get(rank), i));
    return op == PerfReduction.MULSUM ? round(type, x * (rank % 2 == 0 ? 1 : 2)) : x;
  }

  private static DoubleBinaryOperator step(PerfReduction op) {
    return switch (op) {
      case SUM, AVG, MULSUM -> Double::sum;
      case PROD -> (a, b) -> a * b;
      case MAX -> Math::max;
      case MIN -> Math::min;
    };
  }

  @ParameterizedTest
  @MethodSource("integerReductions")
  void integersWrapAndAveragesTruncate(DataType type, PerfReduction op) {
    for (int ranks : RANKS) {
      Supplier<String> what = () -> type + " " + op + " " + ranks;
      TestData data = new TestData(type, op, ranks, 1);
      ByteBuffer expected = block(data, type, new Reduced(0), false);
      List<ByteBuffer> inputs = new ArrayList<>();
      for (int rank = 0; rank < ranks; rank++) {
        inputs.add(block(data, type, new Input(rank, 0), false));
      }
      for (int i = 0; i < TestData.PERIOD; i++) {
        BigInteger result = integer(type, bits(type, inputs.get(0), i));
        for (int rank = 1; rank < ranks; rank++) {
          BigInteger x = integer(type, bits(type, inputs.get(rank), i));
          result =
              switch (op) {
                case SUM, AVG -> result.add(x);
                case MULSUM -> result.add(x.multiply(BigInteger.valueOf(rank % 2 == 0 ? 1 : 2)));
                case PROD -> result.multiply(x);
                case MAX -> result.max(x);
                case MIN -> result.min(x);
              };
        }
        if (op == PerfReduction.AVG) {
          result = integer(type, result.longValue()).divide(BigInteger.valueOf(ranks));
        }
        assertEquals(
            integer(type, result.longValue()), integer(type, bits(type, expected, i)), what);
      }
    }
  }

  private static BigInteger integer(DataType type, long bits) {
    int width = 8 * type.byteSize();
    BigInteger modulus = BigInteger.ONE.shiftLeft(width);
    BigInteger unsigned = BigInteger.valueOf(bits).mod(modulus);
    return type.isUnsigned() || !unsigned.testBit(width - 1)
        ? unsigned
        : unsigned.subtract(modulus);
  }

  /** A backend that leaves a rank out, or takes one twice, must be found out. */
  @ParameterizedTest
  @EnumSource(DataType.class)
  void everyRankMattersToEveryReduction(DataType type) {
    for (PerfReduction op : PerfReduction.values()) {
      TestData data = new TestData(type, op, 8, 1);
      Set<ByteBuffer> different = new HashSet<>();
      for (int rank = 0; rank < 8; rank++) {
        different.add(block(data, type, new Input(rank, 0), false));
      }
      assertEquals(8, different.size(), op + ": ranks send the same");
    }
  }

  @ParameterizedTest
  @EnumSource(DataType.class)
  void whatIsThereBeforeDiffersInEveryElement(DataType type) {
    TestData data = new TestData(type, PerfReduction.SUM, 4, 1);
    ByteBuffer expected = block(data, type, new Reduced(0), false);
    ByteBuffer before = block(data, type, new Reduced(0), true);
    for (int i = 0; i < TestData.PERIOD; i++) {
      assertEquals(~bits(type, expected, i), bits(type, before, i));
    }
    assertEquals(
        block(data, type, new Untouched(), false), block(data, type, new Untouched(), true));
  }

  @ParameterizedTest
  @EnumSource(DataType.class)
  void aBlockHoldsWholePeriodsAndStartsWhereItIsTold(DataType type) {
    TestData data = new TestData(type, null, 4, 1);
    int count = TestData.blockElements(type, 1 << 16);
    assertEquals(0, count % TestData.PERIOD);
    ByteBuffer block = allocate(type, count);
    data.fill(block, count, new Input(1, 0));
    ByteBuffer later = allocate(type, count);
    data.fill(later, count, new Input(1, 5));
    for (int i = 0; i < count; i++) {
      assertEquals(bits(type, block, i % TestData.PERIOD), bits(type, block, i));
      assertEquals(bits(type, block, (i + 5) % TestData.PERIOD), bits(type, later, i));
    }
  }

  @ParameterizedTest
  @EnumSource(DataType.class)
  void eachCheckHasOtherData(DataType type) {
    ByteBuffer first =
        block(new TestData(type, PerfReduction.SUM, 2, 1), type, new Input(0, 0), false);
    ByteBuffer second =
        block(new TestData(type, PerfReduction.SUM, 2, 2), type, new Input(0, 0), false);
    assertNotEquals(first, second);
  }

  private static ByteBuffer block(TestData data, DataType type, Content content, boolean before) {
    ByteBuffer block = allocate(type, TestData.PERIOD);
    if (before) {
      data.fillBefore(block, TestData.PERIOD, content);
    } else {
      data.fill(block, TestData.PERIOD, content);
    }
    return block;
  }

  private static ByteBuffer allocate(DataType type, int count) {
    return ByteBuffer.allocate(count * type.byteSize()).order(ByteOrder.nativeOrder());
  }

  private static long bits(DataType type, ByteBuffer block, int i) {
    return Elements.get(block, i * type.byteSize(), type.byteSize());
  }

  private static double decode(DataType type, long bits) {
    return switch (type) {
      case FLOAT64 -> Double.longBitsToDouble(bits);
      case FLOAT32 -> Float.intBitsToFloat((int) bits);
      case FLOAT16 -> NarrowFloats.fromFloat16((short) bits);
      case BFLOAT16 -> NarrowFloats.fromBfloat16((short) bits);
      case FLOAT8_E4M3 -> NarrowFloats.fromFloat8E4m3((byte) bits);
      case FLOAT8_E5M2 -> NarrowFloats.fromFloat8E5m2((byte) bits);
      default -> throw new IllegalArgumentException(type.toString());
    };
  }

  private static double round(DataType type, double value) {
    return decode(type, Elements.bits(type, value));
  }
}
