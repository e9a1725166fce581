package org.ccl4j.tck;

import java.util.ArrayList;
import java.util.List;
import org.ccl4j.api.DataType;
import org.ccl4j.api.NarrowFloats;
import org.ccl4j.api.ReduceOp;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Area 9: what numbers become. */
@SuppressWarnings("MemberName") // the rule's number leads each name
public interface NumberRules extends ConformanceRules {

  /** Rule 9.1. */
  @Test
  default void rule_09_01_narrow_types_widen_exactly() {
    Reference.widening()
        .forEach(
            (type, table) -> {
              for (int bits = 0; bits < table.length; bits++) {
                float found = widen(type, bits);
                float wanted = Float.intBitsToFloat(table[bits]);
                if (Float.floatToIntBits(found) != Float.floatToIntBits(wanted)) {
                  Assertions.fail(
                      type + " " + Integer.toHexString(bits) + " is " + found + ", not " + wanted);
                }
              }
            });
  }

  /** Rule 9.2. */
  @Test
  default void rule_09_02_narrowing_rounds_to_nearest_even() {
    Reference.Narrowing reference = Reference.narrowing();
    reference
        .results()
        .forEach(
            (type, results) -> {
              FloatFormat format = FloatFormat.of(type);
              for (int i = 0; i < results.length; i++) {
                float value = Float.intBitsToFloat(reference.inputs()[i]);
                long wanted = results[i];
                if (format.isEightBit() && !format.isFinite(wanted) && !Float.isNaN(value)) {
                  // The reference overflows where the libraries saturate.
                  wanted = format.largestFinite() | (value < 0 ? format.signBit() : 0);
                }
                long found = narrow(type, value);
                boolean same = format.isNaN(wanted) ? format.isNaN(found) : found == wanted;
                if (!same) {
                  Assertions.fail(
                      value
                          + " becomes "
                          + Elements.show(type, found)
                          + ", not "
                          + Elements.show(type, wanted));
                }
              }
            });
  }

  private static float widen(DataType type, int bits) {
    return switch (type) {
      case FLOAT16 -> NarrowFloats.fromFloat16((short) bits);
      case BFLOAT16 -> NarrowFloats.fromBfloat16((short) bits);
      case FLOAT8_E4M3 -> NarrowFloats.fromFloat8E4m3((byte) bits);
      default -> NarrowFloats.fromFloat8E5m2((byte) bits);
    };
  }

  private static long narrow(DataType type, float value) {
    long bits =
        switch (type) {
          case FLOAT16 -> NarrowFloats.toFloat16(value);
          case BFLOAT16 -> NarrowFloats.toBfloat16(value);
          case FLOAT8_E4M3 -> NarrowFloats.toFloat8E4m3(value);
          default -> NarrowFloats.toFloat8E5m2(value);
        };
    return Elements.truncate(type, bits);
  }

  /** Rule 9.3. */
  @ParameterizedTest(name = "{0}")
  @EnumSource
  default void rule_09_03_pairs_reduce_as_measured(DataType type) {
    kit()
        .run(
            2,
            bench -> {
              requireReducible(bench, type);
              for (ReduceOp.Builtin op : ReduceOp.Builtin.values()) {
                checkMeasured(bench, type, op, Reference.reductions(type, op.name()));
              }
            });
  }

  private static void requireReducible(Bench bench, DataType type) {
    if (!bench.reducibleTypes().contains(type)) {
      throw Kit.unsupported("the library does not reduce " + type);
    }
  }

  private static void checkMeasured(
      Bench bench, DataType type, ReduceOp.Builtin op, Reference.Reductions table) {
    int n = table.inputs().length;
    Cells cells = bench.cells(type, (long) n * n);
    for (int a = 0; a < n; a++) {
      for (int b = 0; b < n; b++) {
        cells.with(a * n + b, table.inputs()[bench.rank() == 0 ? a : b]);
      }
    }
    bench.comm().allReduce(cells.buffer(), cells.buffer(), op, bench.stream());
    for (int a = 0; a < n; a++) {
      for (int b = 0; b < n; b++) {
        int i = a * n + b;
        if (op == ReduceOp.AVG
            && (isEightBitInfinity(type, table.inputs()[a])
                || isEightBitInfinity(type, table.inputs()[b]))) {
          // It saturates before or after the division, as the library likes.
          cells.expectAnything(i);
        } else {
          expect(cells, i, type, op, table.results()[i]);
        }
      }
    }
    bench.check(op.displayName() + " of pairs of " + type + " on rank " + bench.rank());
  }

  private static boolean isEightBitInfinity(DataType type, long bits) {
    if (!type.isFloatingPoint() || !FloatFormat.of(type).isEightBit()) {
      return false;
    }
    FloatFormat format = FloatFormat.of(type);
    return !format.isNaN(bits) && !format.isFinite(bits);
  }

