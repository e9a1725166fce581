package org.ccl4j.jna.sys;

import org.ccl4j.spi.StatusCode;
import org.jspecify.annotations.Nullable;

/**
 * A C function whose arguments are integers and pointers, all given as {@code long}. Where the
 * library lacks it, every call reports {@link StatusCode#UNSUPPORTED}. Calls do not allocate unless
 * they say so.
 */
public final class CFunction {
  /** Replaced once, by {@link #quicken}; whoever still sees the former is as well served. */
  private static Calls calls = new FrameCalls();

  private final String symbol;
  private final long address;

  /**
   * The address as {@link ForeignCalls} takes it. Made once: made for each call it would be garbage
   * wherever the compiler does not see that nobody keeps it, which is not always.
   */
  private @Nullable Object segment;

  CFunction(String symbol, long address) {
    this.symbol = symbol;
    this.address = address;
  }

  /**
   * Has all calls from now on go through {@code java.lang.foreign} where the JVM has it; until then
   * and elsewhere they go through JNA.
   *
   * @return whether they do
   */
  public static synchronized boolean quicken() {
    if (calls instanceof FrameCalls) {
      Calls.foreign().ifPresent(linked -> calls = linked);
    }
    return calls instanceof ForeignCalls;
  }

  long address() {
    return address;
  }

  /** The address for {@link ForeignCalls}; two threads may both make it, which is no matter. */
  Object segment() {
    @Nullable Object made = segment;
    if (made == null) {
      made = ForeignCalls.segment(address);
      segment = made;
    }
    return made;
  }

  /**
   * A function that no library has.
   *
   * @param symbol for messages
   * @return one that is not present
   */
  public static CFunction absent(String symbol) {
    return new CFunction(symbol, 0);
  }

  /**
   * Whether the library has it.
   *
   * @return false when every call reports UNSUPPORTED
   */
  public boolean isPresent() {
    return address != 0;
  }

  /**
   * Its name.
   *
   * @return as the library exports it
   */
  public String symbol() {
    return symbol;
  }

  /**
   * Calls it.
   *
   * @return the status
   */
  public int call() {
    return address == 0 ? StatusCode.UNSUPPORTED : (int) calls.call(this);
  }

  /**
   * Calls it.
   *
   * @param a0 argument 1
   * @return the status
   */
  public int call(long a0) {
    return address == 0 ? StatusCode.UNSUPPORTED : (int) calls.call(this, a0);
  }

  /**
   * Calls it.
   *
   * @param a0 argument 1
   * @param a1 argument 2
   * @return the status
   */
  public int call(long a0, long a1) {
    return address == 0 ? StatusCode.UNSUPPORTED : (int) calls.call(this, a0, a1);
  }

  /**
   * Calls it.
   *
   * @param a0 argument 1
   * @param a1 argument 2
   * @param a2 argument 3
   * @return the status
   */
  public int call(long a0, long a1, long a2) {
    return address == 0 ? StatusCode.UNSUPPORTED : (int) calls.call(this, a0, a1, a2);
  }

  /**
   * Calls it.
   *
   * @param a0 argument 1
   * @param a1 argument 2
   * @param a2 argument 3
   * @param a3 argument 4
   * @return the status
   */
  public int call(long a0, long a1, long a2, long a3) {
    return address == 0 ? StatusCode.UNSUPPORTED : (int) calls.call(this, a0, a1, a2, a3);
  }

  /**
   * Calls it.
   *
   * @param a0 argument 1
   * @param a1 argument 2
   * @param a2 argument 3
   * @param a3 argument 4
   * @param a4 argument 5
   * @return the status
   */
  public int call(long a0, long a1, long a2, long a3, long a4) {
    return address == 0 ? StatusCode.UNSUPPORTED : (int) calls.call(this, a0, a1, a2, a3, a4);
  }

  /**
   * Calls it.
   *
   * @param a0 argument 1
   * @param a1 argument 2
   * @param a2 argument 3
   * @param a3 argument 4
   * @param a4 argument 5
   * @param a5 argument 6
   * @return the status
   */
  public int call(long a0, long a1, long a2, long a3, long a4, long a5) {
    return address == 0 ? StatusCode.UNSUPPORTED : (int) calls.call(this, a0, a1, a2, a3, a4, a5);
  }

  /**
   * Calls it.
   *
   * @param a0 argument 1
   * @param a1 argument 2
   * @param a2 argument 3
   * @param a3 argument 4
   * @param a4 argument 5
   * @param a5 argument 6
   * @param a6 argument 7
   * @return the status
   */
  public int call(long a0, long a1, long a2, long a3, long a4, long a5, long a6) {
    return address == 0
        ? StatusCode.UNSUPPORTED
        : (int) calls.call(this, a0, a1, a2, a3, a4, a5, a6);
  }

