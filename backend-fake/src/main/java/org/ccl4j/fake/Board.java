package org.ccl4j.fake;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Memory that the ranks of a communicator share, be they threads or processes: 64-bit words with
 * the accesses of a volatile field, and room for small messages. Offsets are bytes, multiples of 8.
 */
final class Board {
  private static final VarHandle WORD =
      MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());

  private final ByteBuffer bytes;

  /** The same memory as places for elements. */
  private final Allocation allocation;

  /**
   * Makes a board of memory.
   *
   * @param bytes direct, zero where nobody has written yet
   */
  Board(ByteBuffer bytes) {
    this.bytes = bytes.alignedSlice(Long.BYTES).order(ByteOrder.nativeOrder());
    this.allocation = Allocation.of(this.bytes);
  }

  /** A board for the threads of this JVM. */
  static Board inMemory(int size) {
    ByteBuffer memory = ByteBuffer.allocateDirect(size + Layout.LINE_PAIR);
    return new Board(memory.alignedSlice(Layout.LINE_PAIR));
  }

  long get(int at) {
    return (long) WORD.getVolatile(bytes, at);
  }

  /** Sets a word that is read by others after a later {@link #set}. */
  void prepare(int at, long value) {
    WORD.set(bytes, at, value);
  }

  /** Sets a word; what was written before is seen by whoever sees the value. */
  void publish(int at, long value) {
    WORD.setRelease(bytes, at, value);
  }

  /** Sets a word before this thread reads anything that follows. */
  void set(int at, long value) {
    WORD.setVolatile(bytes, at, value);
  }

  boolean compareAndSet(int at, long expected, long value) {
    return WORD.compareAndSet(bytes, at, expected, value);
  }

  long getAndAdd(int at, long delta) {
    return (long) WORD.getAndAdd(bytes, at, delta);
  }

  Span span(int at) {
    return new Span(allocation, at);
  }

  void putBytes(int at, byte[] source, int length) {
    bytes.put(at, source, 0, length);
  }

  byte[] getBytes(int at, int length) {
    byte[] target = new byte[length];
    bytes.get(at, target);
    return target;
  }

  int size() {
    return bytes.capacity();
  }
}
