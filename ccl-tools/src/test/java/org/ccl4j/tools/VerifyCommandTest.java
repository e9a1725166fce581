package org.ccl4j.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

final class VerifyCommandTest {
  private static final int ALL_TO_ALL = 6;

  @Test
  void theFakeFollowsTheRulesOfAnArea() {
    CommandResult result = CommandResult.of("verify", "--area", "" + ALL_TO_ALL);
    assertEquals(0, result.exitCode(), result::out);
    assertTrue(result.out().startsWith("Verifying cpu/fake"), result::out);
    assertTrue(result.out().matches("(?s).*\n +6  all to all +[1-9]\\d* +0 +0\n.*"), result::out);
    assertTrue(result.out().contains("\nOK: "), result::out);
    assertTrue(result.out().contains(" 0 failed, 0 unsupported in "), result::out);
  }

  @Test
  void theBackendsThatWereNotChosenAreLookedAtOnceAndNotForEachRule() {
    AlteredFakeProvider.PROBED.clear();
    CommandResult result = CommandResult.of("verify", "--area", "" + ALL_TO_ALL);
    assertEquals(0, result.exitCode(), result::out);
    assertEquals(
        List.of("test/broken", "test/deadly"),
        AlteredFakeProvider.PROBED.stream().sorted().toList());
  }

  @Test
  void rulesThatNeedMoreRanksThanAllowedAreUnsupportedWithTheReason() {
    CommandResult result =
        CommandResult.of("verify", "--area", "" + ALL_TO_ALL, "--max-ranks", "1");
    assertEquals(0, result.exitCode(), result::out);
    assertFalse(result.out().contains(" 0 unsupported in "), result::out);
    assertTrue(result.out().contains("\nUnsupported\n"), result::out);
    assertTrue(result.out().contains("the limit is 1"), result::out);
  }

  @Test
  void aBrokenBackendFailsWithTheRulesNamedAndExitCode1() {
    CommandResult result =
        CommandResult.of("verify", "--area", "3", "--max-buffer", "1G", "--backend", "test/broken");
    assertEquals(1, result.exitCode(), result::out);
    assertTrue(result.out().contains("\nFailed\n  3.1 sum is exact"), result::out);
    assertTrue(result.out().contains("\nFAILED: "), result::out);
    assertFalse(result.out().contains("\tat "), result::out);
  }

  @Test
  void anAreaThatDoesNotExistIsAMistake() {
    CommandResult result = CommandResult.of("verify", "--area", "77");
    assertEquals(2, result.exitCode(), result::out);
    assertTrue(result.err().startsWith("ccl verify: --area is '77'; allowed is "), result::err);
  }

  @Test
  void ranksMayBeSpreadOverProcesses() {
    CommandResult result =
        CommandResult.of("verify", "--area", "" + ALL_TO_ALL, "--processes", "2");
    assertEquals(0, result.exitCode(), () -> result.out() + result.err());
    assertTrue(result.out().contains(", ranks spread over 2 processes"), result::out);
    assertTrue(result.out().matches("(?s).*\n +6  all to all +[1-9]\\d* +0 +0\n.*"), result::out);
    assertTrue(result.out().contains("\nOK: "), result::out);
  }

  @Test
  void processThatDiesFailsItsRuleAndTheOthersAreStillRun() {
    CommandResult result =
        CommandResult.of("verify", "--area", "12", "--processes", "2", "--backend", "test/deadly");
    assertEquals(1, result.exitCode(), () -> result.out() + result.err());
    assertTrue(result.out().contains("\n  12.2 keys order the ranks, "), result::out);
    assertTrue(result.out().contains("of 2 died here, with exit code 77"), result::out);
    assertTrue(result.out().contains("the deadly backend has its day"), result::out);
    assertTrue(result.out().matches("(?s).*\nFAILED: [1-9]\\d* passed, 1 failed, .*"), result::out);
  }
}
