package org.ccl4j.benchmarks;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What to measure and for how long.
 *
 * @param label the first column of the result
 * @param ranks how many ranks
 * @param operations which operations
 * @param sizes message sizes in bytes, smallest first
 * @param compileMillis how long a size up to 1 MiB is warmed up
 * @param warmMillis how long the others are
 * @param budgetMillis how long one measurement takes, about
 * @param enqueued how many calls are enqueued before one wait, in the mode "stream"
 * @param enqueuedLarge the same above 1 MiB
 * @param rank this process's rank; -1 when all ranks are threads of this process
 * @param idFile where the process of rank 0 leaves the unique id for the others
 * @param out the file to append to
 */
record ComparisonPlan(
    String label,
    int ranks,
    List<ComparedOperation> operations,
    List<Integer> sizes,
    int compileMillis,
    int warmMillis,
    int budgetMillis,
    int enqueued,
    int enqueuedLarge,
    int rank,
    Path idFile,
    Path out) {

  /** From pairs of a name and a value, as the other programs take them. */
  static ComparisonPlan parse(String... arguments) {
    Map<String, String> values = new HashMap<>();
    for (int i = 0; i + 1 < arguments.length; i += 2) {
      values.put(arguments[i], arguments[i + 1]);
    }
    return new ComparisonPlan(
        text(values, "--label"),
        number(values, "--ranks"),
        list(values, "--ops").map(ComparedOperation::of).toList(),
        list(values, "--sizes").map(Integer::valueOf).toList(),
        number(values, "--compile-ms"),
        number(values, "--warm-ms"),
        number(values, "--budget-ms"),
        number(values, "--enqueued"),
        number(values, "--enqueued-large"),
        Integer.parseInt(values.getOrDefault("--rank", "-1")),
        Path.of(values.getOrDefault("--id-file", "")),
        Path.of(text(values, "--out")));
  }

  private static String text(Map<String, String> values, String name) {
    String value = values.get(name);
    if (value == null) {
      throw new IllegalArgumentException(name + " is missing");
    }
    return value;
  }

  private static int number(Map<String, String> values, String name) {
    return Integer.parseInt(text(values, name));
  }

  private static Stream<String> list(Map<String, String> values, String name) {
    return Stream.of(text(values, name).split(",", -1));
  }
}
