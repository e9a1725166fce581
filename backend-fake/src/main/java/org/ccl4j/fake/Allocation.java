package org.ccl4j.fake;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.nio.ShortBuffer;

/**
 * The bytes behind one allocation. Offsets are bytes from its start and have been checked by
 * whoever made the {@link Span}.
 *
 * <p>The get and put of each element type are alike but for the array's type, which Java cannot
 * abstract over without copying element by element. An aligned range within one segment is one bulk
 * copy; anything else goes through bytes.
 */
final class Allocation {
  /**
   * Up to so many elements are moved one by one: a bulk copy is a call that costs more than they
   * do.
   */
  private static final int FEW = 4;

  private static final int FEW_BYTES = FEW * Integer.BYTES;

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
      ShortBuffer view = segment(offset).shorts;
      int at = within(offset) / Short.BYTES;
      if (count > FEW) {
        view.get(at, target, 0, count);
      } else {
        for (int i = 0; i < count; i++) {
          target[i] = view.get(at + i);
        }
      }
    } else {
      getRaw(offset, count, Short.BYTES).asShortBuffer().get(target, 0, count);
    }
  }

  void put(long offset, short[] source, int count) {
    if (viewable(offset, count, Short.BYTES)) {
      ShortBuffer view = segment(offset).shorts;
      int at = within(offset) / Short.BYTES;
      if (count > FEW) {
        view.put(at, source, 0, count);
      } else {
        for (int i = 0; i < count; i++) {
          view.put(at + i, source[i]);
        }
      }
    } else {
      byte[] raw = new byte[count * Short.BYTES];
      view(raw).asShortBuffer().put(source, 0, count);
      put(offset, raw, raw.length);
    }
  }

  void get(long offset, int[] target, int count) {
    if (viewable(offset, count, Integer.BYTES)) {
      IntBuffer view = segment(offset).ints;
      int at = within(offset) / Integer.BYTES;
      if (count > FEW) {
        view.get(at, target, 0, count);
      } else {
        for (int i = 0; i < count; i++) {
          target[i] = view.get(at + i);
        }
      }
    } else {
      getRaw(offset, count, Integer.BYTES).asIntBuffer().get(target, 0, count);
    }
  }

  void put(long offset, int[] source, int count) {
    if (viewable(offset, count, Integer.BYTES)) {
      IntBuffer view = segment(offset).ints;
      int at = within(offset) / Integer.BYTES;
      if (count > FEW) {
        view.put(at, source, 0, count);
      } else {
        for (int i = 0; i < count; i++) {
          view.put(at + i, source[i]);
        }
      }
    } else {
      byte[] raw = new byte[count * Integer.BYTES];
      view(raw).asIntBuffer().put(source, 0, count);
      put(offset, raw, raw.length);
    }
  }

  void get(long offset, long[] target, int count) {
    if (viewable(offset, count, Long.BYTES)) {
      LongBuffer view = segment(offset).longs;
      int at = within(offset) / Long.BYTES;
      if (count > FEW) {
        view.get(at, target, 0, count);
      } else {
        for (int i = 0; i < count; i++) {
          target[i] = view.get(at + i);
        }
      }
    } else {
      getRaw(offset, count, Long.BYTES).asLongBuffer().get(target, 0, count);
    }
  }

  void put(long offset, long[] source, int count) {
    if (viewable(offset, count, Long.BYTES)) {
      LongBuffer view = segment(offset).longs;
      int at = within(offset) / Long.BYTES;
      if (count > FEW) {
        view.put(at, source, 0, count);
      } else {
        for (int i = 0; i < count; i++) {
          view.put(at + i, source[i]);
        }
      }
    } else {
      byte[] raw = new byte[count * Long.BYTES];
      view(raw).asLongBuffer().put(source, 0, count);
      put(offset, raw, raw.length);
    }
  }

  void get(long offset, float[] target, int count) {
    if (viewable(offset, count, Float.BYTES)) {
      FloatBuffer view = segment(offset).floats;
      int at = within(offset) / Float.BYTES;
      if (count > FEW) {
        view.get(at, target, 0, count);
      } else {
        for (int i = 0; i < count; i++) {
          target[i] = view.get(at + i);
        }
      }
    } else {
      getRaw(offset, count, Float.BYTES).asFloatBuffer().get(target, 0, count);
    }
  }

  void put(long offset, float[] source, int count) {
    if (viewable(offset, count, Float.BYTES)) {
      FloatBuffer view = segment(offset).floats;
      int at = within(offset) / Float.BYTES;
      if (count > FEW) {
        view.put(at, source, 0, count);
      } else {
        for (int i = 0; i < count; i++) {
          view.put(at + i, source[i]);
        }
      }
    } else {
      byte[] raw = new byte[count * Float.BYTES];
      view(raw).asFloatBuffer().put(source, 0, count);
      put(offset, raw, raw.length);
    }
  }

  void get(long offset, double[] target, int count) {
    if (viewable(offset, count, Double.BYTES)) {
      DoubleBuffer view = segment(offset).doubles;
      int at = within(offset) / Double.BYTES;
      if (count > FEW) {
        view.get(at, target, 0, count);
      } else {
        for (int i = 0; i < count; i++) {
          target[i] = view.get(at + i);
        }
      }
    } else {
      getRaw(offset, count, Double.BYTES).asDoubleBuffer().get(target, 0, count);
    }
  }

  void put(long offset, double[] source, int count) {
    if (viewable(offset, count, Double.BYTES)) {
      DoubleBuffer view = segment(offset).doubles;
      int at = within(offset) / Double.BYTES;
      if (count > FEW) {
        view.put(at, source, 0, count);
      } else {
        for (int i = 0; i < count; i++) {
          view.put(at + i, source[i]);
        }
      }
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
      copy(segment(offset + done), at, source.segment(sourceOffset + done), from, run);
      done += run;
    }
  }

  private static void copy(Segment target, int at, Segment source, int from, int count) {
    if (count > FEW_BYTES || ((at | from | count) & (Integer.BYTES - 1)) != 0) {
      target.bytes.put(at, source.bytes, from, count);
      return;
    }
    if (((at | from | count) & (Long.BYTES - 1)) == 0) {
      for (int done = 0; done < count; done += Long.BYTES) {
        target.longs.put((at + done) / Long.BYTES, source.longs.get((from + done) / Long.BYTES));
      }
      return;
    }
    for (int done = 0; done < count; done += Integer.BYTES) {
      target.ints.put((at + done) / Integer.BYTES, source.ints.get((from + done) / Integer.BYTES));
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
