package org.ccl4j.bootstrap;

import org.jspecify.annotations.Nullable;

/** An enum whose constants have a number in the protocol, which never changes. */
interface Coded {
  /** The number. */
  int code();

  /** The constant with the number; null where there is none. */
  static <E extends Enum<E> & Coded> @Nullable E find(E[] constants, int code) {
    for (E constant : constants) {
      if (constant.code() == code) {
        return constant;
      }
    }
    return null;
  }
}
