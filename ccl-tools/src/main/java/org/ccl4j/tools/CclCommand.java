package org.ccl4j.tools;

import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.util.concurrent.Callable;
import org.ccl4j.api.CclException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.UnmatchedArgumentException;

/** The command {@code ccl}: its subcommands, and how failures of any of them are reported. */
@Command(
    name = "ccl",
    mixinStandardHelpOptions = true,
    versionProvider = ToolVersion.class,
    synopsisSubcommandLabel = "COMMAND",
    description =
        "Collective communication from Java: looks at, measures and verifies the libraries that are"
            + " on the class path, and starts programs of several ranks.",
    commandListHeading = "%nCommands:%n",
    footer = {
      "",
      "The backend is picked by the class path; set CCL_BACKEND to a name such as cpu/fake to ask"
          + " for one.",
      "Exit code: 0 success, 1 failure, 2 mistake on the command line.",
      "'ccl COMMAND --help' explains a command."
    })
final class CclCommand implements Callable<Integer> {
  private static final String COMMANDS = "doctor, drill, perf, run, verify";

  @Option(
      names = "--stacktrace",
      scope = ScopeType.INHERIT,
      description = "Print the stack trace of a failure.")
  private boolean stacktrace;

  private CclCommand() {}

  static CommandLine commandLine(OutputStream rawOut, OutputStream rawErr) {
    // With the platform's charset, as System.out on JDK 17 has it; flushed at each line, so that
    // rows appear as they are measured.
    PrintWriter out = new PrintWriter(rawOut, true, Charset.defaultCharset());
    PrintWriter err = new PrintWriter(rawErr, true, Charset.defaultCharset());
    CclCommand top = new CclCommand();
    ProcessTeam team = new ProcessTeam(rawOut, rawErr, err);
    return new CommandLine(top)
        .addSubcommand(new DoctorCommand(out))
        .addSubcommand(new DrillCommand(out, () -> top.stacktrace))
        .addSubcommand(new PerfCommand(out, team))
        .addSubcommand(
            new CommandLine(new RunCommand(rawOut, rawErr, err)).setStopAtPositional(true))
        .addSubcommand(new VerifyCommand(out, () -> top.stacktrace))
        .setOut(out)
        .setErr(err)
        .setUsageHelpAutoWidth(true)
        .setParameterExceptionHandler((e, args) -> reportMistake(e))
        .setExecutionExceptionHandler((e, at, parsed) -> top.reportFailure(e, at));
  }

  @Override
  public Integer call() {
    throw new UsageException("a command is missing; allowed is " + COMMANDS);
  }

  private static int reportMistake(ParameterException e) {
    CommandLine at = e.getCommandLine();
    if (at.getParent() == null
        && e instanceof UnmatchedArgumentException unmatched
        && !unmatched.isUnknownOption()) {
      return reportMistake(
          at, UsageException.notAllowed("COMMAND", unmatched.getUnmatched().get(0), COMMANDS));
    }
    return reportMistake(at, e);
  }

  private static int reportMistake(CommandLine at, Exception e) {
    String name = at.getCommandSpec().qualifiedName();
    // One line, whatever picocli has put into the text.
    String line = String.valueOf(e.getMessage()).strip().replaceAll("\\s*\\R\\s*", " ");
    String end = line.endsWith(".") || line.endsWith("?") ? " " : ". ";
    at.getErr().println(name + ": " + line + end + "See '" + name + " --help'.");
    return ExitCode.USAGE;
  }

  private int reportFailure(Exception e, CommandLine at) {
    if (e instanceof UsageException mistake) {
      reportMistake(at, mistake);
      return mistake.exitCode();
    }
    PrintWriter err = at.getErr();
    String name = at.getCommandSpec().qualifiedName();
    if (stacktrace) {
      e.printStackTrace(err);
    } else if (e instanceof CclException) {
      err.println(name + ": " + e.getMessage());
    } else {
      err.println(name + ": " + e + " (--stacktrace shows where)");
    }
    return ExitCode.FAILED;
  }
}
