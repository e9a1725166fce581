package org.ccl4j.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.LongUnaryOperator;
import org.junit.jupiter.api.Test;

class JvmWarmthTest {
  private static final long START = -5_000_000_000_000L;
  private static final long STEP = 10_000_000;

  private long passed;

  /** How long it wants to run where so many milliseconds were compiled at so many nanoseconds. */
  private long run(LongUnaryOperator compiled) {
    passed = 0;
    JvmWarmth warmth = new JvmWarmth(() -> compiled.applyAsLong(passed), START);
    do {
      passed += STEP;
    } while (warmth.wantsMore(START + passed));
    return passed;
  }

  @Test
  void takesTheLeastTimeWhereHardlyAnythingIsCompiled() {
    assertEquals(JvmWarmth.LEAST_NANOS, run(nanos -> 77));
    assertEquals(JvmWarmth.LEAST_NANOS, run(nanos -> nanos / 50_000_000));
  }

  @Test
  void goesOnUntilTheCompilerHasDoneLittleForAWhile() {
    long compiling = 1_300_000_000;
    long wanted = run(nanos -> Math.min(nanos, compiling) / 2_000_000);
    assertTrue(wanted >= compiling + JvmWarmth.LOOK_NANOS, () -> "only " + wanted);
    assertTrue(wanted <= compiling + 2 * JvmWarmth.LOOK_NANOS, () -> "as long as " + wanted);
  }

  @Test
  void endsWhereTheCompilerDoesNot() {
    assertEquals(JvmWarmth.MOST_NANOS, run(nanos -> nanos / 1_000_000));
  }

  @Test
  void asksThisJvm() {
    JvmWarmth warmth = JvmWarmth.ofThisJvm(START);
    assertTrue(warmth.wantsMore(START + STEP));
    assertFalse(warmth.wantsMore(START + JvmWarmth.MOST_NANOS));
  }
}
