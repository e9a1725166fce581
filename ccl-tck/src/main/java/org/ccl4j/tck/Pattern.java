package org.ccl4j.tck;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.LongUnaryOperator;
import org.ccl4j.api.DataType;

/**
 * The elements of a sequence without end, by their bits. It repeats after {@value #PERIOD}
 * elements: a prime, so that no block size or part of a buffer is a multiple of it, and short
 * enough that filling memory with it is a matter of copying.
 */
final class Pattern {
  static final int PERIOD = 509;

  private final DataType type;
  private final byte[] bytes;

  /**
   * @param bits the element at an index from 0 to PERIOD - 1; bits above the type's size are
   *     dropped
   */
  Pattern(DataType type, LongUnaryOperator bits) {
    this.type = type;
    int size = type.byteSize();
    ByteBuffer target = ByteBuffer.allocate(PERIOD * size).order(ByteOrder.nativeOrder());
    for (int i = 0; i < PERIOD; i++) {
      Elements.put(target, type, i, bits.applyAsLong(i));
    }
    bytes = target.array();
  }

  DataType type() {
    return type;
  }

  long bits(long index) {
    ByteBuffer source = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
    return Elements.get(source, type, (int) (index % PERIOD));
  }

  /** Writes {@code count} elements, from index {@code first} on, at a place in bytes. */
  void copyTo(ByteBuffer target, int place, long first, int count) {
    int size = type.byteSize();
    int from = (int) (first % PERIOD) * size;
    int left = count * size;
    int to = place;
    while (left > 0) {
      int run = Math.min(left, bytes.length - from);
      target.put(to, bytes, from, run);
      to += run;
      left -= run;
      from = 0;
    }
  }
}
