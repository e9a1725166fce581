package org.ccl4j.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import org.ccl4j.api.BackendInfo;
import org.ccl4j.api.DataType;
import org.ccl4j.api.DeviceInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class PerfTableTest {
  private static final PerfConfig CONFIG =
      new PerfConfig(
          PerfOperation.ALL_REDUCE,
          new PerfConfig.Sizes(8, 64, 0, 2),
          List.of(DataType.FLOAT32),
          List.of(PerfReduction.SUM),
          0,
          20,
          5,
          1,
          0,
          PerfMemory.AUTO);

  private static final PerfEnvironment ENVIRONMENT =
      new PerfEnvironment(
          CONFIG,
          new BackendInfo("cpu/fake", "1.2", "here", true, Set.of()),
          List.of(new DeviceInfo(0, "first", "bus0", 1), new DeviceInfo(1, "second", "bus1", 1)),
          PerfEnvironment.RanksAre.THREADS,
          List.of("f8e4m3: the library lacks FLOAT8"));

  private final StringWriter text = new StringWriter();
  private final PrintWriter out = new PrintWriter(text);

  private String printed() {
    out.flush();
    return text.toString().replace(System.lineSeparator(), "\n");
  }

  @Test
  void headerAndRowsStandInTheColumnsOfNcclTests() {
    PerfTable table = new PerfTable(out);
    table.begin(ENVIRONMENT);
    table.row(row(OptionalLong.of(0), OptionalLong.of(3)));
    assertEquals(
        """
        # ccl4j VERSION, cpu/fake 1.2
        # Collective test starting: all_reduce
        # nRanks 2 minBytes 8 maxBytes 64 step: 2(factor) warmup iters: 5 iters: 20 validation: 1 graph: 0 memory: device
        #
        # Using devices, ranks are threads
        #  Rank  0 device  0 [bus0] first
        #  Rank  1 device  1 [bus1] second
        # Skipped f8e4m3: the library lacks FLOAT8
        #
        #                                                              out-of-place                       in-place
        #       size         count      type   redop    root     time   algbw   busbw  #wrong     time   algbw   busbw  #wrong
        #        (B)    (elements)                               (us)  (GB/s)  (GB/s)             (us)  (GB/s)  (GB/s)
             1048576        262144     float     sum      -1   500.00    2.10    2.10       0  1000.00    1.05    1.05       3
        """
            .replace("VERSION", ToolVersion.text()),
        printed());
  }

  @Test
  void whatIsNotThereOrNotCheckedIsNotAvailable() {
    PerfTable table = new PerfTable(out);
    table.row(
        new PerfRow(
            64,
            16,
            new PerfSeries(DataType.INT8, null, 2),
            PerfRow.Timing.of(20, 1e-6, 64, 1, OptionalLong.empty()),
            null));
    assertEquals(
        "          64            16      int8    none       2     1.00    0.06    0.06     N/A"
            + "      N/A     N/A     N/A     N/A\n",
        printed());
  }

  @Test
  void footerSaysWhetherAllWasRight() {
    PerfTable table = new PerfTable(out);
    PerfSummary right = new PerfSummary();
    right.add(row(OptionalLong.of(0), OptionalLong.of(0)));
    table.end(right);
    PerfSummary wrong = new PerfSummary();
    wrong.add(row(OptionalLong.of(4), OptionalLong.of(3)));
    table.end(wrong);
    PerfSummary unchecked = new PerfSummary();
    unchecked.add(row(OptionalLong.empty(), OptionalLong.empty()));
    table.end(unchecked);
    assertEquals(
        """
        # Out of bounds values : 0 OK
        # Avg bus bandwidth    : 1.57286
        #
        # Out of bounds values : 7 FAILED
        # Avg bus bandwidth    : 1.57286
        #
        # Out of bounds values : N/A (nothing was checked)
        # Avg bus bandwidth    : 1.57286
        #
        """,
        printed());
  }

  @ParameterizedTest
  @CsvSource({
    "0.004, 7, 0.00",
    "1234.567, 7, 1234.57",
    "12345.67, 7, 12345.7",
    "1234567, 7, 1234567",
    "12345678, 7, 1.2e+07",
    "999.996, 6, 1000.0",
    "123456, 6, 123456"
  })
  void numbersLoseDigitsBeforeTheyLeaveTheirColumn(double value, int width, String text) {
    assertEquals(text, PerfTable.number(value, width));
  }

  @Test
  void csvHasAFieldForEveryColumn() {
    PerfCsv csv = new PerfCsv(out);
    csv.begin(ENVIRONMENT);
    csv.row(row(OptionalLong.of(0), OptionalLong.of(3)));
    csv.row(
        new PerfRow(
            64,
            16,
            new PerfSeries(DataType.INT8, null, 2),
            PerfRow.Timing.of(20, 1e-6, 64, 0.5, OptionalLong.empty()),
            null));
    csv.end(new PerfSummary());
    String[] lines = printed().lines().toArray(String[]::new);
    assertEquals(3, lines.length);
    assertEquals(
        "1048576,262144,float,sum,-1,500.000,2.097152,2.097152,0,1000.000,1.048576,1.048576,3",
        lines[1]);
    assertEquals("64,16,int8,none,2,1.000,0.064000,0.032000,,,,,", lines[2]);
    for (String line : lines) {
      assertEquals(13, line.split(",", -1).length, line);
    }
  }

  private static PerfRow row(OptionalLong wrongOut, OptionalLong wrongIn) {
    return new PerfRow(
        1 << 20,
        1 << 18,
        new PerfSeries(DataType.FLOAT32, PerfReduction.SUM, -1),
        PerfRow.Timing.of(20, 500e-6, 1 << 20, 1, wrongOut),
        PerfRow.Timing.of(20, 1000e-6, 1 << 20, 1, wrongIn));
  }
}
