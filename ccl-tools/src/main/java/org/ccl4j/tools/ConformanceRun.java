package org.ccl4j.tools;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.platform.engine.FilterResult;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.Launcher;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.PostDiscoveryFilter;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/** Runs the rules of the conformance kit through JUnit and counts what became of them. */
final class ConformanceRun implements TestExecutionListener {
  /** How the names of the kit's methods begin: area, rule. */
  private static final Pattern RULE = Pattern.compile("rule_(\\d+)_(\\d+)_.*");

  /** How the kit's message begins where a rule cannot be tested with a backend. */
  private static final String UNSUPPORTED = "unsupported:";

  private final Map<Integer, Area> areas = new TreeMap<>();
  private final List<Finding> failures = new ArrayList<>();
  private final List<Finding> unsupported = new ArrayList<>();
  private final ProgressMeter progress;

  private ConformanceRun(ProgressMeter progress) {
    this.progress = progress;
  }

  /**
   * What became of a case of a rule that did not pass.
   *
   * @param order puts findings into the order of the rules; JUnit has an order of its own
   * @param rule the rule's name, and the case where it has several
   * @param message the first line of the reason
   * @param cause what was thrown; null where nothing was
   */
  record Finding(String order, String rule, String message, @Nullable Throwable cause) {}

  /** The numbers of one area. A rule with several cases counts once for each. */
  static final class Area {
    final int number;
    final String name;
    int passed;
    int failed;
    int unsupported;

    Area(int number, String name) {
      this.number = number;
      this.name = name;
    }
  }

  /**
   * Runs the rules.
   *
   * @param kit the concrete class
   * @param area the one area to run; 0 for all
   */
  static ConformanceRun of(Class<?> kit, int area, ProgressMeter progress) {
    ConformanceRun run = new ConformanceRun(progress);
    PostDiscoveryFilter inArea =
        descriptor -> {
          Optional<Method> method =
              descriptor
                  .getSource()
                  .filter(MethodSource.class::isInstance)
                  .map(s -> ((MethodSource) s).getJavaMethod());
          return FilterResult.includedIf(
              area == 0 || method.isEmpty() || areaOf(method.get()) == area);
        };
    LauncherDiscoveryRequest request =
        LauncherDiscoveryRequestBuilder.request()
            .selectors(selectClass(kit))
            .filters(inArea)
            // What the tool reports does not depend on files that lie around in the class path.
            .enableImplicitConfigurationParameters(false)
            .build();
    Launcher launcher = LauncherFactory.create();
    launcher.execute(request, run);
    return run;
  }

  List<Area> areas() {
    return List.copyOf(areas.values());
  }

  List<Finding> failures() {
    return inOrder(failures);
  }

  List<Finding> unsupported() {
    return inOrder(unsupported);
  }

  private static List<Finding> inOrder(List<Finding> findings) {
    return findings.stream().sorted(Comparator.comparing(Finding::order)).toList();
  }

  private static String order(TestIdentifier id) {
    return method(id).map(Method::getName).orElse("");
  }

  @Override
  public void testPlanExecutionStarted(TestPlan plan) {
    progress.start("verify", plan.countTestIdentifiers(id -> method(id).isPresent()));
  }

  @Override
  public void testPlanExecutionFinished(TestPlan plan) {
    progress.end();
  }

  @Override
  public void executionFinished(TestIdentifier id, TestExecutionResult result) {
    Throwable thrown = result.getThrowable().orElse(null);
    boolean passed = result.getStatus() == TestExecutionResult.Status.SUCCESSFUL;
    if (id.isContainer() && passed) {
      if (method(id).isPresent()) {
        progress.advance(1);
      }
      return;
    }
    Area area = area(id);
    String message = message(thrown);
    if (passed) {
      area.passed++;
    } else if (result.getStatus() == TestExecutionResult.Status.ABORTED
        && message.startsWith(UNSUPPORTED)) {
      area.unsupported++;
      unsupported.add(
          new Finding(
              order(id), name(id), message.substring(UNSUPPORTED.length()).strip(), thrown));
    } else {
      // Aborted for another reason counts as failed: the kit does not skip silently.
      area.failed++;
      failures.add(new Finding(order(id), name(id), message, thrown));
    }
    if (id.getParentIdObject().isPresent()
        && id.getUniqueIdObject().getLastSegment().getType().equals("method")) {
      progress.advance(1);
    }
  }

  @Override
  public void executionSkipped(TestIdentifier id, String reason) {
    area(id).failed++;
    failures.add(new Finding(order(id), name(id), "skipped: " + reason, null));
  }

  private Area area(TestIdentifier id) {
    Optional<Method> method = method(id);
    return areas.computeIfAbsent(
        method.map(ConformanceRun::areaOf).orElse(0),
        number -> new Area(number, method.map(ConformanceRun::areaName).orElse("the kit itself")));
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
    boolean oneOfSeveral =
        !id.getUniqueIdObject().getLastSegment().getType().equals("method") && id.isTest();
    return oneOfSeveral ? rule + ", " + id.getDisplayName() : rule;
  }

  private static String message(@Nullable Throwable thrown) {
    if (thrown == null) {
      return "no reason given";
    }
    String text = thrown.getMessage();
    return text == null || text.isBlank() ? thrown.getClass().getSimpleName() : text.strip();
  }
}
