package org.ccl4j.tools;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;

/** What a command line printed and ended with, run within this JVM. */
record CommandResult(int exitCode, String out, String err) {
  static CommandResult of(String... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int exitCode =
        CclCommand.commandLine(new PrintWriter(out, true), new PrintWriter(err, true))
            .execute(args);
    return new CommandResult(exitCode, out.toString(), err.toString());
  }

  /** A command line without quotes in it. */
  static CommandResult ofLine(String line) {
    return of(line.strip().split("\\s+", -1));
  }

  /** The lines that are no comments. */
  List<String> rows() {
    return out.lines().filter(line -> !line.startsWith("#")).toList();
  }
}
