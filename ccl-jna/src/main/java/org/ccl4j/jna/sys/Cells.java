package org.ccl4j.jna.sys;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * A piece of C memory, zeroed when it is made. It is there as long as this object is reachable, so
 * hold it in a try statement around the calls that use its address: closing does nothing else.
 */
public final class Cells implements AutoCloseable {
  private final Memory memory;
  private final long address;

  /**
   * Allocates.
   *
   * @param bytes greater than 0
   */
  public Cells(long bytes) {
    memory = new Memory(bytes);
    memory.clear();
    address = Pointer.nativeValue(memory);
  }

  /**
   * Memory with bytes in it.
   *
   * @param bytes copied
   * @return as long as the bytes
   */
  public static Cells of(byte[] bytes) {
    Cells cells = new Cells(bytes.length);
    cells.memory.write(0, bytes, 0, bytes.length);
    return cells;
  }

  /**
   * A C string.
   *
   * @param text stored as UTF-8
   * @return with the terminating zero
   */
  public static Cells of(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    Cells cells = new Cells(bytes.length + 1L);
    cells.memory.write(0, bytes, 0, bytes.length);
    return cells;
  }

  /**
   * How much it is.
   *
   * @return bytes
   */
  public long bytes() {
    return memory.size();
  }

  /**
   * Where it is.
   *
   * @return the address
   */
  public long address() {
    return address;
  }

  /**
   * Reads.
   *
   * @param offset in bytes
   * @return the value there
   */
  public int getInt(long offset) {
    return memory.getInt(offset);
  }

  /**
   * Reads.
   *
   * @param offset in bytes
   * @return the value there
   */
  public long getLong(long offset) {
    return memory.getLong(offset);
  }

  /**
   * Reads.
   *
   * @param offset in bytes
   * @return the value there
   */
  public float getFloat(long offset) {
    return memory.getFloat(offset);
  }

  /**
   * Reads.
   *
   * @param offset in bytes
   * @param length how many
   * @return the bytes there
   */
  public byte[] getBytes(long offset, int length) {
    return memory.getByteArray(offset, length);
  }

  /**
   * Writes.
   *
   * @param offset in bytes
   * @param value goes there
   */
  public void putByte(long offset, byte value) {
    memory.setByte(offset, value);
  }

  /**
   * Writes.
   *
   * @param offset in bytes
   * @param value goes there
   */
  public void putInt(long offset, int value) {
    memory.setInt(offset, value);
  }

  /**
   * Writes.
   *
   * @param offset in bytes
   * @param value goes there
   */
  public void putLong(long offset, long value) {
    memory.setLong(offset, value);
  }

  /**
   * Writes.
   *
   * @param offset in bytes
   * @param value goes there
   */
  public void putFloat(long offset, float value) {
    memory.setFloat(offset, value);
  }

  /**
   * Writes the first elements of an array.
   *
   * @param offset in bytes
   * @param values go there
   * @param count how many of them
   */
  public void putLongs(long offset, long[] values, int count) {
    memory.write(offset, values, 0, count);
  }

  /** The string that starts here. */
  @Override
  public String toString() {
    return memory.getString(0, StandardCharsets.UTF_8.name());
  }

  @Override
  @SuppressWarnings("ReachabilityFenceUsage") // the finally block is that of the caller's try
  public void close() {
    Reference.reachabilityFence(this);
  }

  /**
   * Reads a C string that a library owns.
   *
   * @param address where it starts
   * @return the text; empty for address 0
   */
  public static String stringAt(long address) {
    return address == 0 ? "" : new Pointer(address).getString(0, StandardCharsets.UTF_8.name());
  }

  /**
   * Reads a pointer in an array that a library owns.
   *
   * @param address where the array starts
   * @param index which element
   * @return the pointer
   */
  public static long pointerAt(long address, int index) {
    return new Pointer(address).getLong((long) index * Long.BYTES);
  }

  /**
   * Sees memory that a library allocated as a buffer.
   *
   * @param address where it starts
   * @param bytes how many
   * @return direct; valid until the memory is freed
   */
  public static ByteBuffer bufferAt(long address, int bytes) {
    return new Pointer(address).getByteBuffer(0, bytes);
  }

  /**
   * Where a direct buffer's next byte is, the one at its position. JNA makes an object of it that
   * does not outlive the call, and the JIT compiler makes none: 40 ns and nothing allocated.
   *
   * @param buffer direct
   * @return the address
   */
  public static long addressOf(ByteBuffer buffer) {
    return Pointer.nativeValue(Native.getDirectBufferPointer(buffer)) + buffer.position();
  }
}
