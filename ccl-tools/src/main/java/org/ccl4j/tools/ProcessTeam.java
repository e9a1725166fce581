package org.ccl4j.tools;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.lang.management.RuntimeMXBean;
import java.util.ArrayList;
import java.util.List;
import org.ccl4j.bootstrap.JobEnd;
import org.ccl4j.bootstrap.JobObserver;
import org.ccl4j.bootstrap.LaunchJob;
import org.ccl4j.bootstrap.Launcher;
import picocli.CommandLine.Model.CommandSpec;

/** Runs a command of this tool once more in each of several processes. */
final class ProcessTeam {
  private final OutputStream out;
  private final OutputStream err;
  private final PrintWriter messages;

  ProcessTeam(OutputStream out, OutputStream err, PrintWriter messages) {
    this.out = out;
    this.err = err;
    this.messages = messages;
  }

  /**
   * Runs the command. What its first process prints is printed as it is; what the others print to
   * standard error appears with their rank, and so does what ended them if they did not end well.
   *
   * @param more options to put in front of the command's own
   */
  JobEnd run(int count, List<String> more, CommandSpec command) {
    RankPrinter printer = new RankPrinter(out, err, null);
    return run(
        count,
        more,
        command,
        new JobObserver() {
          @Override
          public void output(int rank, boolean isError, byte[] bytes, int length) {
            if (rank > 0 || isError) {
              printer.output(rank, isError, bytes, length);
              return;
            }
            try {
              out.write(bytes, 0, length);
              out.flush();
            } catch (IOException e) {
              // Nobody reads on.
            }
          }

          @Override
          public void outputEnded(int rank, boolean isError) {
            printer.outputEnded(rank, isError);
          }

          @Override
          public void ended(JobEnd end) {
            String report = JobReport.of(end);
            if (!report.isEmpty()) {
              messages.println(command.qualifiedName() + ": " + report);
              messages.flush();
            }
          }
        });
  }

  /** Runs the command, and gives all that its processes print to somebody else. */
  static JobEnd run(int count, List<String> more, CommandSpec command, JobObserver observer) {
    return Launcher.run(LaunchJob.of(count, itself(more, command)), observer);
  }

  /** This very Java, with the same options and classes. */
  static List<String> itself(List<String> more, CommandSpec command) {
    RuntimeMXBean jvm = ManagementFactory.getRuntimeMXBean();
    List<String> line = new ArrayList<>();
    line.add(ProcessHandle.current().info().command().orElse("java"));
    jvm.getInputArguments().stream()
        // A debugger has one port, and this process has it.
        .filter(option -> !option.startsWith("-agentlib:jdwp") && !option.startsWith("-Xrunjdwp"))
        .forEach(line::add);
    line.addAll(List.of("-cp", jvm.getClassPath(), Main.class.getName()));
    List<String> own =
        new ArrayList<>(command.root().commandLine().getParseResult().originalArgs());
    own.addAll(own.indexOf(command.name()) + 1, more);
    line.addAll(own);
    return line;
  }
}
