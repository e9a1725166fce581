package org.ccl4j.jna.sys;

import java.lang.System.Logger.Level;
import java.util.Optional;

/**
 * A way into C: calls a function with arguments that are all 64-bit integers, and gives what it
 * returned. See {@link Frame} for why that serves every function.
 */
abstract class Calls {
  private static final int FIRST_JAVA_WITH_FOREIGN = 22;

  /**
   * The way through {@code java.lang.foreign}; linking it takes some tenths of a second. Nothing
   * where the JVM lacks it.
   */
  static Optional<Calls> foreign() {
    if (Runtime.version().feature() < FIRST_JAVA_WITH_FOREIGN) {
      return Optional.empty();
    }
    try {
      return Optional.of(new ForeignCalls());
    } catch (LinkageError e) {
      // Native access that is denied to this module, or a platform that it does not support.
      System.getLogger(Calls.class.getName())
          .log(Level.DEBUG, "java.lang.foreign cannot be used, JNA goes on", e);
      return Optional.empty();
    }
  }

  abstract long call(CFunction f);

  abstract long call(CFunction f, long a0);

  abstract long call(CFunction f, long a0, long a1);

  abstract long call(CFunction f, long a0, long a1, long a2);

  abstract long call(CFunction f, long a0, long a1, long a2, long a3);

  abstract long call(CFunction f, long a0, long a1, long a2, long a3, long a4);

  abstract long call(CFunction f, long a0, long a1, long a2, long a3, long a4, long a5);

  abstract long call(CFunction f, long a0, long a1, long a2, long a3, long a4, long a5, long a6);

  abstract long call(
      CFunction f, long a0, long a1, long a2, long a3, long a4, long a5, long a6, long a7);

  abstract long call(
      CFunction f, long a0, long a1, long a2, long a3, long a4, long a5, long a6, long a7, long a8);

  abstract long call(
      CFunction f,
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
      long a10);
}
