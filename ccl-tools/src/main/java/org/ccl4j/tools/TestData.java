package org.ccl4j.tools;

import java.nio.ByteBuffer;
import org.ccl4j.api.DataType;
import org.ccl4j.tools.Content.Input;
import org.ccl4j.tools.Content.Reduced;
import org.jspecify.annotations.Nullable;

/**
 * Elements by formula, such that every reduction of them is exact in every order: a result is right
 * bit for bit or wrong. Only a floating-point average may be rounded on the way.
 *
 * <p>Sequences repeat after {@value #PERIOD} elements, a prime number: a block of memory is filled
 * and compared at the speed of copying, and data that was moved by a power of two does not match.
 */
final class TestData {
  static final int PERIOD = 1021;

  /** The bits, repeated over the width of an element, of what no operation may write to. */
  private static final long UNTOUCHED = 0x5a5a5a5a5a5a5a5aL;

  /** How many ranks contribute a power of two to a product; the others contribute a sign. */
  private static final int SCALING_RANKS = 4;

  private final DataType type;
  private final @Nullable PerfReduction reduction;
  private final int ranks;
  private final long seed;

  /**
   * Makes data for one operation.
   *
   * @param reduction null where nothing is reduced; elements then are any bits
   * @param seed other data for another number
   */
  TestData(DataType type, @Nullable PerfReduction reduction, int ranks, long seed) {
    this.type = type;
    this.reduction = reduction;
    this.ranks = ranks;
    this.seed = seed;
  }

  /** Whether results may be off by a little, because the operation rounds on the way. */
  boolean mayRound() {
    return reduction == PerfReduction.AVG && type.isFloatingPoint();
  }

  /** How many elements a block of this many bytes takes, such that the next block is the same. */
  static int blockElements(DataType type, int bytes) {
    return bytes / (PERIOD * type.byteSize()) * PERIOD;
  }

  /** Writes what the content says to the first elements of a block. */
  void fill(ByteBuffer block, int count, Content content) {
    fill(block, count, content, 0);
  }

  /**
   * Writes what must not be there after an operation that has the content as its result: elements
   * that differ in every bit, so that an element that is not written is found.
   */
  void fillBefore(ByteBuffer block, int count, Content content) {
    fill(block, count, content, content instanceof Content.Untouched ? 0 : -1);
  }

  private void fill(ByteBuffer block, int count, Content content, long flip) {
    int size = type.byteSize();
    int distinct = Math.min(count, PERIOD);
    for (int i = 0; i < distinct; i++) {
      Elements.put(block, i * size, size, bits(content, i) ^ flip);
    }
    int done = distinct * size;
    int end = count * size;
    while (done < end) {
      int more = Math.min(done, end - done);
      block.put(done, block, 0, more);
      done += more;
    }
  }

  private long bits(Content content, long index) {
    if (content instanceof Input input) {
      return input(input.stream(), (input.start() + index) % PERIOD);
    }
    if (content instanceof Reduced reduced) {
      return reduced((reduced.start() + index) % PERIOD);
    }
    return UNTOUCHED;
  }

  private long input(int stream, long index) {
    long hash = hash(stream, index);
    if (reduction == null) {
      return hash;
    }
    return type.isFloatingPoint()
        ? Elements.bits(type, floating(reduction, stream, index))
        : integer(reduction, stream, index);
  }

  /** Any integer; odd for products, which would soon be nothing but zero. */
  private long integer(PerfReduction op, int rank, long index) {
    long any = hash(rank, index);
    return Elements.widen(type, op == PerfReduction.PROD ? any | 1 : any);
  }

  /**
   * A number such that neither a result nor any partial result needs more than the type's bits of
   * precision.
   */
  private double floating(PerfReduction op, int rank, long index) {
    long hash = hash(rank, index);
    return switch (op) {
      case SUM -> bounded(hash, 1L << precision(), rank, index);
      // Factors of up to 2 take one of the bits.
      case MULSUM -> bounded(hash, 1L << (precision() - 1), rank, index);
      // Not below zero: where terms cancel, a rounded term is a large error.
      case AVG -> Math.abs(bounded(hash, 1L << precision(), rank, index));
      case MAX, MIN -> within(hash, 1L << precision());
      case PROD -> factor(hash, rank, index);
    };
  }

