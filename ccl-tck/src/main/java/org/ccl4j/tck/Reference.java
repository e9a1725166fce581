package org.ccl4j.tck;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.zip.GZIPInputStream;
import org.ccl4j.api.DataType;

/** Measured values of other software; the README beside the resources says how they came about. */
final class Reference {
  static final List<DataType> NARROW =
      List.of(DataType.FLOAT16, DataType.BFLOAT16, DataType.FLOAT8_E4M3, DataType.FLOAT8_E5M2);

  private Reference() {}

  /**
   * The results of an all-reduce of two ranks.
   *
   * @param inputs the bits that either rank contributed
   * @param results the result of inputs a and b, at a * inputs.length + b
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Reductions(long[] inputs, long[] results) {}

  /** Names a table of reductions. */
  private record Key(DataType type, String op) {}

  private static final class Holder {
    static final Map<Key, Reductions> REDUCTIONS = readReductions();
  }

  static Reductions reductions(DataType type, String op) {
    return Objects.requireNonNull(Holder.REDUCTIONS.get(new Key(type, op)));
  }

  private static Map<Key, Reductions> readReductions() {
    Map<Key, Reductions> tables = new HashMap<>();
    try (DataInputStream in = open("reductions.bin.gz")) {
      for (int i = 0; i < 12 * 5; i++) {
        DataType type = DataType.valueOf(in.readUTF());
        String op = in.readUTF();
        int count = in.readInt();
        long[] inputs = elements(in, type, count);
        tables.put(new Key(type, op), new Reductions(inputs, elements(in, type, count * count)));
      }
      return tables;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static long[] elements(DataInputStream in, DataType type, int count) throws IOException {
    byte[] bytes = new byte[count * type.byteSize()];
    in.readFully(bytes);
    long[] elements = new long[count];
    for (int i = bytes.length - 1; i >= 0; i--) {
      int index = i / type.byteSize();
      elements[index] = elements[index] << 8 | (bytes[i] & 0xff);
    }
    return elements;
  }

  /** The bits of every value of the narrow types as a binary32. */
  static Map<DataType, int[]> widening() {
    Map<DataType, int[]> tables = new EnumMap<>(DataType.class);
    try (DataInputStream in = open("widening.bin.gz")) {
      for (int i = 0; i < NARROW.size(); i++) {
        DataType type = DataType.valueOf(in.readUTF());
        tables.put(type, planes(in, in.readInt(), Float.BYTES));
      }
      return tables;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Values and what they become in the narrow types.
   *
   * @param inputs the bits of binary32 values
   * @param results for each narrow type the bits, in the same order
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Narrowing(int[] inputs, Map<DataType, int[]> results) {}

  static Narrowing narrowing() {
    Map<DataType, int[]> results = new EnumMap<>(DataType.class);
    try (DataInputStream in = open("narrowing.bin.gz")) {
      int count = in.readInt();
      int[] inputs = planes(in, count, Float.BYTES);
      for (int i = 0; i < NARROW.size(); i++) {
        DataType type = DataType.valueOf(in.readUTF());
        results.put(type, planes(in, count, type.byteSize()));
      }
      return new Narrowing(inputs, results);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static int[] planes(DataInputStream in, int count, int bytes) throws IOException {
    int[] values = new int[count];
    byte[] plane = new byte[count];
    for (int b = 0; b < bytes; b++) {
      in.readFully(plane);
      for (int i = 0; i < count; i++) {
        values[i] = values[i] << 8 | (plane[i] & 0xff);
      }
    }
    return values;
  }

  private static DataInputStream open(String name) throws IOException {
    InputStream raw = Objects.requireNonNull(Reference.class.getResourceAsStream(name), name);
    return new DataInputStream(new BufferedInputStream(new GZIPInputStream(raw)));
  }
}
