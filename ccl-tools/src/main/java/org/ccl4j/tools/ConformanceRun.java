package org.ccl4j.tools;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Counts what became of the rules of the conformance kit. */
final class ConformanceRun implements RuleSink {
  private final Map<Integer, Area> areas = new TreeMap<>();
  private final List<CaseResult> failures = new ArrayList<>();
  private final List<CaseResult> unsupported = new ArrayList<>();
  private final ProgressMeter progress;

  ConformanceRun(ProgressMeter progress) {
    this.progress = progress;
  }

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
   * Runs the rules in this process.
   *
   * @param kit the concrete class
   * @param area the one area to run; 0 for all
   */
  static ConformanceRun of(Class<?> kit, int area, ProgressMeter progress) {
    ConformanceRun run = new ConformanceRun(progress);
    try {
      RuleRunner.run(kit, area, Set.of(), run);
    } finally {
      progress.end();
    }
    return run;
  }

  List<Area> areas() {
    return List.copyOf(areas.values());
  }

  List<CaseResult> failures() {
    return inOrder(failures);
  }

  List<CaseResult> unsupported() {
    return inOrder(unsupported);
  }

  /** JUnit has an order of its own. */
  private static List<CaseResult> inOrder(List<CaseResult> findings) {
    return findings.stream().sorted(Comparator.comparing(CaseResult::rule)).toList();
  }

  @Override
  public void planned(long rules) {
    progress.start("verify", rules);
  }

  @Override
  public void ruleEnded(String rule) {
    progress.advance(1);
  }

  @Override
  public void finished(CaseResult result) {
    Area area = areas.computeIfAbsent(result.area(), number -> new Area(number, result.areaName()));
    switch (result.outcome()) {
      case PASSED -> area.passed++;
      case FAILED -> {
        area.failed++;
        failures.add(result);
      }
      case UNSUPPORTED -> {
        area.unsupported++;
        unsupported.add(result);
      }
    }
  }
}
