package org.ccl4j.tck;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.ccl4j.api.DataType;
import org.ccl4j.api.ReduceOp;

/**
 * What ranks contribute to an operation and what must come out, both by formula.
 *
 * <p>Inputs of floating-point reductions are chosen so that every intermediate result is exact, in
 * whatever order a library combines them: sums of integers whose magnitudes together stay within
 * the significand, products of few powers of two.
 */
final class Data {
  private static final Map<Key, Data> CACHE = new ConcurrentHashMap<>();
  private static final Map<DataType, Map<Integer, Pattern>> MOVED = new ConcurrentHashMap<>();

  private final Pattern[] inputs;
  private final Pattern expected;
  private final double[] means;

  private record Key(DataType type, Kind kind, int ranks) {}

  /** The operators, and the sum after a factor of 2 on odd and 1 on even ranks. */
  enum Kind {
    SUM,
    PROD,
    MAX,
    MIN,
    AVG,
    SCALED_SUM;

    static Kind of(ReduceOp op) {
      return valueOf(((ReduceOp.Builtin) op).name());
    }
  }

  private Data(Key key) {
    inputs = new Pattern[key.ranks()];
    for (int r = 0; r < inputs.length; r++) {
      int rank = r;
      inputs[r] = new Pattern(key.type(), i -> input(key, rank, i));
    }
    means = new double[Pattern.PERIOD];
    expected = new Pattern(key.type(), i -> result(key, (int) i));
  }

  /** The data of a reduction. Immutable, and the same for everybody who asks. */
  static Data reduction(DataType type, Kind kind, int ranks) {
    return CACHE.computeIfAbsent(new Key(type, kind, ranks), Data::new);
  }

  /** Arbitrary bits, NaNs included, for operations that only move them; each rank has its own. */
  static Pattern moved(DataType type, int rank) {
    return MOVED
        .computeIfAbsent(type, t -> new ConcurrentHashMap<>())
        .computeIfAbsent(rank, r -> new Pattern(type, i -> hash(r, i)));
  }

  /** What a rank contributes. */
  Pattern input(int rank) {
    return inputs[rank];
  }

  /** What must come out, bit for bit. */
  Pattern expected() {
    return expected;
  }

  /** The exact results of a floating-point mean, element by element; it has a tolerance. */
  double[] means() {
    return means;
  }

  /** Spreads (a, b) over 64 bits. */
  static long hash(long a, long b) {
    long x = a * 0x9e3779b97f4a7c15L + b * 0xc2b2ae3d27d4eb4fL + 0x165667b19e3779f9L;
    x = (x ^ (x >>> 30)) * 0xbf58476d1ce4e5b9L;
    x = (x ^ (x >>> 27)) * 0x94d049bb133111ebL;
    return x ^ (x >>> 31);
  }

  private static long input(Key key, int rank, long i) {
    long hash = hash(rank, i);
    if (key.type().isInteger()) {
      // Only odd numbers: products of even ones would soon be zero and hide a rank that is missing.
      return key.kind() == Kind.PROD ? hash | 1 : hash;
    }
    FloatFormat format = FloatFormat.of(key.type());
    return switch (key.kind()) {
      case MAX, MIN -> finite(format, hash);
      default -> format.encodeExactly(floating(key, format, rank, i));
    };
  }

  private static long finite(FloatFormat format, long hash) {
    long bits = hash & (2 * format.signBit() - 1);
    // +0 and -0 have a rule of their own.
    return format.isFinite(bits) && format.magnitude(bits) != 0 ? bits : format.signBit() | 1;
  }

  private static double floating(Key key, FloatFormat format, int rank, long i) {
    int ranks = key.ranks();
    long hash = hash(rank, i) >>> 8;
    // Which ranks take part in an element moves on with the index, so that each has its turn.
    int turn = (int) ((rank + i) % ranks);
    long budget = Math.min(format.exactIntegers(), 1L << 40);
    switch (key.kind()) {
      case SUM, SCALED_SUM -> {
        long share = (key.kind() == Kind.SUM ? budget : budget / 2) / ranks;
        if (share == 0 && turn >= budget / 2) {
          return 0;
        }
        long most = Math.max(share, 1);
        return Math.scalb((double) (hash % (2 * most + 1) - most), (int) (i % 3) - 1);
      }
      case AVG -> {
        // Two ranks of one sign: rounding before or after the sum then stays within the tolerance.
        return turn < 2 ? 1 + hash % Math.min(budget / 2, 1000) : 0;
      }
      default -> {
        double sign = (hash & 1) == 0 ? 1 : -1;
        return sign
            * switch (turn) {
              case 0 -> i % 2 == 0 ? 3 : 2;
              case 1 -> 0.5;
              case 2 -> 2;
              case 3 -> 0.25;
              default -> 1;
            };
      }
    }
  }

  private long result(Key key, int i) {
    return key.type().isInteger() ? integerResult(key, i) : floatingResult(key, i);
  }

  private long integerResult(Key key, int i) {
    DataType type = key.type();
    long result = 0;
    for (int r = 0; r < key.ranks(); r++) {
      long value = Elements.toInteger(type, inputs[r].bits(i));
      boolean isFirst = r == 0;
      int order =
          type.isUnsigned() ? Long.compareUnsigned(value, result) : Long.compare(value, result);
      result =
          switch (key.kind()) {
            case SUM, AVG -> result + value;
            case SCALED_SUM -> result + factor(r) * value;
            case PROD -> isFirst ? value : result * value;
            case MAX -> isFirst || order > 0 ? value : result;
            case MIN -> isFirst || order < 0 ? value : result;
          };
    }
    if (key.kind() != Kind.AVG) {
      return result;
    }
    long wrapped = Elements.toInteger(type, Elements.truncate(type, result));
    return type.isUnsigned() ? Long.divideUnsigned(wrapped, key.ranks()) : wrapped / key.ranks();
  }

  private long floatingResult(Key key, int i) {
    FloatFormat format = FloatFormat.of(key.type());
    double result = key.kind() == Kind.PROD ? 1 : 0;
    long picked = inputs[0].bits(i);
    for (int r = 0; r < key.ranks(); r++) {
      long bits = inputs[r].bits(i);
      switch (key.kind()) {
        case SUM, AVG -> result += format.decode(bits);
        case SCALED_SUM -> result += factor(r) * format.decode(bits);
        case PROD -> result *= format.decode(bits);
        case MAX -> picked = format.order(bits) > format.order(picked) ? bits : picked;
        case MIN -> picked = format.order(bits) < format.order(picked) ? bits : picked;
      }
    }
    return switch (key.kind()) {
      case MAX, MIN -> picked;
      case AVG -> {
        means[i] = result / key.ranks();
        yield 0;
      }
      default -> format.encodeExactly(result);
    };
  }

  /** The factor of a rank in {@link Kind#SCALED_SUM}. */
  static int factor(int rank) {
    return rank % 2 == 1 ? 2 : 1;
  }
}
