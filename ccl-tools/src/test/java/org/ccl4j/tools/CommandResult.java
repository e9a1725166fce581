package org.ccl4j.tools;

import java.io.ByteArrayOutputStream;
import java.nio.charset.Charset;
import java.util.List;

/** What a command line printed and ended with, run within this JVM. */
record CommandResult(int exitCode, String out, String err) {
  private static final String BACKEND = "ccl.backend";

  /** On the fake, where a backend matters and none is named: real ones come with the tool too. */
  static CommandResult of(String... args) {
    List<String> line = List.of(args);
    boolean needsBackend =
        !line.isEmpty() && (line.get(0).equals("perf") || line.get(0).equals("verify"));
    if (!needsBackend) {
      return asTyped(args);
    }
    System.setProperty(BACKEND, "cpu/fake");
    try {
      return asTyped(args);
    } finally {
      System.clearProperty(BACKEND);
    }
  }

  static CommandResult asTyped(String... args) {
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
