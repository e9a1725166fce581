package org.ccl4j.tools;

import java.io.ByteArrayOutputStream;
import java.nio.charset.Charset;
import java.util.List;

/** What a command line printed and ended with, run within this JVM. */
record CommandResult(int exitCode, String out, String err) {
  static CommandResult of(String... args) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int exitCode = CclCommand.commandLine(out, err).execute(args);
    return new CommandResult(
        exitCode, out.toString(Charset.defaultCharset()), err.toString(Charset.defaultCharset()));
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
