package org.ccl4j.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class CclCommandTest {
  @Test
  void helpListsTheCommands() {
    CommandResult result = CommandResult.of("--help");
    assertEquals(0, result.exitCode());
    for (String command : new String[] {"doctor", "perf", "run", "verify"}) {
      assertTrue(result.out().contains("\n  " + command + " "), result::out);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"--version", "doctor --version", "perf -V"})
  void versionIsThatOfTheBuild(String line) {
    CommandResult result = CommandResult.ofLine(line);
    assertEquals(0, result.exitCode());
    assertTrue(
        result.out().matches("(?s)ccl \\d+\\.\\d+\\.\\d+\\S* \\(Java .*\\)\\s*"), result::out);
  }

  @Test
  void withoutACommandTheAnswerSaysWhichThereAre() {
    CommandResult result = CommandResult.of();
    assertEquals(2, result.exitCode());
    assertEquals(1, result.err().lines().count(), result::err);
    assertTrue(result.err().contains("doctor, drill, perf, run, verify"), result::err);
  }

  @Test
  void anUnknownCommandIsNamedBesideThoseThereAre() {
    CommandResult result = CommandResult.of("walk");
    assertEquals(2, result.exitCode());
    assertEquals(1, result.err().lines().count(), result::err);
    assertTrue(
        result
            .err()
            .startsWith("ccl: COMMAND is 'walk'; allowed is doctor, drill, perf, run, verify"),
        result::err);
  }

  @Test
  void anUnknownOptionIsNamed() {
    CommandResult result = CommandResult.of("--frobnicate");
    assertEquals(2, result.exitCode());
    assertEquals(1, result.err().lines().count(), result::err);
    assertTrue(result.err().contains("Unknown option: '--frobnicate'"), result::err);
  }
}
