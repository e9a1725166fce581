package org.ccl4j.jna.sys;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;

/**
 * What libffi has to know of the functions that are called. It reads this at every call, so all of
 * it stays for good.
 *
 * <p>The types are complete before libffi sees them. In one that is not, it counts up the size
 * while others may read it, without a lock. JNA's own structures by value are of that kind: two
 * threads that make their first call at the same moment can end the process.
 */
final class CallInterfaces {
  static final int MAX_ARGUMENTS = 12;
  static final int ID_BYTES = 128;

  /** Which argument of a function is the id, where it takes one by value. */
  static final int ID_PLACE = 2;

  private static final int DEFAULT_ABI = 0;
  private static final short SINT64 = 12;
  private static final short STRUCT = 13;

  private static final Memory LONG = type(Long.BYTES, SINT64);
  private static final Memory ID = type(ID_BYTES, STRUCT);
  private static final Memory LONGS = pointers(MAX_ARGUMENTS, LONG);
  private static final Memory ID_AMONG_LONGS = pointers(MAX_ARGUMENTS, LONG);
  private static final Memory ID_ELEMENTS = pointers(ID_BYTES / Long.BYTES, LONG);

  private static final long[] OF_LONGS;
  private static final long[] WITH_ID;

  static {
    ID.setPointer(16, ID_ELEMENTS);
    ID_AMONG_LONGS.setPointer((long) ID_PLACE * Long.BYTES, ID);
    OF_LONGS = prepared(LONGS);
    WITH_ID = prepared(ID_AMONG_LONGS);
  }

  private CallInterfaces() {}

  /** Of a function with so many 64-bit integers. */
  static long ofLongs(int arguments) {
    return OF_LONGS[arguments];
  }

  /** Of a function with so many arguments, one of which is an id by value. */
  static long withId(int arguments) {
    return WITH_ID[arguments];
  }

  // struct ffi_type { size_t size; unsigned short alignment, type; ffi_type **elements; }
  private static Memory type(long bytes, short kind) {
    Memory type = new Memory(24);
    type.clear();
    type.setLong(0, bytes);
    // An id's is 1 in C, but whether by value or by reference it lies on a whole word.
    type.setShort(8, (short) Long.BYTES);
    type.setShort(10, kind);
    return type;
  }

  /** An array that ends with a null pointer. */
  private static Memory pointers(int count, Memory target) {
    Memory all = new Memory((count + 1L) * Long.BYTES);
    all.clear();
    for (int i = 0; i < count; i++) {
      all.setPointer((long) i * Long.BYTES, target);
    }
    return all;
  }

  private static long[] prepared(Memory types) {
    long[] made = new long[MAX_ARGUMENTS + 1];
    for (int n = 0; n <= MAX_ARGUMENTS; n++) {
      made[n] =
          Native.ffi_prep_cif(
              DEFAULT_ABI, n, Pointer.nativeValue(LONG), Pointer.nativeValue(types));
    }
    return made;
  }
}
