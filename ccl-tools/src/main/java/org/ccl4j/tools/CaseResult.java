package org.ccl4j.tools;

import java.util.Map;

/**
 * What became of one case of a rule.
 *
 * @param area the number of the area; 0 for what belongs to no rule
 * @param areaName the area in words
 * @param rule the name of the rule's method; puts results into the order of the rules
 * @param name the rule in words, and the case where it has several
 * @param outcome what became of it
 * @param message the reason, where it did not pass
 * @param trace where it failed, for those who ask; empty where nothing was thrown
 */
record CaseResult(
    int area,
    String areaName,
    String rule,
    String name,
    Outcome outcome,
    String message,
    String trace) {

  /** What may become of a case. */
  enum Outcome {
    PASSED,
    FAILED,
    UNSUPPORTED
  }

  /** A failure of this case, or of the rule where it is the rest of it. */
  CaseResult failed(String why, String where) {
    return new CaseResult(area, areaName, rule, name, Outcome.FAILED, why, where);
  }

  Map<String, Object> toMap() {
    return Map.of(
        "area", area,
        "area_name", areaName,
        "rule", rule,
        "name", name,
        "outcome", outcome.name(),
        "message", message,
        "trace", trace);
  }

  static CaseResult of(Map<?, ?> map) {
    return new CaseResult(
        Integer.parseInt(String.valueOf(map.get("area"))),
        String.valueOf(map.get("area_name")),
        String.valueOf(map.get("rule")),
        String.valueOf(map.get("name")),
        Outcome.valueOf(String.valueOf(map.get("outcome"))),
        String.valueOf(map.get("message")),
        String.valueOf(map.get("trace")));
  }
}
