package org.ccl4j.tck;

import java.lang.reflect.Method;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayNameGenerator;

/** Shows {@code rule_03_01_sum_is_exact} as {@code 3.1 sum is exact}. */
final class RuleNames extends DisplayNameGenerator.Standard {
  private static final Pattern RULE = Pattern.compile("rule_(\\d+)_(\\d+)_(\\w+)");

  @Override
  public String generateDisplayNameForMethod(
      List<Class<?>> enclosing, Class<?> type, Method method) {
    Matcher rule = RULE.matcher(method.getName());
    if (!rule.matches()) {
      return super.generateDisplayNameForMethod(enclosing, type, method);
    }
    return Integer.parseInt(rule.group(1))
        + "."
        + Integer.parseInt(rule.group(2))
        + " "
        + rule.group(3).replace('_', ' ');
  }
}
