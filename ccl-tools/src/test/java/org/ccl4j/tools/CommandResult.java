package org.ccl4j.tools;

import java.io.ByteArrayOutputStream;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.List;

/** What a command line printed and ended with, run within this JVM. */
record CommandResult(int exitCode, String out, String err) {
  /** On the fake, where a backend matters and none is named: real ones come with the tool too. */
  static CommandResult of(String... args) {
    List<String> line = new ArrayList<>(List.of(args));
    boolean needsBackend =
        !line.isEmpty() && (line.get(0).equals("perf") || line.get(0).equals("verify"));
    if (needsBackend && !line.contains("--backend")) {
      line.addAll(List.of("--backend", "cpu/fake"));
    }
    return asTyped(line.toArray(String[]::new));
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
