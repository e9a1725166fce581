package org.ccl4j.tck;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.platform.commons.support.AnnotationSupport;

/** docs/spec.md and the kit have the same rules. */
class RuleBookTest {
  private static final Pattern WRITTEN = Pattern.compile("(?m)^- \\*\\*(\\d+)\\.(\\d+)\\*\\*");
  private static final Pattern NAME = Pattern.compile("rule_(\\d\\d)_(\\d\\d)_[a-z0-9_]+");

  private static String number(MatchResult rule) {
    return String.format(
        "%02d.%02d", Integer.parseInt(rule.group(1)), Integer.parseInt(rule.group(2)));
  }

  private static List<String> written() throws IOException {
    String text = Files.readString(Path.of("..", "docs", "spec.md"));
    return WRITTEN.matcher(text).results().map(RuleBookTest::number).toList();
  }

  private static List<Method> tests() {
    return Arrays.stream(CclConformance.class.getMethods())
        .filter(m -> m.getDeclaringClass().isInterface())
        .filter(
            m ->
                AnnotationSupport.isAnnotated(m, Test.class)
                    || AnnotationSupport.isAnnotated(m, ParameterizedTest.class))
        .toList();
  }

  private static List<String> tested() {
    return tests().stream()
        .map(Method::getName)
        .flatMap(name -> NAME.matcher(name).results())
        .map(RuleBookTest::number)
        .toList();
  }

  @Test
  void everyRuleHasATestAndEveryTestARule() throws IOException {
    assertTrue(written().size() > 100, "docs/spec.md has " + written().size() + " rules");
    assertEquals(new TreeSet<>(written()), new TreeSet<>(tested()), "rules and tests");
  }

  @Test
  void numbersAreGivenOnce() throws IOException {
    assertEquals(written().stream().distinct().toList(), written(), "rules of docs/spec.md");
    assertEquals(tested().stream().distinct().toList(), tested(), "tests of the kit");
  }

  @Test
  void everyTestIsNamedAfterItsRule() {
    for (Method test : tests()) {
      assertTrue(NAME.matcher(test.getName()).matches(), test.getName() + " names no rule");
    }
  }

  @Test
  void rulesOfAnAreaAreNumberedWithoutGapsAndInOrder() throws IOException {
    int area = 0;
    int rule = 0;
    for (String number : written()) {
      int newArea = Integer.parseInt(number.substring(0, 2));
      rule = newArea == area ? rule + 1 : 1;
      area = newArea;
      assertEquals(String.format("%02d.%02d", area, rule), number, "next rule of docs/spec.md");
    }
  }
}