  /** Whole numbers whose absolute values sum to at most a limit over all ranks. */
  private long bounded(long hash, long limit, int rank, long index) {
    long active = Math.min(ranks, limit);
    // Which ranks are not zero changes from element to element, so that each of them matters.
    return turn(rank, index) < active ? within(hash, limit / active) : 0;
  }

  /**
   * A sign and a power of two, and from one of the ranks an odd number that fills the precision.
   * The powers are small enough for the range of every type.
   */
  private double factor(long hash, int rank, long index) {
    long turn = turn(rank, index);
    double magnitude = 1;
    if (turn == 0) {
      magnitude = ((hash >>> 1) & ((1L << precision()) - 1)) | 1;
    } else if (turn <= SCALING_RANKS) {
      magnitude = Math.scalb(1.0, Math.floorMod((int) (hash >>> 1), 3) - 1);
    }
    return (hash & 1) == 0 ? magnitude : -magnitude;
  }

  private long turn(int rank, long index) {
    return (rank + (hash(-1, index) >>> 1)) % ranks;
  }

  private static long within(long hash, long limit) {
    return Math.floorMod(hash, 2 * limit + 1) - limit;
  }

  private long reduced(long index) {
    if (reduction == null) {
      throw new IllegalStateException("nothing is reduced");
    }
    return type.isFloatingPoint()
        ? Elements.bits(type, reducedFloating(reduction, index))
        : reducedInteger(reduction, index);
  }

  private double reducedFloating(PerfReduction op, long index) {
    double result =
        floating(op, 0, index) * (op == PerfReduction.MULSUM ? PerfReduction.scalar(0) : 1);
    for (int rank = 1; rank < ranks; rank++) {
      double x = floating(op, rank, index);
      result =
          switch (op) {
            case SUM, AVG -> result + x;
            case MULSUM -> result + PerfReduction.scalar(rank) * x;
            case PROD -> result * x;
            case MAX -> Math.max(result, x);
            case MIN -> Math.min(result, x);
          };
    }
    return op == PerfReduction.AVG ? result / ranks : result;
  }

  private long reducedInteger(PerfReduction op, long index) {
    long result = integer(op, 0, index);
    for (int rank = 1; rank < ranks; rank++) {
      long x = integer(op, rank, index);
      result =
          switch (op) {
            case SUM, AVG -> result + x;
            case MULSUM -> result + PerfReduction.scalar(rank) * x;
            case PROD -> result * x;
            case MAX -> compare(result, x) >= 0 ? result : x;
            case MIN -> compare(result, x) <= 0 ? result : x;
          };
    }
    if (op == PerfReduction.AVG) {
      long sum = Elements.widen(type, result);
      return type.isUnsigned() ? Long.divideUnsigned(sum, ranks) : sum / ranks;
    }
    return result;
  }

  private int compare(long a, long b) {
    return type.isUnsigned() ? Long.compareUnsigned(a, b) : Long.compare(a, b);
  }

  /** The number of bits of a significand: every whole number up to 2 to that power is exact. */
  private int precision() {
    return switch (type) {
      case FLOAT8_E5M2 -> 3;
      case FLOAT8_E4M3 -> 4;
      case BFLOAT16 -> 8;
      case FLOAT16 -> 11;
      case FLOAT32 -> 24;
      case FLOAT64 -> 53;
      default -> throw new IllegalStateException(type + " is no floating-point type");
    };
  }

  /** A mixer with the constants of SplitMix64: every bit depends on every bit of the arguments. */
  private long hash(int stream, long index) {
    long z = seed * 0x9e3779b97f4a7c15L + stream * 0xd1342543de82ef95L + index;
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}
