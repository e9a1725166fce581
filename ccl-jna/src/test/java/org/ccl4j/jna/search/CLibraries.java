package org.ccl4j.jna.search;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.ccl4j.api.config.Setting;
import org.ccl4j.api.config.Settings;

/** Small C libraries that tests compile, and what is looked for in them. */
public final class CLibraries {
  static final Setting EXPLICIT = new Setting("ccl.test.library", "", "For tests.");

  static final LibrarySpec SPEC =
      new LibrarySpec(
          EXPLICIT,
          List.of("THING_SO_PATH"),
          List.of("libthing.so.2", "libthing.so.1"),
          List.of("$THING_HOME/lib", "/usr/local/thing*/lib64", "python:thing/lib"),
          orderedSymbols(),
          "thingGetVersion",
          List.of(),
          Map.of("otherDevice", "Other's libthing", "libother", "Other's libthing"),
          "Install libthing.");

  static final String GOOD =
      """
      int thingGetVersion(int *version) { *version = 20301; return 0; }
      int thingSend(void) { return 0; }
      int thingGather(void) { return 0; }
      """;

  private CLibraries() {}

  private static Map<String, String> orderedSymbols() {
    Map<String, String> symbols = new java.util.LinkedHashMap<>();
    symbols.put("thingSend", "2.7");
    symbols.put("thingGather", "2.28");
    return symbols;
  }

  /** The same, but recognised by one of these. */
  static LibrarySpec marked(String... marks) {
    return new LibrarySpec(
        SPEC.explicit(),
        SPEC.foreignVariables(),
        SPEC.sonames(),
        SPEC.homes(),
        SPEC.required(),
        SPEC.versionFunction(),
        List.of(marks),
        SPEC.strangers(),
        SPEC.remedy());
  }

  /** Compiles a library; skips the test, with this reason, where there is no compiler. */
  public static Path compile(Path file, String source, String... options) throws Exception {
    assumeTrue(hasCompiler(), "gcc is not on the PATH: nothing can be compiled");
    Path code = Files.writeString(Path.of(file + ".c"), source);
    List<String> line = new ArrayList<>(List.of("gcc", "-shared", "-fPIC", "-o", file.toString()));
    line.add(code.toString());
    line.addAll(List.of(options));
    Path log = Path.of(file + ".log");
    Process process =
        new ProcessBuilder(line).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    assertTrue(process.waitFor(60, TimeUnit.SECONDS), "gcc is ready in a minute");
    assertEquals(0, process.exitValue(), Files.readString(log));
    Files.delete(code);
    Files.delete(log);
    return file;
  }

  static boolean hasCompiler() {
    return Stream.of(Settings.system().environmentVariable("PATH").orElse("").split(":", -1))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, "gcc")));
  }

  /** A library of the JDK that runs the tests: one that no test has to compile. */
  static Path ofTheJdk() throws IOException {
    Path java = Path.of(ProcessHandle.current().info().command().orElseThrow()).toRealPath();
    return java.resolveSibling("../lib/libjava.so").normalize();
  }

  static Settings settings(Map<String, String> environment) {
    return Settings.of(key -> null, environment::get);
  }

  static Settings explicit(String path) {
    return Settings.of(Map.of(EXPLICIT.key(), path));
  }
}
