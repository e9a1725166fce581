package org.ccl4j.fake;

/** ints, signed or unsigned, wrapping around. */
final class IntLane extends Lane {
  private final boolean unsigned;
  private final int[] acc = new int[BLOCK];
  private final int[] in = new int[BLOCK];

  IntLane(boolean unsigned) {
    this.unsigned = unsigned;
  }

  @Override
  void load(Span source, long offset, int count, boolean first) {
    source.allocation().get(source.offset() + offset, first ? acc : in, count);
  }

  @Override
  void scale(Span scalar, int count, boolean first) {
    int[] factor = new int[1];
    scalar.allocation().get(scalar.offset(), factor, 1);
    int[] values = first ? acc : in;
    for (int i = 0; i < count; i++) {
      values[i] *= factor[0];
    }
  }

  @Override
  void combine(int op, int count) {
    // Adding the smallest value maps unsigned order to signed order, and back.
    int flip = unsigned ? Integer.MIN_VALUE : 0;
    switch (op) {
      case Ops.PROD -> prod(acc, in, count);
      case Ops.MAX -> max(acc, in, count, flip);
      case Ops.MIN -> min(acc, in, count, flip);
      default -> sum(acc, in, count);
    }
  }

  private static void sum(int[] acc, int[] in, int count) {
    for (int i = 0; i < count; i++) {
      acc[i] += in[i];
    }
  }

  private static void prod(int[] acc, int[] in, int count) {
    for (int i = 0; i < count; i++) {
      acc[i] *= in[i];
    }
  }

  private static void max(int[] acc, int[] in, int count, int flip) {
    for (int i = 0; i < count; i++) {
      acc[i] = (Math.max(acc[i] ^ flip, in[i] ^ flip) ^ flip);
    }
  }

  private static void min(int[] acc, int[] in, int count, int flip) {
    for (int i = 0; i < count; i++) {
      acc[i] = (Math.min(acc[i] ^ flip, in[i] ^ flip) ^ flip);
    }
  }

  @Override
  void average(int ranks, int count) {
    for (int i = 0; i < count; i++) {
      acc[i] = unsigned ? Integer.divideUnsigned(acc[i], ranks) : acc[i] / ranks;
    }
  }

  @Override
  void store(Span target, long offset, int count) {
    target.allocation().put(target.offset() + offset, acc, count);
  }
}
