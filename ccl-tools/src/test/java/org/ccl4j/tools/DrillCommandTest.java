package org.ccl4j.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

final class DrillCommandTest {
  private static final String QUICK = " --backend fake --deadline 1s --cycles 3 --ranks ";

  @ParameterizedTest
  @EnumSource(Drill.class)
  void everyDrillPassesWithThreeRanks(Drill drill) {
    CommandResult result = CommandResult.ofLine("drill " + drill.text() + QUICK + 3);
    assertEquals(0, result.exitCode(), () -> result.out() + result.err());
    assertEquals("", result.err());
    assertTrue(result.out().contains("OK: 1 passed, 0 failed, 0 unsupported"), result::out);
  }

  @ParameterizedTest
  @ValueSource(strings = {"operation-deadline", "abort", "rank-killed"})
  void aDrillThatNeedsMoreRanksIsUnsupported(String name) {
    CommandResult result = CommandResult.ofLine("drill " + name + QUICK + 1);
    assertEquals(0, result.exitCode(), () -> result.out() + result.err());
    assertTrue(result.out().contains("needs 2 devices"), result::out);
    assertTrue(result.out().contains("OK: 0 passed, 0 failed, 1 unsupported"), result::out);
  }

  @ParameterizedTest
  @ValueSource(strings = {"graph-replay", "connect-missing"})
  void whatOneRankCanDoIsDone(String name) {
    CommandResult result = CommandResult.ofLine("drill " + name + QUICK + 1);
    assertTrue(result.out().contains("OK: 1 passed"), () -> result.out() + result.err());
  }

  @ParameterizedTest
  @ValueSource(strings = {"graph-replay", "graph-processes"})
  void aLibraryThatComputesWrongFailsTheDrill(String name) {
    CommandResult result =
        CommandResult.ofLine("drill " + name + " --backend test/broken --ranks 2");
    assertEquals(1, result.exitCode(), result::out);
    assertTrue(result.out().contains("right is"), result::out);
    assertTrue(result.out().contains("FAILED: 0 passed, 1 failed"), result::out);
  }

  @Test
  void anUnknownNameIsRefusedWithAllThatAreThere() {
    CommandResult result = CommandResult.ofLine("drill fire --backend fake");
    assertEquals(2, result.exitCode());
    assertTrue(result.err().contains("NAME is 'fire'; allowed is graph-replay"), result::err);
  }

  @Test
  void theHelpNamesEveryDrill() {
    CommandResult result = CommandResult.ofLine("drill --help");
    for (Drill drill : Drill.values()) {
      assertTrue(result.out().replaceAll("\\s+", " ").contains(drill.text()), result::out);
    }
  }
}
