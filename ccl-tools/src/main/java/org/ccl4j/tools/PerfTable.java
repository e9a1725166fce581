package org.ccl4j.tools;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.OptionalLong;
import org.ccl4j.api.DeviceInfo;

/**
 * The table of nccl-tests, column for column, so that what reads the one reads the other. All that
 * is not a row begins with {@code #}.
 */
final class PerfTable implements PerfPrinter {
  private static final String ROW = "%12s  %12s  %8s  %6s  %6s%s%s";
  private static final String TIMING = "  %7s  %6s  %6s  %6s";
  private static final String NOT_AVAILABLE = "N/A";
  private static final int TIME_WIDTH = 7;
  private static final int WIDTH = 6;
  private static final long MOST_DIGITS = 999_999;

  private final PrintWriter out;

  PerfTable(PrintWriter out) {
    this.out = out;
  }

  @Override
  public void begin(PerfEnvironment environment) {
    PerfConfig config = environment.config();
    print(
        "# ccl4j %s, %s %s",
        ToolVersion.text(), environment.backend().id(), environment.backend().version());
    print("# Collective test starting: %s", config.operation().text());
    print(
        "# nRanks %d minBytes %d maxBytes %d step: %s warmup iters: %d iters: %s validation: %d"
            + " graph: %d memory: %s",
        environment.devices().size(),
        config.sizes().min(),
        config.sizes().max(),
        config.sizes().stepText(),
        config.warmups(),
        config.iterationsText(),
        config.checks(),
        config.graphLaunches(),
        config.memory().with(environment.backend()).text());
    print("#");
    print("# Using devices, ranks are %s", environment.ranksAre().text());
    for (int rank = 0; rank < environment.devices().size(); rank++) {
      DeviceInfo device = environment.devices().get(rank);
      print(
          "#  Rank %2d device %2d [%s] %s", rank, device.ordinal(), device.busId(), device.name());
    }
    for (String skipped : environment.skipped()) {
      print("# Skipped %s", skipped);
    }
    print("#");
    print("#%74s%31s", "out-of-place", "in-place");
    header("size", "count", "type", "redop", "root", "time", "algbw", "busbw", "#wrong");
    header("(B)", "(elements)", "", "", "", "(us)", "(GB/s)", "(GB/s)", "");
  }

  private void header(
      String size,
      String count,
      String type,
      String redop,
      String root,
      String time,
      String algbw,
      String busbw,
      String wrong) {
    String timing = String.format(Locale.ROOT, TIMING, time, algbw, busbw, wrong);
    String line = String.format(Locale.ROOT, ROW, size, count, type, redop, root, timing, timing);
    out.println(("#" + line.substring(1)).stripTrailing());
  }

  @Override
  public void row(PerfRow row) {
    PerfSeries series = row.series();
    out.println(
        String.format(
            Locale.ROOT,
            ROW,
            row.size(),
            row.count(),
            TypeName.of(series.type()),
            series.reductionText(),
            series.root(),
            timing(row.outOfPlace()),
            row.inPlace() == null ? noTiming() : timing(row.inPlace())));
  }

  private static String timing(PerfRow.Timing timing) {
    return String.format(
        Locale.ROOT,
        TIMING,
        number(timing.micros(), TIME_WIDTH),
        number(timing.algorithmBandwidth(), WIDTH),
        number(timing.busBandwidth(), WIDTH),
        wrong(timing.wrong()));
  }

  private static String noTiming() {
    return String.format(
        Locale.ROOT, TIMING, NOT_AVAILABLE, NOT_AVAILABLE, NOT_AVAILABLE, NOT_AVAILABLE);
  }

  private static String wrong(OptionalLong count) {
    if (count.isEmpty()) {
      return NOT_AVAILABLE;
    }
    long wrong = count.getAsLong();
    return wrong > MOST_DIGITS
        ? String.format(Locale.ROOT, "%.0e", (double) wrong)
        : Long.toString(wrong);
  }

  /** Two digits behind the point, and fewer where the column would overflow. */
  static String number(double value, int width) {
    for (int digits = 2; digits >= 0; digits--) {
      String text = String.format(Locale.ROOT, "%." + digits + "f", value);
      if (text.length() <= width) {
        return text;
      }
    }
    return String.format(Locale.ROOT, "%.1e", value);
  }

  @Override
  public void end(PerfSummary summary) {
    OptionalLong wrong = summary.wrong();
    print(
        "# %-20s : %s",
        "Out of bounds values",
        wrong.isEmpty()
            ? "N/A (nothing was checked)"
            : wrong.getAsLong() + (summary.failed() ? " FAILED" : " OK"));
    print("# %-20s : %s", "Avg bus bandwidth", bandwidth(summary.averageBusBandwidth()));
    print("#");
  }

  /** Six significant digits. */
  private static String bandwidth(double value) {
    return new java.math.BigDecimal(value)
        .round(new java.math.MathContext(6))
        .stripTrailingZeros()
        .toPlainString();
  }

  private void print(String format, Object... args) {
    out.println(String.format(Locale.ROOT, format, args).stripTrailing());
  }
}
