package org.ccl4j.tck;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class RuleNamesTest {
  @Test
  void showsTheNumberAndTheWordsOfARule() throws NoSuchMethodException {
    assertEquals(
        "3.10 more than two gibibytes",
        new RuleNames()
            .generateDisplayNameForMethod(
                List.of(),
                AllReduceRules.class,
                AllReduceRules.class.getMethod("rule_03_10_more_than_two_gibibytes")));
  }

  @Test
  void leavesOtherMethodsAlone() throws NoSuchMethodException {
    assertEquals(
        "toString()",
        new RuleNames()
            .generateDisplayNameForMethod(
                List.of(), Object.class, Object.class.getMethod("toString")));
  }
}
