package org.ccl4j.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ConformanceTeamTest {
  private static final CaseResult PASSED =
      new CaseResult(3, "all reduce", "rule_03_01_x", "3.1 x", CaseResult.Outcome.PASSED, "", "");
  private static final CaseResult UNSUPPORTED =
      new CaseResult(
          3, "all reduce", "rule_03_01_x", "3.1 x", CaseResult.Outcome.UNSUPPORTED, "no", "");

  @Test
  void caseHasPassedWhereItHasInAllProcesses() {
    assertEquals(PASSED, ConformanceTeam.merge(List.of(PASSED, PASSED)));
    assertEquals(UNSUPPORTED, ConformanceTeam.merge(List.of(UNSUPPORTED, UNSUPPORTED)));
  }

  @Test
  void failureInOneProcessIsTheFailureOfTheCase() {
    CaseResult merged =
        ConformanceTeam.merge(List.of(PASSED, PASSED.failed("it does not hold", "at X\n")));
    assertEquals(CaseResult.Outcome.FAILED, merged.outcome());
    assertEquals("it does not hold", merged.message());
    assertEquals("in process 1: at X\n", merged.trace());
  }

  @Test
  void processesThatDisagreeFail() {
    assertEquals(
        CaseResult.Outcome.FAILED, ConformanceTeam.merge(List.of(PASSED, UNSUPPORTED)).outcome());
    CaseResult other =
        new CaseResult(3, "all reduce", "rule_03_02_y", "3.2 y", CaseResult.Outcome.PASSED, "", "");
    CaseResult merged = ConformanceTeam.merge(List.of(PASSED, other));
    assertTrue(merged.message().contains("[3.1 x, 3.2 y]"), merged::message);
  }

  @Test
  void whatAProcessLeftIsReadUpToTheLastWholeLine(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("0.events");
    try (RuleEvents.Writer writer = new RuleEvents.Writer(file)) {
      writer.planned(7);
      writer.started(PASSED);
      writer.finished(PASSED);
      writer.ruleEnded(PASSED.rule());
      writer.started(UNSUPPORTED);
    }
    Files.writeString(file, "{\"case\":{\"area", StandardOpenOption.APPEND);
    RuleEvents events = RuleEvents.read(file);
    assertEquals(7, events.planned());
    assertEquals(List.of(PASSED), events.results());
    assertEquals(Set.of(PASSED.rule()), events.ended());
    assertEquals(UNSUPPORTED, events.running().orElseThrow());
    assertEquals(List.of(), RuleEvents.read(folder.resolve("missing")).results());
  }
}