  private static void expect(Cells cells, int index, DataType type, ReduceOp op, long bits) {
    if (type.isInteger()) {
      cells.expect(index, bits);
      return;
    }
    FloatFormat format = FloatFormat.of(type);
    if (format.isNaN(bits)) {
      cells.expectNaN(index);
    } else if (op == ReduceOp.AVG && format.isFinite(bits)) {
      cells.expectNear(index, 1, new double[] {format.decode(bits)}, 0);
    } else {
      cells.expect(index, bits);
    }
  }

  /** Rule 9.4. */
  @ParameterizedTest(name = "{0}")
  @EnumSource(mode = EnumSource.Mode.MATCH_ANY, names = ".*FLOAT.*")
  default void rule_09_04_min_and_max_ignore_nan_beside_a_number(DataType type) {
    FloatFormat format = FloatFormat.of(type);
    long nan = format.nan();
    long one = format.encodeExactly(1);
    long minusTwo = format.encodeExactly(-2);
    triples(
        type,
        List.of(
            new Triple(ReduceOp.MAX, nan, one, minusTwo, one),
            new Triple(ReduceOp.MAX, minusTwo, nan, nan, minusTwo),
            new Triple(ReduceOp.MAX, nan, nan | format.signBit(), one, one),
            new Triple(ReduceOp.MIN, nan, one, minusTwo, minusTwo),
            new Triple(ReduceOp.MIN, one, nan, nan, one),
            new Triple(ReduceOp.MIN, nan, minusTwo, nan, minusTwo),
            new Triple(ReduceOp.MAX, nan, nan, nan, nan),
            new Triple(ReduceOp.MIN, nan, nan, nan, nan),
            new Triple(ReduceOp.SUM, one, nan, one, nan),
            new Triple(ReduceOp.PROD, one, one, nan, nan)));
  }

  /** Rule 9.5. */
  @ParameterizedTest(name = "{0}")
  @EnumSource(mode = EnumSource.Mode.MATCH_ANY, names = ".*FLOAT.*")
  default void rule_09_05_negative_zero_is_below_zero(DataType type) {
    FloatFormat format = FloatFormat.of(type);
    long minusZero = format.signBit();
    long tiny = 1;
    long minusTiny = format.signBit() | 1;
    triples(
        type,
        List.of(
            new Triple(ReduceOp.MAX, 0, minusZero, minusZero, 0),
            new Triple(ReduceOp.MAX, minusZero, minusZero, 0, 0),
            new Triple(ReduceOp.MAX, minusZero, minusTiny, minusTiny, minusZero),
            new Triple(ReduceOp.MIN, 0, minusZero, 0, minusZero),
            new Triple(ReduceOp.MIN, minusZero, 0, 0, minusZero),
            new Triple(ReduceOp.MIN, tiny, 0, tiny, 0),
            new Triple(ReduceOp.SUM, minusZero, minusZero, minusZero, minusZero)));
  }

  /** Rule 9.6. */
  @ParameterizedTest(name = "{0}")
  @EnumSource(mode = EnumSource.Mode.MATCH_ANY, names = ".*FLOAT.*")
  default void rule_09_06_subnormal_numbers_are_kept(DataType type) {
    FloatFormat format = FloatFormat.of(type);
    long minus = format.signBit();
    triples(
        type,
        List.of(
            new Triple(ReduceOp.SUM, 1, 1, 1, 3),
            new Triple(ReduceOp.SUM, 1, minus | 1, 2, 2),
            new Triple(ReduceOp.MAX, 1, 0, minus | 1, 1),
            new Triple(ReduceOp.MIN, 3, 1, 2, 1),
            new Triple(ReduceOp.MIN, minus | 3, 1, minus | 2, minus | 3),
            new Triple(ReduceOp.PROD, format.encodeExactly(2), 1, format.encodeExactly(1), 2)));
  }

  /** Rule 9.7. */
  @ParameterizedTest(name = "{0}")
  @EnumSource(names = {"FLOAT16", "BFLOAT16", "FLOAT32", "FLOAT64"})
  default void rule_09_07_wide_floats_overflow_to_infinity(DataType type) {
    FloatFormat format = FloatFormat.of(type);
    long minus = format.signBit();
    long infinity = format.infinity();
    long most = format.largestFinite();
    triples(
        type,
        List.of(
            new Triple(ReduceOp.SUM, most, most, 0, infinity),
            new Triple(ReduceOp.SUM, minus | most, 0, minus | most, minus | infinity),
            new Triple(ReduceOp.PROD, most, most, minus | most, minus | infinity),
            new Triple(ReduceOp.SUM, infinity, 0, minus | most, infinity),
            new Triple(ReduceOp.SUM, infinity, minus | infinity, 0, format.nan()),
            new Triple(ReduceOp.MAX, infinity, most, minus | infinity, infinity),
            new Triple(ReduceOp.MIN, infinity, most, minus | infinity, minus | infinity),
            new Triple(ReduceOp.MIN, infinity, format.nan(), infinity, infinity)));
  }

