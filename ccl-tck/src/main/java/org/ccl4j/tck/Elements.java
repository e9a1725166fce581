package org.ccl4j.tck;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Locale;
import org.ccl4j.api.DataType;

/** Single elements in host memory, as raw bits without sign extension. */
final class Elements {
  private Elements() {}

  static long get(ByteBuffer source, DataType type, int index) {
    return switch (type.byteSize()) {
      case 1 -> source.get(index) & 0xffL;
      case 2 -> source.getShort(index * 2) & 0xffffL;
      case 4 -> source.getInt(index * 4) & 0xffffffffL;
      default -> source.getLong(index * 8);
    };
  }

  static void put(ByteBuffer target, DataType type, int index, long bits) {
    switch (type.byteSize()) {
      case 1 -> target.put(index, (byte) bits);
      case 2 -> target.putShort(index * 2, (short) bits);
      case 4 -> target.putInt(index * 4, (int) bits);
      default -> target.putLong(index * 8, bits);
    }
  }

  /** The bits that fit the type. */
  static long truncate(DataType type, long bits) {
    return type.byteSize() == 8 ? bits : bits & ((1L << (8 * type.byteSize())) - 1);
  }

  /** The integer that the bits stand for; 64-bit unsigned ones wrap into the sign. */
  static long toInteger(DataType type, long bits) {
    int unused = 64 - 8 * type.byteSize();
    return type.isUnsigned() ? (bits << unused) >>> unused : (bits << unused) >> unused;
  }

  /** Bits and value, for messages. */
  static String show(DataType type, long bits) {
    String hex = String.format(Locale.ROOT, "0x%0" + 2 * type.byteSize() + "x", bits);
    if (type.isFloatingPoint()) {
      return hex + " (" + FloatFormat.of(type).decode(bits) + ")";
    }
    long value = toInteger(type, bits);
    return hex + " (" + (type.isUnsigned() ? Long.toUnsignedString(value) : value) + ")";
  }

  /** A direct buffer in the byte order of the machine. */
  static ByteBuffer direct(int bytes) {
    return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
  }
}
