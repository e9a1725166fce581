package org.ccl4j.fake;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.nio.ShortBuffer;
import java.util.Arrays;

/**
 * At most 1 GiB of off-heap memory, since a {@link ByteBuffer} cannot hold more than 2 GiB, with a
 * view for each element size. Bulk copies between these views and heap arrays run at the speed of
 * memory; element by element they would not.
 */
final class Segment {
  static final int SHIFT = 30;
  static final int BYTES = 1 << SHIFT;

  /** What fresh memory holds, so that nobody mistakes it for zeros. */
  static final byte POISON = (byte) 0xDB;

  private static final byte[] POISON_BLOCK = new byte[1 << 16];

  static {
    Arrays.fill(POISON_BLOCK, POISON);
  }

  final ByteBuffer bytes;
  final ShortBuffer shorts;
  final IntBuffer ints;
  final LongBuffer longs;
  final FloatBuffer floats;
  final DoubleBuffer doubles;

  /** Views of memory, with an order of bytes of its own. */
  Segment(ByteBuffer memory) {
    bytes = memory.duplicate().order(ByteOrder.nativeOrder());
    shorts = bytes.asShortBuffer();
    ints = bytes.asIntBuffer();
    longs = bytes.asLongBuffer();
    floats = bytes.asFloatBuffer();
    doubles = bytes.asDoubleBuffer();
  }

  static Segment[] allocate(long size) {
    Segment[] segments = new Segment[(int) ((size + BYTES - 1) >>> SHIFT)];
    for (int i = 0; i < segments.length; i++) {
      int length = (int) Math.min(BYTES, size - ((long) i << SHIFT));
      ByteBuffer memory = ByteBuffer.allocateDirect(length);
      for (int at = 0; at < length; at += POISON_BLOCK.length) {
        memory.put(at, POISON_BLOCK, 0, Math.min(POISON_BLOCK.length, length - at));
      }
      segments[i] = new Segment(memory);
    }
    return segments;
  }
}
