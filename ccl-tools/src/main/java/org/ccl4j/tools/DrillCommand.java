package org.ccl4j.tools;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;
import org.ccl4j.api.Ccl;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code ccl drill}: does to a library what breaks programs, and looks what becomes of them. */
@Command(
    name = "drill",
    mixinStandardHelpOptions = true,
    versionProvider = ToolVersion.class,
    sortOptions = false,
    description = {
      "Runs programs that do to the library what breaks programs: graphs that are launched a"
          + " thousand times and closed in every order, ranks that never come, operations that"
          + " never end, processes that are killed, a hundred connections. The rules of 'ccl"
          + " verify' are about single calls; these are about what comes after.",
      ""
    },
    footer = {
      "",
      "Exit code: 0 when none failed, else 1; 2 for a mistake on the command line.",
      "",
      "Example: ccl drill rank-killed --ranks 4 --deadline 10s"
    })
final class DrillCommand implements Callable<Integer> {
  /** Room on each device for the largest drill, and for as much again. */
  static final long BYTES = 64L << 20;

  private final PrintWriter out;
  private final BooleanSupplier stacktrace;

  @Parameters(
      paramLabel = "NAME",
      arity = "0..*",
      description =
          "graph-replay, graph-pair, graph-order, graph-processes, connect-missing,"
              + " operation-deadline, abort, rank-killed, connect-cycles. Default: all of them.")
  private List<String> names = new ArrayList<>();

  @Option(
      names = "--backend",
      paramLabel = "ID",
      description = "The backend, such as cpu/fake or fake. Default: as 'ccl doctor' shows it.")
  private @Nullable String backend;

  @Option(
      names = "--ranks",
      paramLabel = "N",
      description =
          "The number of ranks, each on a device of its own. Default: the number of devices;"
              + " with simulated devices one for each processor, 2 to 8.")
  private @Nullable String ranks;

  @Option(
      names = "--deadline",
      paramLabel = "TIME",
      defaultValue = "5s",
      description = "How long until what never ends is given up. Default: ${DEFAULT-VALUE}.")
  private String deadline = "";

  @Option(
      names = "--cycles",
      paramLabel = "N",
      defaultValue = "100",
      description = "How often connect-cycles connects. Default: ${DEFAULT-VALUE}.")
  private String cycles = "";

  @Option(
      names = "--worker",
      hidden = true,
      description = "Role, rank, size and store; makes this one of the processes of a drill.")
  private @Nullable String worker;

  @Spec private @Nullable CommandSpec spec;

  DrillCommand(PrintWriter out, BooleanSupplier stacktrace) {
    this.out = out;
    this.stacktrace = stacktrace;
  }

  private record Row(
      Drill drill, CaseResult.Outcome outcome, double seconds, String text, String trace) {}

  @Override
  public Integer call() {
    List<Drill> drills = Drill.parse(names);
    Duration limit = Arguments.time("--deadline", deadline);
    int count = Arguments.count("--cycles", cycles, 1, 1_000_000);
    BackendChoice choice = BackendChoice.of(backend);
    DrillProcesses.SiteMaker sites =
        opened ->
            new DrillSite(
                opened.ccl(),
                opened.ranks(),
                limit,
                count,
                new DrillProcesses.Staff(Objects.requireNonNull(spec)));
    if (worker != null) {
      DrillProcesses.Worker.run(worker, choice, sites, out);
      return ExitCode.OK;
    }
    try (BackendChoice.Opened opened = choice.open(ranks, BYTES)) {
      DrillSite site = sites.make(opened);
      Ccl ccl = opened.ccl();
      out.println(
          "Drilling "
              + ccl.backend().id()
              + " "
              + ccl.backend().version()
              + " with "
              + site.ranks()
              + " ranks, ccl4j "
              + ToolVersion.text());
      out.println();
      out.println(String.format(Locale.ROOT, "%-20s %-12s %8s", "drill", "result", "seconds"));
      List<Row> rows = new ArrayList<>();
      for (Drill drill : drills) {
        Row row = run(drill, site);
        rows.add(row);
        print(row);
      }
      return printSummary(rows);
    }
  }

  private Row run(Drill drill, DrillSite site) {
    String obstacle = drill.obstacle(site);
    if (!obstacle.isEmpty()) {
      return new Row(drill, CaseResult.Outcome.UNSUPPORTED, 0, obstacle, "");
    }
    long start = System.nanoTime();
    try {
      String text = drill.run(site);
      return new Row(drill, CaseResult.Outcome.PASSED, DrillSite.seconds(start), text, "");
    } catch (RuntimeException e) {
      return new Row(
          drill,
          CaseResult.Outcome.FAILED,
          DrillSite.seconds(start),
          e instanceof DrillFailure ? String.valueOf(e.getMessage()) : e.toString(),
          RuleRunner.trace(e));
    }
  }

  private void print(Row row) {
    out.println(
        String.format(
            Locale.ROOT,
            "%-20s %-12s %8.2f",
            row.drill().text(),
            row.outcome().name().toLowerCase(Locale.ROOT),
            row.seconds()));
    out.println("  " + row.drill().summary());
    out.println("  " + row.text().replaceAll("\\R", System.lineSeparator() + "  "));
    if (stacktrace.getAsBoolean()) {
      out.print(row.trace());
    }
  }

  private int printSummary(List<Row> rows) {
    long failed = count(rows, CaseResult.Outcome.FAILED);
    out.println();
    out.println(
        String.format(
            Locale.ROOT,
            "%s: %d passed, %d failed, %d unsupported in %.1f s",
            failed == 0 ? "OK" : "FAILED",
            count(rows, CaseResult.Outcome.PASSED),
            failed,
            count(rows, CaseResult.Outcome.UNSUPPORTED),
            rows.stream().mapToDouble(Row::seconds).sum()));
    return failed == 0 ? ExitCode.OK : ExitCode.FAILED;
  }

  private static long count(List<Row> rows, CaseResult.Outcome outcome) {
    return rows.stream().filter(row -> row.outcome() == outcome).count();
  }
}
