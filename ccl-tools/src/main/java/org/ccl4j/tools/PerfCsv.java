package org.ccl4j.tools;

import java.io.PrintWriter;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** One line of column names and one line for each row; a field without a value is empty. */
final class PerfCsv implements PerfPrinter {
  private final PrintWriter out;

  PerfCsv(PrintWriter out) {
    this.out = out;
  }

  @Override
  public void begin(PerfEnvironment environment) {
    out.println(
        "size_bytes,count,type,redop,root"
            + ",out_of_place_time_us,out_of_place_algbw_gbps,out_of_place_busbw_gbps"
            + ",out_of_place_wrong"
            + ",in_place_time_us,in_place_algbw_gbps,in_place_busbw_gbps,in_place_wrong");
  }

  @Override
  public void row(PerfRow row) {
    PerfSeries series = row.series();
    out.println(
        row.size()
            + ","
            + row.count()
            + ","
            + TypeName.of(series.type())
            + ","
            + series.reductionText()
            + ","
            + series.root()
            + timing(row.outOfPlace())
            + timing(row.inPlace()));
  }

  private static String timing(PerfRow.@Nullable Timing timing) {
    if (timing == null) {
      return ",,,,";
    }
    return String.format(
        Locale.ROOT,
        ",%.3f,%.6f,%.6f,%s",
        timing.micros(),
        timing.algorithmBandwidth(),
        timing.busBandwidth(),
        timing.wrong().isPresent() ? timing.wrong().getAsLong() : "");
  }

  @Override
  public void end(PerfSummary summary) {
    // Nothing but rows, so that a reader needs no special case.
  }
}
