package org.ccl4j.jna.sys;

import com.sun.jna.Native;

/** A call whose third argument is a unique id by value. Seldom: it allocates. */
final class IdCall {
  private IdCall() {}

  /**
   * Calls.
   *
   * @param others the other arguments, in their order
   * @return what the function returned
   */
  static long call(CFunction f, byte[] id, long... others) {
    if (id.length != CallInterfaces.ID_BYTES) {
      throw new IllegalArgumentException(
          "an id of " + id.length + " bytes; it has " + CallInterfaces.ID_BYTES);
    }
    int arguments = others.length + 1;
    long pointers = (long) arguments * Long.BYTES;
    long result = 2 * pointers;
    try (Cells bytes = Cells.of(id);
        Cells frame = new Cells(result + Long.BYTES)) {
      int next = 0;
      for (int i = 0; i < arguments; i++) {
        long at = (long) i * Long.BYTES;
        boolean isId = i == CallInterfaces.ID_PLACE;
        frame.putLong(at, isId ? 0 : others[next++]);
        frame.putLong(pointers + at, isId ? bytes.address() : frame.address() + at);
      }
      Native.ffi_call(
          CallInterfaces.withId(arguments),
          f.address(),
          frame.address() + result,
          frame.address() + pointers);
      return frame.getLong(result);
    }
  }
}