  /** Rule 9.8. */
  @ParameterizedTest(name = "{0}")
  @EnumSource(names = {"FLOAT8_E4M3", "FLOAT8_E5M2"})
  default void rule_09_08_eight_bit_floats_saturate(DataType type) {
    FloatFormat format = FloatFormat.of(type);
    long minus = format.signBit();
    long most = format.largestFinite();
    List<Triple> cases =
        new ArrayList<>(
            List.of(
                new Triple(ReduceOp.SUM, most, most, 0, most),
                new Triple(ReduceOp.SUM, minus | most, 0, minus | most, minus | most),
                new Triple(ReduceOp.PROD, most, most, minus | most, minus | most)));
    if (format.hasInfinity()) {
      long infinity = format.infinity();
      cases.add(new Triple(ReduceOp.SUM, infinity, 0, 0, most));
      cases.add(new Triple(ReduceOp.MAX, infinity, 0, 0, most));
      cases.add(new Triple(ReduceOp.MIN, 0, minus | infinity, 0, minus | most));
    }
    triples(type, cases);
  }

  /** Rule 9.9. */
  @ParameterizedTest(name = "{0}")
  @EnumSource(names = {"INT8", "UINT8", "INT32", "UINT32", "INT64", "UINT64"})
  default void rule_09_09_integers_wrap(DataType type) {
    long ones = Elements.truncate(type, -1);
    long top = type.isUnsigned() ? ones : ones >>> 1;
    triples(
        type,
        List.of(
            new Triple(ReduceOp.SUM, top, 1, 0, Elements.truncate(type, top + 1)),
            new Triple(ReduceOp.SUM, top, top, top, Elements.truncate(type, 3 * top)),
            new Triple(ReduceOp.PROD, top, 3, 5, Elements.truncate(type, 15 * top)),
            new Triple(ReduceOp.MAX, ones, 0, 1, type.isUnsigned() ? ones : 1),
            new Triple(ReduceOp.MIN, ones, 0, 1, type.isUnsigned() ? 0 : ones)));
  }

  /** Rule 9.10. */
  @ParameterizedTest(name = "{0}")
  @EnumSource(names = {"INT8", "UINT8", "INT32", "UINT32", "INT64", "UINT64"})
  default void rule_09_10_integer_average_truncates_the_wrapped_sum(DataType type) {
    long ones = Elements.truncate(type, -1);
    long top = ones >>> 1; // of a signed type
    List<Triple> cases =
        new ArrayList<>(
            List.of(
                new Triple(ReduceOp.AVG, 1, 2, 5, 2),
                new Triple(ReduceOp.AVG, 1, 1, 0, 0),
                new Triple(ReduceOp.AVG, 7, 7, 7, 7)));
    if (type.isUnsigned()) {
      // The sum wraps to all ones less one, which is divided as it is.
      cases.add(new Triple(ReduceOp.AVG, ones, ones, 0, Long.divideUnsigned(ones - 1, 3)));
    } else {
      long minusOne = ones;
      cases.add(new Triple(ReduceOp.AVG, minusOne, minusOne, 0, 0));
      cases.add(
          new Triple(ReduceOp.AVG, minusOne, minusOne, Elements.truncate(type, -3), minusOne));
      // The sum wraps to -2, and -2 / 3 is 0.
      cases.add(new Triple(ReduceOp.AVG, top, top, 0, 0));
    }
    triples(type, cases);
  }

  /** A reduction of one element on three ranks, all by their bits. */
  record Triple(ReduceOp op, long a, long b, long c, long result) {
    String describe(DataType type) {
      return op.displayName()
          + " of "
          + Elements.show(type, a)
          + ", "
          + Elements.show(type, b)
          + ", "
          + Elements.show(type, c)
          + " as "
          + type;
    }
  }

  private void triples(DataType type, List<Triple> cases) {
    kit()
        .run(
            3,
            bench -> {
              requireReducible(bench, type);
              for (Triple triple : cases) {
                long[] inputs = {triple.a(), triple.b(), triple.c()};
                Cells cells = bench.cells(type, 1).with(0, inputs[bench.rank()]);
                bench.comm().allReduce(cells.buffer(), cells.buffer(), triple.op(), bench.stream());
                expect(cells, 0, type, triple.op(), triple.result());
                bench.check(triple.describe(type));
              }
            });
  }
}
