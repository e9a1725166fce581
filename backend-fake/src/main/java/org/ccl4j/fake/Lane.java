package org.ccl4j.fake;

import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import org.ccl4j.api.DataType;

/**
 * Arithmetic on one block of elements at a time, in heap arrays that fit the first-level cache and
 * that the JIT vectorises over. A lane belongs to one thread.
 *
 * <p>Use: load the first rank's block with {@code first = true}, load and combine the others in
 * rank order, average where asked for, store. The order is fixed, so that a result does not depend
 * on which thread computes it when.
 *
 * <p>The five subclasses are alike but for the element type: Java has no way to share a loop over
 * primitive arrays that the JIT would still vectorise.
 */
abstract sealed class Lane permits ByteLane, IntLane, LongLane, FloatLane, DoubleLane {
  /** The most elements of one block: 8 KiB of floats. */
  static final int BLOCK = 2048;

  private static final ThreadLocal<Lanes> LANES = ThreadLocal.withInitial(Lanes::new);

  /** The calling thread's lane for a type and operator. */
  static Lane of(DataType type, int op) {
    return LANES.get().lane(type, op);
  }

  /** Reads a block as the accumulator ({@code first}) or as the next operand. */
  abstract void load(Span source, long offset, int count, boolean first);

  /** Multiplies what was loaded last by a rank's scalar, the first element at a place in memory. */
  abstract void scale(Span scalar, int count, boolean first);

  /** Combines the operand into the accumulator; avg and created operators sum up. */
  abstract void combine(int op, int count);

  /** Divides the accumulated sum by the number of ranks. */
  abstract void average(int ranks, int count);

  /** Writes the accumulator. */
  abstract void store(Span target, long offset, int count);

  /**
   * Combines a result that was stored with a bias beside it: what is rounded to the type is the
   * reduction, and then the two together.
   */
  final void apply(Span bias, Span result, long offset, int count, int op) {
    load(result, offset, count, true);
    load(bias, offset, count, false);
    combine(op, count);
    store(result, offset, count);
  }

  private static final class Lanes {
    private final Map<DataType, Lane> own = new EnumMap<>(DataType.class);
    private final Map<DataType, Lane> forMeans = new EnumMap<>(DataType.class);

    Lanes() {
      for (DataType type : DataType.values()) {
        Lane lane =
            switch (type) {
              case INT8, UINT8 -> new ByteLane(type.isUnsigned());
              case INT32, UINT32 -> new IntLane(type.isUnsigned());
              case INT64, UINT64 -> new LongLane(type.isUnsigned());
              case FLOAT64 -> new DoubleLane(type, false);
              default -> new FloatLane(type);
            };
        own.put(type, lane);
        // A mean summed up in the type itself could overflow though the mean would not.
        forMeans.put(type, type.isFloatingPoint() ? new DoubleLane(type, true) : lane);
      }
    }

    Lane lane(DataType type, int op) {
      return Objects.requireNonNull((op == Ops.AVG ? forMeans : own).get(type));
    }
  }
}
