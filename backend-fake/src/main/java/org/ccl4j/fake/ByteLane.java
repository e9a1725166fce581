package org.ccl4j.fake;

/** bytes, signed or unsigned, wrapping around. */
final class ByteLane extends Lane {
  private final boolean unsigned;
  private final byte[] acc = new byte[BLOCK];
  private final byte[] in = new byte[BLOCK];

  ByteLane(boolean unsigned) {
    this.unsigned = unsigned;
  }

  @Override
  void load(Span source, long offset, int count, boolean first) {
    source.allocation().get(source.offset() + offset, first ? acc : in, count);
  }

  @Override
  void scale(Span scalar, int count, boolean first) {
    byte[] factor = new byte[1];
    scalar.allocation().get(scalar.offset(), factor, 1);
    byte[] values = first ? acc : in;
    for (int i = 0; i < count; i++) {
      values[i] *= factor[0];
    }
  }

  @Override
  void combine(int op, int count) {
    // Adding the smallest value maps unsigned order to signed order, and back.
    byte flip = unsigned ? Byte.MIN_VALUE : 0;
    switch (op) {
      case Ops.PROD -> prod(acc, in, count);
      case Ops.MAX -> max(acc, in, count, flip);
      case Ops.MIN -> min(acc, in, count, flip);
      default -> sum(acc, in, count);
    }
  }

  private static void sum(byte[] acc, byte[] in, int count) {
    for (int i = 0; i < count; i++) {
      acc[i] += in[i];
    }
  }

  private static void prod(byte[] acc, byte[] in, int count) {
    for (int i = 0; i < count; i++) {
      acc[i] *= in[i];
    }
  }

  private static void max(byte[] acc, byte[] in, int count, byte flip) {
    for (int i = 0; i < count; i++) {
      acc[i] = (byte) (Math.max((byte) (acc[i] ^ flip), (byte) (in[i] ^ flip)) ^ flip);
    }
  }

  private static void min(byte[] acc, byte[] in, int count, byte flip) {
    for (int i = 0; i < count; i++) {
      acc[i] = (byte) (Math.min((byte) (acc[i] ^ flip), (byte) (in[i] ^ flip)) ^ flip);
    }
  }

  @Override
  void average(int ranks, int count) {
    for (int i = 0; i < count; i++) {
      acc[i] = (byte) (unsigned ? (acc[i] & 0xff) / ranks : acc[i] / ranks);
    }
  }

  @Override
  void store(Span target, long offset, int count) {
    target.allocation().put(target.offset() + offset, acc, count);
  }
}
