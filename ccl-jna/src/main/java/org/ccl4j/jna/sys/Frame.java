package org.ccl4j.jna.sys;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Memory for the arguments of one call. A pool instead of one for each thread: virtual threads come
 * in any number.
 *
 * <p>Every argument and result is a 64-bit integer. On the 64-bit ABIs that these libraries exist
 * for (x86-64, AArch64, LoongArch64, RISC-V) an integer or pointer argument takes a whole register
 * or stack slot, and a Java int that became a long is extended as they ask for it; so one
 * description per number of arguments serves all functions.
 */
final class Frame extends AtomicBoolean {
  private static final long serialVersionUID = 1L;

  private static final int MAX_ARGUMENTS = CallInterfaces.MAX_ARGUMENTS;

  private static final int VALUES = 0;
  private static final int RESULT = VALUES + MAX_ARGUMENTS * Long.BYTES;
  private static final int OUT = RESULT + Long.BYTES;
  private static final int POINTERS = OUT + Long.BYTES;
  private static final int BYTES = POINTERS + MAX_ARGUMENTS * Long.BYTES;

  private static final int POOLED = 64; // a power of two
  private static final int TRIES = 8;
  private static final Frame[] POOL = new Frame[POOLED];

  static {
    for (int i = 0; i < POOLED; i++) {
      POOL[i] = new Frame();
    }
  }

  private final transient ByteBuffer memory =
      ByteBuffer.allocateDirect(BYTES).order(ByteOrder.nativeOrder());
  private final long base = Pointer.nativeValue(Native.getDirectBufferPointer(memory));

  private Frame() {
    for (int i = 0; i < MAX_ARGUMENTS; i++) {
      memory.putLong(POINTERS + i * Long.BYTES, base + VALUES + (long) i * Long.BYTES);
    }
  }

  /** A frame that nobody else uses until it is released. */
  static Frame take() {
    int start = (int) Thread.currentThread().getId();
    for (int i = 0; i < TRIES; i++) {
      Frame frame = POOL[(start + i) & (POOLED - 1)];
      if (!frame.getPlain() && frame.compareAndSet(false, true)) {
        return frame;
      }
    }
    return new Frame(); // so many threads are inside long calls that one more object is no matter
  }

  void release() {
    setRelease(false);
  }

  Frame with(int index, long value) {
    memory.putLong(VALUES + index * Long.BYTES, value);
    return this;
  }

  long invoke(long address, int arguments) {
    Native.ffi_call(CallInterfaces.ofLongs(arguments), address, base + RESULT, base + POINTERS);
    return memory.getLong(RESULT);
  }

  /** Where a function may leave an int. */
  long outAddress() {
    memory.putLong(OUT, 0);
    return base + OUT;
  }

  int out() {
    return memory.getInt(OUT);
  }
}
