package org.ccl4j.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;

/**
 * Makes tables from what {@code side-by-side/run.sh} has measured. A ratio is taken inside a round
 * and then the median of the rounds, for the machine may be another one in the next round.
 */
public final class ComparisonReport {
  private static final List<String> OURS = List.of("threads", "processes");
  private static final String CALLS = "calls";

  /** Open MPI once with each kind of binding to processors: the better one counts. */
  private static final String OPEN_MPI = "openmpi";

  private static final String GLOO = "gloo";

  private final List<Sample> samples;

  private ComparisonReport(List<Sample> samples) {
    this.samples = samples;
  }

  private record Sample(
      int round,
      double hop,
      String label,
      String operation,
      int bytes,
      String mode,
      double micros,
      double best,
      boolean correct) {

    static Sample parse(String line) {
      String[] cells = line.split(",", -1);
      return new Sample(
          Integer.parseInt(cells[0]),
          Double.parseDouble(cells[1]),
          cells[2],
          cells[3],
          Integer.parseInt(cells[4]),
          cells[5],
          Double.parseDouble(cells[8]),
          Double.parseDouble(cells[9]),
          cells[10].equals("ok"));
    }

    boolean isOf(String library, String wantedMode) {
      return label.startsWith(library) && mode.equals(wantedMode);
    }
  }

  /** One row of a table. */
  private record Cell(String operation, int bytes) {}

  /**
   * Reads a file of samples and writes the tables.
   *
   * @param arguments the file of samples, and the file of the tables
   * @throws IOException when they cannot be read or written
   */
  public static void main(String... arguments) throws IOException {
    List<Sample> all =
        Files.readAllLines(Path.of(arguments[0])).stream().skip(1).map(Sample::parse).toList();
    List<Sample> wrong = all.stream().filter(s -> !s.correct()).toList();
    List<Sample> samples = all.stream().filter(Sample::correct).toList();
    Files.writeString(Path.of(arguments[1]), new ComparisonReport(samples).text() + textOf(wrong));
  }

  private static String textOf(List<Sample> wrong) {
    StringBuilder out = new StringBuilder();
    for (Sample sample : wrong) {
      out.append(
          String.format(
              "%nLeft out, because the result was wrong: %s, %s of %s bytes, round %d.%n",
              sample.label(), sample.operation(), size(sample.bytes()), sample.round()));
    }
    return out.toString();
  }

  private String text() {
    StringBuilder out = new StringBuilder();
    out.append("Cache-line hop before the runs, ns, median (lowest–highest):");
    for (String label : samples.stream().map(Sample::label).distinct().toList()) {
      List<Double> hops =
          samples.stream().filter(s -> s.label().equals(label)).map(Sample::hop).toList();
      out.append(String.format(Locale.ROOT, " %s %s;", label, spread(hops, "%.0f")));
    }
    out.setCharAt(out.length() - 1, '.');
    out.append('\n');
    for (String ours : OURS) {
      if (samples.stream().anyMatch(s -> s.label().equals(ours))) {
        table(ours, out);
      }
    }
    return out.toString();
  }

  private void table(String ours, StringBuilder out) {
    out.append(
        String.format(
            """

            | %s: operation | bytes | Open MPI, µs | Gloo, µs | call and wait, µs | %s, µs |\
             call and wait / Open MPI | enqueued / Open MPI | call and wait / Gloo |\
             best / best of Open MPI: call and wait, enqueued |
            |---|---|---|---|---|---|---|---|---|---|
            """,
            ours, "enqueued, then one wait"));
    List<Cell> cells =
        samples.stream().map(s -> new Cell(s.operation(), s.bytes())).distinct().toList();
    for (Cell cell : cells) {
      Map<Integer, Double> openMpi = byRound(cell, OPEN_MPI, CALLS);
      Map<Integer, Double> gloo = byRound(cell, GLOO, CALLS);
      Map<Integer, Double> latency = byRound(cell, ours, "latency");
      Map<Integer, Double> stream = byRound(cell, ours, "stream");
      out.append(
          String.format(
              Locale.ROOT,
              "| %s | %s | %s | %s | %s | %s | %s | %s | %s | %s |%n",
              cell.operation(),
              size(cell.bytes()),
              micros(openMpi.values()),
              micros(gloo.values()),
              micros(latency.values()),
              micros(stream.values()),
              ratio(latency, openMpi),
              ratio(stream, openMpi),
              ratio(latency, gloo),
              bestRatio(cell, ours)));
    }
  }

  /** The times of one library, by round; of several ways to run it, the one that is better. */
  private Map<Integer, Double> byRound(Cell cell, String library, String mode) {
    Map<String, Map<Integer, Double>> ways = new TreeMap<>();
    for (Sample sample : samples) {
      if (sample.isOf(library, mode) && cell.equals(new Cell(sample.operation(), sample.bytes()))) {
        ways.computeIfAbsent(sample.label(), label -> new TreeMap<>())
            .put(sample.round(), sample.micros());
      }
    }
    ToDoubleFunction<Map<Integer, Double>> middle = way -> median(way.values());
    return ways.values().stream()
        .min((a, b) -> Double.compare(middle.applyAsDouble(a), middle.applyAsDouble(b)))
        .orElse(Map.of());
  }

  private static String ratio(Map<Integer, Double> ours, Map<Integer, Double> theirs) {
    List<Double> ratios = new ArrayList<>();
    ours.forEach(
        (round, micros) -> {
          Double other = theirs.get(round);
          if (other != null) {
            ratios.add(micros / other);
          }
        });
    return spread(ratios, "%.2f");
  }

  /** What is left when each side has its quietest moment: of use where others disturb the rest. */
  private String bestRatio(Cell cell, String ours) {
    return quotient(best(cell, ours, "latency"), best(cell, OPEN_MPI, CALLS))
        + ", "
        + quotient(best(cell, ours, "stream"), best(cell, OPEN_MPI, CALLS));
  }

  private static String quotient(double ours, double theirs) {
    double quotient = ours / theirs;
    return Double.isNaN(quotient) ? "-" : String.format(Locale.ROOT, "%.2f", quotient);
  }

  private double best(Cell cell, String library, String mode) {
    return samples.stream()
        .filter(s -> s.isOf(library, mode) && cell.equals(new Cell(s.operation(), s.bytes())))
        .mapToDouble(Sample::best)
        .min()
        .orElse(Double.NaN);
  }

  private static String micros(Collection<Double> values) {
    return values.isEmpty() ? "-" : significant(median(values));
  }

  private static String significant(double value) {
    return String.format(Locale.ROOT, value < 10 ? "%.2f" : value < 100 ? "%.1f" : "%.0f", value);
  }

  private static String spread(Collection<Double> values, String format) {
    if (values.isEmpty()) {
      return "-";
    }
    double low = values.stream().mapToDouble(Double::doubleValue).min().orElseThrow();
    double high = values.stream().mapToDouble(Double::doubleValue).max().orElseThrow();
    return String.format(
        Locale.ROOT, format + " (" + format + "–" + format + ")", median(values), low, high);
  }

  private static double median(Collection<Double> values) {
    List<Double> sorted = values.stream().sorted().toList();
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(middle)
        : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }

  private static String size(int bytes) {
    return bytes >= 1 << 20
        ? (bytes >> 20) + " Mi"
        : bytes >= 1 << 10 ? (bytes >> 10) + " Ki" : Integer.toString(bytes);
  }
}
