package org.ccl4j.tools;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.ccl4j.api.Capability;
import org.ccl4j.api.ProbeResult;
import org.ccl4j.api.RankContext;
import org.ccl4j.api.Selection;
import org.ccl4j.junit.ProcessGroup;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

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
  private static final int MOST_PROCESSES = 256;
  private static final int MOST_RANKS_PER_DEVICE = 64;

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
      names = "--ranks-per-device",
      paramLabel = "N",
      defaultValue = "1",
      description =
          "Put up to N ranks on a device where there are fewer devices than ranks, with a library"
              + " that lets ranks share devices. Default: ${DEFAULT-VALUE}.")
  private String ranksPerDevice = "";

  @Option(
      names = "--max-buffer",
      paramLabel = "SIZE",
      description =
          "Count rules that need a larger buffer as unsupported, such as 1G. Default: no limit.")
  private @Nullable String maxBuffer;

  @Option(
      names = "--processes",
      paramLabel = "N",
      description =
          "Spread the ranks of each rule over N processes, which run it together. A process that"
              + " dies fails the rule that it was in, and new ones go on with the next.")
  private @Nullable String processes;

  @Option(
      names = "--results",
      hidden = true,
      description = "The folder for results; makes this one of the processes.")
  private @Nullable Path resultFolder;

  @Spec private @Nullable CommandSpec spec;

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
    Selection.Candidate chosen = choice.chosen();
    int perDevice = Arguments.count("--ranks-per-device", ranksPerDevice, 1, MOST_RANKS_PER_DEVICE);
    requireSharing(chosen, perDevice);
    SelectedBackend.Target target =
        new SelectedBackend.Target(
            // Each rule opens the library several times, and should not look for all others as
            // often.
            choice.options().withBackend(chosen.id()),
            ranks(choice, chosen, ranks, perDevice),
            perDevice,
            buffer,
            Optional.empty());
    if (resultFolder != null) {
      return runAsOneOfSeveral(target, onlyArea, resultFolder);
    }
    choice.warn(Objects.requireNonNull(spec));
    Integer count =
        processes == null ? null : Arguments.count("--processes", processes, 1, MOST_PROCESSES);
    out.println(
        "Verifying "
            + chosen.id()
            + ", ccl4j "
            + ToolVersion.text()
            + (count == null ? "" : ", ranks spread over " + count + " processes"));
    long start = System.nanoTime();
    ProgressMeter progress = TerminalProgress.forProcess("rules", 1);
    ConformanceRun run;
    if (count == null) {
      SelectedBackend.use(target);
      run = ConformanceRun.of(SelectedBackend.class, onlyArea, progress);
    } else {
      run = ConformanceTeam.run(count, Objects.requireNonNull(spec), progress);
    }
    if (run.areas().isEmpty()) {
      throw UsageException.notAllowed("--area", area, "the number of an area of docs/spec.md");
    }
    print(run, (System.nanoTime() - start) / 1e9);
    return run.failures().isEmpty() ? ExitCode.OK : ExitCode.FAILED;
  }

  /** The process that started this one prints; this one leaves its results to it. */
  private int runAsOneOfSeveral(SelectedBackend.Target target, int onlyArea, Path folder) {
    try (RankContext place = RankContext.fromEnvironment();
        RuleEvents.Writer events =
            new RuleEvents.Writer(ConformanceTeam.file(folder, place.rank()))) {
      SelectedBackend.use(
          new SelectedBackend.Target(
              target.options(),
              target.maxRanks(),
              target.ranksPerDevice(),
              target.largestBuffer(),
              Optional.of(new ProcessGroup(place.rank(), place.size(), place.store()))));
      RuleRunner.run(
          SelectedBackend.class,
          onlyArea,
          ConformanceTeam.done(folder),
          new RuleSink() {
            @Override
            public void planned(long rules) {
              events.planned(rules);
            }

            @Override
            public void started(CaseResult begun) {
              events.started(begun);
            }

            @Override
            public void finished(CaseResult result) {
              events.finished(result);
              // Seen when this process dies, and a sign for the one that waits.
              out.println(result.name());
            }

            @Override
            public void ruleEnded(String rule) {
              events.ruleEnded(rule);
            }
          });
      return ExitCode.OK;
    } catch (IOException e) {
      throw new UncheckedIOException("the results cannot be left in " + folder, e);
    }
  }

  private static int ranks(
      BackendChoice choice, Selection.Candidate chosen, @Nullable Integer asked, int perDevice) {
    if (asked != null) {
      return asked;
    }
    return chosen.simulated() ? Integer.MAX_VALUE : choice.deviceCount() * perDevice;
  }

  private static void requireSharing(Selection.Candidate chosen, int perDevice) {
    if (perDevice > 1
        && chosen.probe() instanceof ProbeResult.Available found
        && !found.capabilities().contains(Capability.SHARED_DEVICES)) {
      throw new UsageException(
          "--ranks-per-device is '"
              + perDevice
              + "', but "
              + chosen.id()
              + " "
              + found.version()
              + " gives each rank a device of its own. NCCL lets ranks share devices from 2.30 on,"
              + " where the environment variable NCCL_MULTI_RANK_GPU_ENABLE is 1.");
    }
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
                      CaseResult::message,
                      java.util.TreeMap::new,
                      Collectors.mapping(CaseResult::name, Collectors.toList())));
      byReason.forEach(
          (reason, rules) -> {
            out.println("  " + reason + ":");
            rules.forEach(rule -> out.println("    " + rule));
          });
    }
    if (!run.failures().isEmpty()) {
      out.println();
      out.println("Failed");
      for (CaseResult finding : run.failures()) {
        out.println("  " + finding.name());
        out.println("    " + finding.message().replaceAll("\\R", System.lineSeparator() + "    "));
        if (stacktrace.getAsBoolean()) {
          out.print(finding.trace());
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