  /**
   * Calls it.
   *
   * @param a0 argument 1
   * @param a1 argument 2
   * @param a2 argument 3
   * @param a3 argument 4
   * @param a4 argument 5
   * @param a5 argument 6
   * @param a6 argument 7
   * @param a7 argument 8
   * @return the status
   */
  public int call(long a0, long a1, long a2, long a3, long a4, long a5, long a6, long a7) {
    return address == 0
        ? StatusCode.UNSUPPORTED
        : (int) calls.call(this, a0, a1, a2, a3, a4, a5, a6, a7);
  }

  /**
   * Calls it.
   *
   * @param a0 argument 1
   * @param a1 argument 2
   * @param a2 argument 3
   * @param a3 argument 4
   * @param a4 argument 5
   * @param a5 argument 6
   * @param a6 argument 7
   * @param a7 argument 8
   * @param a8 argument 9
   * @return the status
   */
  public int call(long a0, long a1, long a2, long a3, long a4, long a5, long a6, long a7, long a8) {
    return address == 0
        ? StatusCode.UNSUPPORTED
        : (int) calls.call(this, a0, a1, a2, a3, a4, a5, a6, a7, a8);
  }

  /**
   * Calls it.
   *
   * @param a0 argument 1
   * @param a1 argument 2
   * @param a2 argument 3
   * @param a3 argument 4
   * @param a4 argument 5
   * @param a5 argument 6
   * @param a6 argument 7
   * @param a7 argument 8
   * @param a8 argument 9
   * @param a9 argument 10
   * @param a10 argument 11
   * @return the status
   */
  public int call(
      long a0,
      long a1,
      long a2,
      long a3,
      long a4,
      long a5,
      long a6,
      long a7,
      long a8,
      long a9,
      long a10) {
    return address == 0
        ? StatusCode.UNSUPPORTED
        : (int) calls.call(this, a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10);
  }

  /**
   * Calls a function that returns a pointer.
   *
   * @param a0 its argument
   * @return the pointer; 0 where the library lacks the function
   */
  public long callForPointer(long a0) {
    return address == 0 ? 0 : calls.call(this, a0);
  }

  /**
   * Calls a function that leaves an int at its only argument.
   *
   * @return the status in the upper, the int in the lower half; see {@link #status} and {@link
   *     #value}
   */
  public long callForInt() {
    if (address == 0) {
      return pack(StatusCode.UNSUPPORTED, 0);
    }
    Frame frame = Frame.take();
    int status = (int) calls.call(this, frame.outAddress());
    long result = pack(status, frame.out());
    frame.release();
    return result;
  }

  /**
   * Calls a function that leaves an int at its second argument.
   *
   * @param a0 its first argument
   * @return the status in the upper, the int in the lower half; see {@link #status} and {@link
   *     #value}
   */
  public long callForInt(long a0) {
    if (address == 0) {
      return pack(StatusCode.UNSUPPORTED, 0);
    }
    Frame frame = Frame.take();
    int status = (int) calls.call(this, a0, frame.outAddress());
    long result = pack(status, frame.out());
    frame.release();
    return result;
  }

  /**
   * Calls a function whose third argument is a unique id by value. Allocates.
   *
   * @param out address of the result
   * @param size the second argument
   * @param id 128 bytes
   * @param rank the fourth argument
   * @return the status
   */
  public int callWithId(long out, int size, byte[] id, int rank) {
    return address == 0 ? StatusCode.UNSUPPORTED : (int) IdCall.call(this, id, out, size, rank);
  }

  /**
   * The same with one argument more. Allocates.
   *
   * @param out address of the result
   * @param size the second argument
   * @param id 128 bytes
   * @param rank the fourth argument
   * @param config the fifth argument, an address
   * @return the status
   */
  public int callWithId(long out, int size, byte[] id, int rank, long config) {
    return address == 0
        ? StatusCode.UNSUPPORTED
        : (int) IdCall.call(this, id, out, size, rank, config);
  }

  /**
   * The status of a packed result.
   *
   * @param packed what a {@code callForInt} gave
   * @return the status
   */
  public static int status(long packed) {
    return (int) (packed >> 32);
  }

  /**
   * The int of a packed result.
   *
   * @param packed what a {@code callForInt} gave
   * @return the int; 0 unless the function wrote it
   */
  public static int value(long packed) {
    return (int) packed;
  }

  private static long pack(int status, int value) {
    return ((long) status << 32) | (value & 0xffff_ffffL);
  }

  @Override
  public String toString() {
    return symbol + (isPresent() ? "" : " (absent)");
  }
}
