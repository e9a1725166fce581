package org.ccl4j.tools;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.ccl4j.api.CclSelectionException;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.Selection;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code ccl verify}: the conformance rules against the selected backend. */
@Command(
    name = "verify",
    mixinStandardHelpOptions = true,
    versionProvider = ToolVersion.class,
    sortOptions = false,
    description = {
      "Runs the conformance rules (docs/spec.md) against a backend and counts, for each area, what"
          + " passed, what failed and what the backend or the machine does not support."
    },
    footer = {"", "Exit code: 0 when nothing failed, else 1; 2 for a mistake on the command line."})
final class VerifyCommand implements Callable<Integer> {
  private final PrintWriter out;
  private final BooleanSupplier stacktrace;

  @Option(
      names = "--backend",
      paramLabel = "ID",
      description = "The backend, such as cpu/fake or fake. Default: as 'ccl doctor' shows it.")
  private @Nullable String backend;

  @Option(
      names = "--area",
      paramLabel = "N",
      defaultValue = "0",
      description = "Run one area of the rules only; 0 for all. Default: ${DEFAULT-VALUE}.")
  private String area = "";

  @Option(
      names = "--max-ranks",
      paramLabel = "N",
      description =
          "Count rules that need more ranks as unsupported. Default: the number of devices, without"
              + " limit where they are simulated.")
  private @Nullable String maxRanks;

  @Option(
      names = "--max-buffer",
      paramLabel = "SIZE",
      description =
          "Count rules that need a larger buffer as unsupported, such as 1G. Default: no limit.")
  private @Nullable String maxBuffer;

  VerifyCommand(PrintWriter out, BooleanSupplier stacktrace) {
    this.out = out;
    this.stacktrace = stacktrace;
  }

  @Override
  public Integer call() {
    int onlyArea = Arguments.count("--area", area, 0, 99);
    long buffer = maxBuffer == null ? Long.MAX_VALUE : ByteSize.parse("--max-buffer", maxBuffer);
    Integer ranks =
        maxRanks == null ? null : Arguments.count("--max-ranks", maxRanks, 1, Integer.MAX_VALUE);
    BackendChoice choice = BackendChoice.of(backend);
    Selection selection = choice.selection();
    Selection.Candidate chosen =
        selection
            .chosenCandidate()
            .orElseThrow(
                () ->
                    new CclSelectionException(
                        selection.failure() == null ? ErrorCode.NO_BACKEND : selection.failure(),
                        selection));
    SelectedBackend.use(
        new SelectedBackend.Target(choice.options(), ranks(choice, chosen, ranks), buffer));
    out.println("Verifying " + chosen.id() + ", ccl4j " + ToolVersion.text());
    long start = System.nanoTime();
    ConformanceRun run =
        ConformanceRun.of(SelectedBackend.class, onlyArea, TerminalProgress.forProcess("rules", 1));
    if (run.areas().isEmpty()) {
      throw UsageException.notAllowed("--area", area, "the number of an area of docs/spec.md");
    }
    print(run, (System.nanoTime() - start) / 1e9);
    return run.failures().isEmpty() ? ExitCode.OK : ExitCode.FAILED;
  }

  private static int ranks(
      BackendChoice choice, Selection.Candidate chosen, @Nullable Integer asked) {
    if (asked != null) {
      return asked;
    }
    return chosen.simulated() ? Integer.MAX_VALUE : choice.deviceCount();
  }

  private void print(ConformanceRun run, double seconds) {
    out.println();
    row("area", "", "passed", "failed", "unsupported");
    int passed = 0;
    int failed = 0;
    int unsupported = 0;
    for (ConformanceRun.Area each : run.areas()) {
      row(
          each.number == 0 ? "" : Integer.toString(each.number),
          each.name,
          Integer.toString(each.passed),
          Integer.toString(each.failed),
          Integer.toString(each.unsupported));
      passed += each.passed;
      failed += each.failed;
      unsupported += each.unsupported;
    }
    row(
        "",
        "total",
        Integer.toString(passed),
        Integer.toString(failed),
        Integer.toString(unsupported));
    if (!run.unsupported().isEmpty()) {
      out.println();
      out.println("Unsupported");
      Map<String, List<String>> byReason =
          run.unsupported().stream()
              .collect(
                  Collectors.groupingBy(
                      ConformanceRun.Finding::message,
                      java.util.TreeMap::new,
                      Collectors.mapping(ConformanceRun.Finding::rule, Collectors.toList())));
      byReason.forEach(
          (reason, rules) -> {
            out.println("  " + reason + ":");
            rules.forEach(rule -> out.println("    " + rule));
          });
    }
    if (!run.failures().isEmpty()) {
      out.println();
      out.println("Failed");
      for (ConformanceRun.Finding finding : run.failures()) {
        out.println("  " + finding.rule());
        out.println("    " + finding.message().replaceAll("\\R", System.lineSeparator() + "    "));
        if (stacktrace.getAsBoolean() && finding.cause() != null) {
          finding.cause().printStackTrace(out);
        }
      }
    }
    out.println();
    out.println(
        String.format(
            Locale.ROOT,
            "%s: %d passed, %d failed, %d unsupported in %.1f s",
            failed == 0 ? "OK" : "FAILED",
            passed,
            failed,
            unsupported,
            seconds));
  }

  private void row(String number, String name, String passed, String failed, String unsupported) {
    out.println(
        String.format(
            Locale.ROOT, "%5s  %-28s %8s %8s %12s", number, name, passed, failed, unsupported));
  }
}
