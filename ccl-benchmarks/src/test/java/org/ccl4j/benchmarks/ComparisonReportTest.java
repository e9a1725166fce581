package org.ccl4j.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ComparisonReportTest {
  private static final String HEADER = "one line that is passed over";

  @TempDir Path folder;

  private String report(String... samples) throws IOException {
    List<String> lines = new ArrayList<>(List.of(HEADER));
    lines.addAll(List.of(samples));
    Path in = Files.write(folder.resolve("samples.csv"), lines);
    Path out = folder.resolve("table.md");
    ComparisonReport.main(in.toString(), out.toString());
    return Files.readString(out);
  }

  private static String sample(int round, String library, String mode, double micros, double best) {
    return round
        + ",50,"
        + library
        + ",all_reduce,1024,"
        + mode
        + ",2,9,"
        + micros
        + ","
        + best
        + ",ok";
  }

  private static String row(String report) {
    return report.lines().filter(line -> line.startsWith("| all_reduce |")).findFirst().orElse("");
  }

  @Test
  void aRatioIsTakenInsideARoundAndThenTheMedian() throws IOException {
    String report =
        report(
            sample(1, "openmpi-core", "calls", 1, 1),
            sample(1, "threads", "latency", 2, 2),
            sample(2, "openmpi-core", "calls", 10, 5),
            sample(2, "threads", "latency", 30, 3),
            sample(3, "openmpi-core", "calls", 4, 4),
            sample(3, "threads", "latency", 4, 4));

    assertEquals(
        "| all_reduce | 1 Ki | 4.00 | - | 4.00 | - | 2.00 (1.00–3.00) | - | - | 2.00, - |",
        row(report));
  }

  @Test
  void ofTheWaysToRunOpenMpiTheBetterOneCounts() throws IOException {
    String report =
        report(
            sample(1, "openmpi-core", "calls", 4, 3),
            sample(1, "openmpi-none", "calls", 2, 2),
            sample(1, "threads", "latency", 1, 1),
            sample(1, "threads", "stream", 0.5, 0.5));

    assertEquals(
        "| all_reduce | 1 Ki | 2.00 | - | 1.00 | 0.50 | 0.50 (0.50–0.50) | 0.25 (0.25–0.25) | - |"
            + " 0.50, 0.25 |",
        row(report));
  }

  @Test
  void aWrongResultIsNamedAndLeftOut() throws IOException {
    String report =
        report(
            sample(1, "gloo", "calls", 8, 8),
            "2,50,gloo,all_reduce,1024,calls,2,9,1,1,WRONG",
            sample(1, "threads", "latency", 4, 4),
            sample(2, "threads", "latency", 4, 4));

    assertTrue(row(report).contains("| - | 8.00 | 4.00 |"), report);
    assertTrue(report.contains("wrong: gloo, all_reduce of 1 Ki bytes, round 2."), report);
  }

  @Test
  void ranksAsProcessesHaveATableOfTheirOwn() throws IOException {
    String report = report(sample(1, "processes", "latency", 4, 4));

    assertTrue(report.contains("| processes: operation |"), report);
    assertFalse(report.contains("| threads: operation |"), report);
  }
}
