package org.ccl4j.tools;

import java.lang.management.CompilationMXBean;
import java.lang.management.ManagementFactory;
import java.util.function.LongSupplier;

/**
 * Whether the JVM still compiles what is being run: until it is through with that, a call takes
 * several times as long. It needs some tens of thousands of calls, and time, which is short where
 * ranks keep all processors busy. Used by one thread.
 */
final class JvmWarmth {
  static final long LEAST_NANOS = 500_000_000;
  static final long MOST_NANOS = 4_000_000_000L;
  static final long LOOK_NANOS = 250_000_000;

  /** A 25th of the time: little by little a JVM compiles on for long. */
  static final long IDLE_MILLIS = 10;

  private final LongSupplier compileMillis;
  private final long start;
  private long lastLook;
  private long lastMillis;

  /**
   * Begins at a moment.
   *
   * @param compileMillis the time that the compiler has worked
   */
  JvmWarmth(LongSupplier compileMillis, long now) {
    this.compileMillis = compileMillis;
    start = now;
    lastLook = now;
    lastMillis = compileMillis.getAsLong();
  }

  static JvmWarmth ofThisJvm(long now) {
    CompilationMXBean compiler = ManagementFactory.getCompilationMXBean();
    boolean tells = compiler != null && compiler.isCompilationTimeMonitoringSupported();
    return new JvmWarmth(tells ? compiler::getTotalCompilationTime : () -> 0, now);
  }

  /** Whether to go on: for a least time, and then until the compiler did little for a while. */
  boolean wantsMore(long now) {
    if (now - start >= MOST_NANOS) {
      return false;
    }
    if (now - lastLook < LOOK_NANOS) {
      return true;
    }
    long millis = compileMillis.getAsLong();
    boolean idle = millis - lastMillis < IDLE_MILLIS;
    lastLook = now;
    lastMillis = millis;
    return !idle || now - start < LEAST_NANOS;
  }
}
