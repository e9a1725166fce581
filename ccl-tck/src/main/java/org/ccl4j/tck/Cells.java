package org.ccl4j.tck;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.ccl4j.api.DataType;
import org.ccl4j.api.DeviceBuffer;
import org.ccl4j.api.Stream;

/**
 * Device memory under watch: a range of elements between guards, all of it poisoned before an
 * operation and compared, byte by byte, with what must be there afterwards. So an element that was
 * not written, and one that was written but should not be, are both found.
 *
 * <p>The guards have an odd number of elements; the range is therefore never better aligned than
 * its type asks for.
 */
final class Cells implements AutoCloseable {
  private static final int GUARD = 5;
  private static final byte POISON = (byte) 0xa5;

  private final Bench bench;
  private final DataType type;
  private final int count;
  private final DeviceBuffer memory;
  private final DeviceBuffer range;
  private final ByteBuffer before;
  private final ByteBuffer expected;
  private final ByteBuffer after;
  private final List<Near> near = new ArrayList<>();
  private final BitSet anything = new BitSet();
  private boolean uploaded;

  /** Elements that may be off by a little. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Near(int offset, int count, double[] values, long first) {}

  Cells(Bench bench, DataType type, int count) {
    this.bench = bench;
    this.type = type;
    this.count = count;
    memory = bench.device().allocate(type, count + 2L * GUARD);
    range = memory.slice(GUARD, count);
    int bytes = (count + 2 * GUARD) * type.byteSize();
    before = bench.host(bytes);
    expected = bench.host(bytes);
    after = bench.host(bytes);
    for (int i = 0; i < bytes; i++) {
      before.put(i, POISON);
    }
  }

  /** Says what elements hold before the operation; all others are poisoned. */
  Cells with(long offset, long length, Pattern pattern, long first) {
    write(before, offset, length, pattern, first);
    return this;
  }

  /** As {@link #with(long, long, Pattern, long)}, from the start of the pattern. */
  Cells with(long offset, long length, Pattern pattern) {
    return with(offset, length, pattern, 0);
  }

  /** Says which bits one element has before the operation. */
  Cells with(int index, long bits) {
    Elements.put(before, type, GUARD + index, bits);
    return this;
  }

  /** Enqueues the upload where that was not done before, and gives the range. */
  DeviceBuffer buffer() {
    upload(bench.stream());
    return range;
  }

  /** Enqueues the upload on a stream of choice. */
  void upload(Stream stream) {
    if (!uploaded) {
      uploaded = true;
      expected.put(0, before, 0, before.capacity());
      memory.copyFrom(before, stream);
    }
  }

  /** A part of {@link #buffer()}. */
  DeviceBuffer part(long offset, long length) {
    return buffer().slice(offset, length);
  }

  /** Says what elements must hold after the operation; all others must be as before. */
  Cells expect(long offset, long length, Pattern pattern, long first) {
    buffer();
    write(expected, offset, length, pattern, first);
    return this;
  }

  /** As {@link #expect(long, long, Pattern, long)}, from the start of the pattern. */
  Cells expect(long offset, long length, Pattern pattern) {
    return expect(offset, length, pattern, 0);
  }

  /** Says which bits one element must have after the operation. */
  Cells expect(int index, long bits) {
    buffer();
    Elements.put(expected, type, GUARD + index, bits);
    return this;
  }

  /** Says which numbers elements must be near to, within 2 units in the last place. */
  Cells expectNear(long offset, long length, double[] values, long first) {
    buffer();
    near.add(new Near((int) offset, (int) length, values, first));
    return this;
  }

  /** Says that an element must be NaN, whatever its payload. */
  Cells expectNaN(int index) {
    return expectNear(index, 1, new double[] {Double.NaN}, 0);
  }

  /** Says that an element may have any value. */
  Cells expectAnything(int index) {
    buffer();
    anything.set(index);
    return this;
  }

  private void write(ByteBuffer image, long offset, long length, Pattern pattern, long first) {
    pattern.copyTo(image, (int) (GUARD + offset) * type.byteSize(), first, (int) length);
  }

  /** Enqueues the download on a stream of choice. */
  void download(Stream stream) {
    upload(stream);
    memory.copyTo(after, stream);
  }

  /** Compares what was downloaded; the stream must have passed it. */
  void compare(String what) {
    for (Near part : near) {
      for (int i = 0; i < part.count(); i++) {
        compareNear(what, part, i);
      }
    }
    anything.stream()
        .map(index -> GUARD + index)
        .forEach(index -> Elements.put(expected, type, index, Elements.get(after, type, index)));
    int difference = expected.mismatch(after);
    if (difference >= 0) {
      throw new AssertionError(what + ": " + describe(difference / type.byteSize()));
    }
  }

  private void compareNear(String what, Near part, int i) {
    FloatFormat format = FloatFormat.of(type);
    int index = GUARD + part.offset() + i;
    double wanted = part.values()[(int) ((part.first() + i) % part.values().length)];
    long bits = Elements.get(after, type, index);
    double found = format.decode(bits);
    boolean good =
        Double.isNaN(wanted)
            ? Double.isNaN(found)
            : Math.abs(found - wanted) <= 2 * format.ulp(wanted);
    if (!good) {
      throw new AssertionError(
          what
              + ": element "
              + (index - GUARD)
              + " is "
              + Elements.show(type, bits)
              + ", expected "
              + wanted
              + ", "
              + Math.abs(found - wanted) / format.ulp(wanted)
              + " ulp away; allowed are 2");
    }
    Elements.put(expected, type, index, bits);
  }

  private String describe(int first) {
    int wrong = 0;
    for (int i = 0; i < count + 2 * GUARD; i++) {
      if (Elements.get(expected, type, i) != Elements.get(after, type, i)) {
        wrong++;
      }
    }
    long wanted = Elements.get(expected, type, first);
    long found = Elements.get(after, type, first);
    int index = first - GUARD;
    String place =
        index < 0 || index >= count
            ? "element " + index + ", outside of the " + count + " that may be written,"
            : "element " + index + " of " + count;
    String untouched =
        found == Elements.get(before, type, first) ? ", which it was before (never written)" : "";
    String distance =
        type.isFloatingPoint()
            ? ", " + FloatFormat.of(type).distance(found, wanted) + " ulp away"
            : "";
    return place
        + " is "
        + Elements.show(type, found)
        + untouched
        + ", expected "
        + Elements.show(type, wanted)
        + distance
        + "; "
        + wrong
        + " elements are wrong";
  }

  /** Frees the device memory and gives the host memory back to the bench. */
  @Override
  public void close() {
    memory.close();
    bench.giveBack(before, expected, after);
  }
}
