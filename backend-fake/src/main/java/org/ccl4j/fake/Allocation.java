package org.ccl4j.fake;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The bytes behind one allocation. Offsets are bytes from its start and have been checked by
 * whoever made the {@link Span}.
 *
 * <p>The get and put of each element type are alike but for the array's type, which Java cannot
 * abstract over without copying element by element. An aligned range within one segment is one bulk
 * copy; anything else goes through bytes.
 */
final class Allocation {
  final int device;
  final long address;
  final long size;

  /** Where it starts in the memory that this process shares with others; -1 where it is private. */
  final long base;

  private final Segment[] segments;
  private final int shift;

  private Allocation(int device, long address, long size, Segment[] segments, long base) {
    this.device = device;
    this.address = address;
    this.size = size;
    this.segments = segments;
    this.base = base;
    shift = base < 0 ? 0 : (int) base & (Segment.BYTES - 1);
  }

  /** Memory of a device that is this JVM's own. */
  static Allocation ofOwn(int device, long address, long size, Segment[] segments) {
    return new Allocation(device, address, size, segments, -1);
  }

  /**
   * Memory of a device that other processes see as well.
   *
   * @param segments from the one in which it starts
   * @param base where it starts in this process's shared memory
   */
  static Allocation ofShared(int device, long address, long size, Segment[] segments, long base) {
    return new Allocation(device, address, size, segments, base);
  }

  /** Memory that is no device's. */
  static Allocation of(ByteBuffer bytes) {
    return new Allocation(-1, 0, bytes.capacity(), new Segment[] {new Segment(bytes)}, -1);
  }

  private Segment segment(long offset) {
    return segments[(int) ((shift + offset) >>> Segment.SHIFT)];
  }

  private int within(long offset) {
    return (int) (shift + offset) & (Segment.BYTES - 1);
  }

  /**
   * Whether elements of a size lie aligned and in one segment, so that the segment's view can be
   * used.
   */
  private boolean viewable(long offset, int count, int elementSize) {
    int at = within(offset);
    return (at & (elementSize - 1)) == 0 && at + (long) count * elementSize <= Segment.BYTES;
  }

  void get(long offset, byte[] target, int count) {
    for (int done = 0; done < count; ) {
      int at = within(offset + done);
      int run = Math.min(count - done, Segment.BYTES - at);
      segment(offset + done).bytes.get(at, target, done, run);
      done += run;
    }
  }

  void put(long offset, byte[] source, int count) {
    for (int done = 0; done < count; ) {
      int at = within(offset + done);
      int run = Math.min(count - done, Segment.BYTES - at);
      segment(offset + done).bytes.put(at, source, done, run);
      done += run;
    }
  }

  private ByteBuffer getRaw(long offset, int count, int elementSize) {
    byte[] raw = new byte[count * elementSize];
    get(offset, raw, raw.length);
    return view(raw);
  }

  private static ByteBuffer view(byte[] raw) {
    return ByteBuffer.wrap(raw).order(ByteOrder.nativeOrder());
  }

  void get(long offset, short[] target, int count) {
    if (viewable(offset, count, Short.BYTES)) {
      segment(offset).shorts.get(within(offset) / Short.BYTES, target, 0, count);
    } else {
      getRaw(offset, count, Short.BYTES).asShortBuffer().get(target, 0, count);
    }
  }

  void put(long offset, short[] source, int count) {
    if (viewable(offset, count, Short.BYTES)) {
      segment(offset).shorts.put(within(offset) / Short.BYTES, source, 0, count);
    } else {
      byte[] raw = new byte[count * Short.BYTES];
      view(raw).asShortBuffer().put(source, 0, count);
      put(offset, raw, raw.length);
    }
  }

  void get(long offset, int[] target, int count) {
    if (viewable(offset, count, Integer.BYTES)) {
      segment(offset).ints.get(within(offset) / Integer.BYTES, target, 0, count);
    } else {
      getRaw(offset, count, Integer.BYTES).asIntBuffer().get(target, 0, count);
    }
  }

  void put(long offset, int[] source, int count) {
    if (viewable(offset, count, Integer.BYTES)) {
      segment(offset).ints.put(within(offset) / Integer.BYTES, source, 0, count);
    } else {
      byte[] raw = new byte[count * Integer.BYTES];
      view(raw).asIntBuffer().put(source, 0, count);
      put(offset, raw, raw.length);
    }
  }

  void get(long offset, long[] target, int count) {
    if (viewable(offset, count, Long.BYTES)) {
      segment(offset).longs.get(within(offset) / Long.BYTES, target, 0, count);
    } else {
      getRaw(offset, count, Long.BYTES).asLongBuffer().get(target, 0, count);
    }
  }

  void put(long offset, long[] source, int count) {
    if (viewable(offset, count, Long.BYTES)) {
      segment(offset).longs.put(within(offset) / Long.BYTES, source, 0, count);
    } else {
      byte[] raw = new byte[count * Long.BYTES];
      view(raw).asLongBuffer().put(source, 0, count);
      put(offset, raw, raw.length);
    }
  }

  void get(long offset, float[] target, int count) {
    if (viewable(offset, count, Float.BYTES)) {
      segment(offset).floats.get(within(offset) / Float.BYTES, target, 0, count);
    } else {
      getRaw(offset, count, Float.BYTES).asFloatBuffer().get(target, 0, count);
    }
  }

  void put(long offset, float[] source, int count) {
    if (viewable(offset, count, Float.BYTES)) {
      segment(offset).floats.put(within(offset) / Float.BYTES, source, 0, count);
    } else {
      byte[] raw = new byte[count * Float.BYTES];
      view(raw).asFloatBuffer().put(source, 0, count);
      put(offset, raw, raw.length);
    }
  }

  void get(long offset, double[] target, int count) {
    if (viewable(offset, count, Double.BYTES)) {
      segment(offset).doubles.get(within(offset) / Double.BYTES, target, 0, count);
    } else {
      getRaw(offset, count, Double.BYTES).asDoubleBuffer().get(target, 0, count);
    }
  }

  void put(long offset, double[] source, int count) {
    if (viewable(offset, count, Double.BYTES)) {
      segment(offset).doubles.put(within(offset) / Double.BYTES, source, 0, count);
    } else {
      byte[] raw = new byte[count * Double.BYTES];
      view(raw).asDoubleBuffer().put(source, 0, count);
      put(offset, raw, raw.length);
    }
  }

  /** Copies bytes from another allocation, or from this one where the ranges do not overlap. */
  void copyFrom(long offset, Allocation source, long sourceOffset, long count) {
    for (long done = 0; done < count; ) {
      int at = within(offset + done);
      int from = source.within(sourceOffset + done);
      int run = (int) Math.min(count - done, Segment.BYTES - Math.max(at, from));
      segment(offset + done).bytes.put(at, source.segment(sourceOffset + done).bytes, from, run);
      done += run;
    }
  }

  void copyFromHost(long offset, ByteBuffer source, int sourceIndex, int count) {
    for (int done = 0; done < count; ) {
      int at = within(offset + done);
      int run = Math.min(count - done, Segment.BYTES - at);
      segment(offset + done).bytes.put(at, source, sourceIndex + done, run);
      done += run;
    }
  }

  void copyToHost(long offset, ByteBuffer target, int targetIndex, int count) {
    for (int done = 0; done < count; ) {
      int at = within(offset + done);
      int run = Math.min(count - done, Segment.BYTES - at);
      target.put(targetIndex + done, segment(offset + done).bytes, at, run);
      done += run;
    }
  }
}
