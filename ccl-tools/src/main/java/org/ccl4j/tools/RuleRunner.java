package org.ccl4j.tools;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.reflect.Method;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.platform.engine.FilterResult;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.PostDiscoveryFilter;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/** Runs the rules of the conformance kit through JUnit, in an order that is always the same. */
final class RuleRunner implements TestExecutionListener {
  /** How the names of the kit's methods begin: area, rule. */
  private static final Pattern RULE = Pattern.compile("rule_(\\d+)_(\\d+)_.*");

  /** How the kit's message begins where a rule cannot be tested with a backend. */
  private static final String UNSUPPORTED = "unsupported:";

  private final RuleSink sink;

  private RuleRunner(RuleSink sink) {
    this.sink = sink;
  }

  /**
   * Runs the rules.
   *
   * @param kit the concrete class
   * @param area the one area to run; 0 for all
   * @param without the rules, by their methods' names, to leave out
   * @param sink is told what becomes of them
   */
  static void run(Class<?> kit, int area, Set<String> without, RuleSink sink) {
    PostDiscoveryFilter wanted =
        descriptor -> {
          Optional<Method> method =
              descriptor
                  .getSource()
                  .filter(MethodSource.class::isInstance)
                  .map(s -> ((MethodSource) s).getJavaMethod());
          return FilterResult.includedIf(
              method.isEmpty()
                  || ((area == 0 || areaOf(method.get()) == area)
                      && !without.contains(method.get().getName())));
        };
    LauncherDiscoveryRequest request =
        LauncherDiscoveryRequestBuilder.request()
            .selectors(selectClass(kit))
            .filters(wanted)
            // What the tool reports does not depend on files that lie around in the class path.
            .enableImplicitConfigurationParameters(false)
            .build();
    LauncherFactory.create().execute(request, new RuleRunner(sink));
  }

  @Override
  public void testPlanExecutionStarted(TestPlan plan) {
    sink.planned(plan.countTestIdentifiers(RuleRunner::isRule));
  }

  @Override
  public void executionStarted(TestIdentifier id) {
    if (id.isTest()) {
      sink.started(result(id, CaseResult.Outcome.PASSED, "", null));
    }
  }

  @Override
  public void executionFinished(TestIdentifier id, TestExecutionResult result) {
    Throwable thrown = result.getThrowable().orElse(null);
    boolean passed = result.getStatus() == TestExecutionResult.Status.SUCCESSFUL;
    if (id.isTest() || !passed) {
      String message = message(thrown);
      boolean unsupported =
          result.getStatus() == TestExecutionResult.Status.ABORTED
              && message.startsWith(UNSUPPORTED);
      if (passed) {
        sink.finished(result(id, CaseResult.Outcome.PASSED, "", null));
      } else if (unsupported) {
        String reason = message.substring(UNSUPPORTED.length()).strip();
        sink.finished(result(id, CaseResult.Outcome.UNSUPPORTED, reason, thrown));
      } else {
        // Aborted for another reason counts as failed: the kit does not skip silently.
        sink.finished(result(id, CaseResult.Outcome.FAILED, message, thrown));
      }
    }
    if (isRule(id)) {
      method(id).map(Method::getName).ifPresent(sink::ruleEnded);
    }
  }

  @Override
  public void executionSkipped(TestIdentifier id, String reason) {
    sink.finished(result(id, CaseResult.Outcome.FAILED, "skipped: " + reason, null));
  }

  private static CaseResult result(
      TestIdentifier id, CaseResult.Outcome outcome, String message, @Nullable Throwable thrown) {
    Optional<Method> method = method(id);
    return new CaseResult(
        method.map(RuleRunner::areaOf).orElse(0),
        method.map(RuleRunner::areaName).orElse("the kit itself"),
        method.map(Method::getName).orElse(""),
        name(id),
        outcome,
        message,
        trace(thrown));
  }

  /** Whether this is a rule, and not one of its cases. */
  private static boolean isRule(TestIdentifier id) {
    return method(id).isPresent()
        && !id.getUniqueIdObject().getLastSegment().getType().equals("test-template-invocation");
  }

  private static Optional<Method> method(TestIdentifier id) {
    return id.getSource()
        .filter(MethodSource.class::isInstance)
        .map(source -> ((MethodSource) source).getJavaMethod());
  }

  private static int areaOf(Method method) {
    Matcher rule = RULE.matcher(method.getName());
    return rule.matches() ? Integer.parseInt(rule.group(1)) : 0;
  }

  /** The words of the type that declares the rule: {@code StreamRules} is {@code stream}. */
  private static String areaName(Method method) {
    return method
        .getDeclaringClass()
        .getSimpleName()
        .replaceFirst("Rules$", "")
        .replaceAll("(?<=[a-z])(?=[A-Z])", " ")
        .toLowerCase(java.util.Locale.ROOT);
  }

  private static String name(TestIdentifier id) {
    Optional<Method> method = method(id);
    if (method.isEmpty()) {
      return id.getDisplayName();
    }
    String rule =
        method.get().getName().replaceFirst("rule_0*(\\d+)_0*(\\d+)_", "$1.$2 ").replace('_', ' ');
    return isRule(id) ? rule : rule + ", " + id.getDisplayName();
  }

  private static String message(@Nullable Throwable thrown) {
    if (thrown == null) {
      return "no reason given";
    }
    String text = thrown.getMessage();
    return text == null || text.isBlank() ? thrown.getClass().getSimpleName() : text.strip();
  }

  static String trace(@Nullable Throwable thrown) {
    if (thrown == null) {
      return "";
    }
    StringWriter text = new StringWriter();
    thrown.printStackTrace(new PrintWriter(text, true));
    return text.toString();
  }
}
