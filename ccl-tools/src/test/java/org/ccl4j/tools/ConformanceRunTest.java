package org.ccl4j.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.opentest4j.TestAbortedException;

final class ConformanceRunTest {
  /** An area as the kit has them. */
  interface FirstRules {
    @Test
    default void rule_01_01_holds() {}

    @Test
    default void rule_01_02_does_not() {
      throw new AssertionError("it does not hold\nat all");
    }

    @Test
    default void rule_01_03_cannot_be_tested() {
      throw new TestAbortedException("unsupported: too few devices");
    }
  }

  /** Another. */
  interface OtherThingsRules {
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    default void rule_02_01_holds_for_some(int number) {
      assertTrue(number < 3, "3 is too much");
    }

    @Test
    default void rule_02_02_is_given_up_without_a_word() {
      Assumptions.assumeTrue(false);
    }
  }

  /** Not run by the build: Surefire takes classes whose names end in Test. */
  static final class Sample implements FirstRules, OtherThingsRules {}

  private static String counts(ConformanceRun run) {
    return run.areas().stream()
        .map(a -> a.number + " " + a.name + ": " + a.passed + " " + a.failed + " " + a.unsupported)
        .collect(Collectors.joining(", "));
  }

  @Test
  void casesAreCountedByArea() {
    ConformanceRun run = ConformanceRun.of(Sample.class, 0, ProgressMeter.NONE);
    assertEquals("1 first: 1 1 1, 2 other things: 2 2 0", counts(run));
  }

  @Test
  void failuresAreNamedWithTheirMessages() {
    ConformanceRun run = ConformanceRun.of(Sample.class, 0, ProgressMeter.NONE);
    List<String> found =
        run.failures().stream().map(f -> f.name() + ": " + f.message()).sorted().toList();
    assertEquals(3, found.size(), found::toString);
    assertEquals("1.2 does not: it does not hold\nat all", found.get(0));
    assertTrue(found.get(1).startsWith("2.1 holds for some, [3] "), found.get(1));
    assertTrue(found.get(1).contains("3 is too much"), found.get(1));
    assertTrue(found.get(2).startsWith("2.2 is given up without a word: "), found.get(2));
  }

  @Test
  void whatIsUnsupportedIsNamedWithItsReason() {
    ConformanceRun run = ConformanceRun.of(Sample.class, 0, ProgressMeter.NONE);
    assertEquals(
        List.of("1.3 cannot be tested: too few devices"),
        run.unsupported().stream().map(f -> f.name() + ": " + f.message()).toList());
  }

  @Test
  void oneAreaCanBeRunAlone() {
    ConformanceRun run = ConformanceRun.of(Sample.class, 2, ProgressMeter.NONE);
    assertEquals("2 other things: 2 2 0", counts(run));
  }
}
