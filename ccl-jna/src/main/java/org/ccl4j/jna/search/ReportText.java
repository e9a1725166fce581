package org.ccl4j.jna.search;

import java.util.stream.Collectors;

/** A report as lines for people. */
final class ReportText {
  private ReportText() {}

  static String of(SearchReport report) {
    return report.candidates().stream().map(ReportText::line).collect(Collectors.joining("\n"));
  }

  private static String line(Candidate candidate) {
    String place = candidate.path().isEmpty() ? "" : ": " + Printable.of(candidate.path());
    return Printable.of(candidate.origin())
        + place
        + " "
        + candidate.refusal().map(Refusal::reason).orElse("is taken");
  }
}
