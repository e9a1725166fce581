package org.ccl4j.jna.search;

import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.ccl4j.jna.sys.TrialProcess;

/** Loads a library into a process of its own, which may crash or hang instead of this one. */
final class IsolatedCheck {
  private static final System.Logger LOG = System.getLogger(IsolatedCheck.class.getName());

  /** How the JVM names the signal that it died of. */
  private static final Pattern SIGNAL = Pattern.compile("(?m)^#\\s+(SIG[A-Z]+) ");

  private static final int SIGNAL_BASE = 128;
  private static final int SIGABRT = 6;
  private static final int SIGKILL = 9;
  private static final int SIGSEGV = 11;
  private static final int MOST_OUTPUT = 1 << 16;

  private final Duration timeout;

  /**
   * Sets the bound.
   *
   * @param timeout after which a library counts as hanging
   */
  IsolatedCheck(Duration timeout) {
    this.timeout = timeout;
  }

  /**
   * Tries a library.
   *
   * @param file one that passed the other checks
   * @param function {@code int f(int *)}
   * @return why it cannot be used; empty when the call succeeded
   */
  Optional<Refusal> check(Path file, String function) {
    List<Path> classPath = TrialProcess.classPath();
    if (classPath.isEmpty()) {
      return untried("the classes for it are in no files");
    }
    try {
      Path folder = Files.createTempDirectory("ccl-probe");
      try {
        return run(file, function, classPath, folder);
      } finally {
        delete(folder);
      }
    } catch (IOException e) {
      return untried(String.valueOf(e.getMessage()));
    }
  }

  private static Optional<Refusal> untried(String why) {
    return Optional.of(
        new Refusal(
            "could not be tried in a process of its own: " + Printable.of(why),
            "Repair that, or set ccl.probe to direct."));
  }

  private Optional<Refusal> run(Path file, String function, List<Path> classPath, Path folder)
      throws IOException {
    Path result = folder.resolve("result");
    Path output = folder.resolve("output");
    ProcessBuilder builder =
        new ProcessBuilder(commandLine(file, function, classPath, result))
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectInput(new File("/dev/null"))
            .redirectOutput(output.toFile());
    // Agents and debuggers of this JVM are not for that one.
    List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS")
        .forEach(builder.environment()::remove);
    Process process = builder.start();
    try {
      if (!process.waitFor(timeout.toNanos(), TimeUnit.NANOSECONDS)) {
        return Optional.of(hung(said(result)));
      }
      return judge(process.exitValue(), said(result), said(output));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return untried("the thread was interrupted");
    } finally {
      process.destroyForcibly();
    }
  }

  private List<String> commandLine(Path file, String function, List<Path> classPath, Path result) {
    ProcessHandle.Info self = ProcessHandle.current().info();
    String java = self.command().filter(c -> c.endsWith("/java")).orElse("java");
    List<String> line = new ArrayList<>();
    line.add(java);
    line.addAll(
        List.of(
            "-Xmx32m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-XX:-UsePerfData",
            "-XX:-CreateCoredumpOnCrash",
            "-XX:+IgnoreUnrecognizedVMOptions",
            "--enable-native-access=ALL-UNNAMED"));
    // Where JNA may unpack its own part, on machines where it may not just anywhere.
    Stream.of(self.arguments().orElse(new String[0]))
        .filter(option -> option.startsWith("-Djna.") || option.startsWith("-Djava.io.tmpdir="))
        .forEach(line::add);
    line.add("-cp");
    line.add(
        classPath.stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator)));
    line.add(TrialProcess.class.getName());
    // For the case that this process ends before that one.
    String end = Long.toString(2 * timeout.toMillis());
    line.addAll(List.of(file.toString(), function, result.toString(), end));
    return line;
  }

  private Refusal hung(String said) {
    return new Refusal(
        "hangs "
            + moment(said)
            + ": a process that tried it was not ready after "
            + timeout.toMillis()
            + " ms",
        "Use another file of the library; when the machine is only slow, raise"
            + " ccl.probe.timeout.");
  }

  static Optional<Refusal> judge(int exitCode, String said, String output) {
    if (said.startsWith(TrialProcess.REFUSED)) {
      return Optional.of(Refusal.ofLoadError(said.substring(TrialProcess.REFUSED.length())));
    }
    if (said.startsWith(TrialProcess.CALLED)) {
      String[] numbers = said.substring(TrialProcess.CALLED.length()).strip().split(" ", -1);
      return numbers[0].equals("0")
          ? Optional.empty()
          : Optional.of(
              new Refusal(
                  "does not tell its version: status " + Printable.of(numbers[0]),
                  "Use another file of the library."));
    }
    String last = lastWords(output);
    if (said.isEmpty() && exitCode == 1 && output.contains("Error: ")) {
      return untried(last);
    }
    String signal = signal(exitCode, output);
    String reason =
        !signal.isEmpty()
            ? "crashes " + moment(said) + " (" + signal + ")"
            : "ends the process " + moment(said) + ", with exit code " + exitCode;
    return Optional.of(
        new Refusal(
            reason + (last.isEmpty() ? "" : "; the last it said: " + last),
            "Install the library again, or use another version of it."));
  }

  private static String moment(String said) {
    return said.startsWith(TrialProcess.LOADED)
        ? "when it is asked for its version"
        : "when it is loaded";
  }

  /** The JVM catches what it can and ends with a report and exit code 1. */
  private static String signal(int exitCode, String output) {
    Matcher matcher = SIGNAL.matcher(output);
    if (matcher.find()) {
      return matcher.group(1);
    }
    return switch (exitCode - SIGNAL_BASE) {
      case SIGABRT -> "SIGABRT";
      case SIGKILL -> "SIGKILL";
      case SIGSEGV -> "SIGSEGV";
      default -> exitCode > SIGNAL_BASE ? "signal " + (exitCode - SIGNAL_BASE) : "";
    };
  }

  /** Without what the JVM writes about its own end. */
  private static String lastWords(String output) {
    return output
        .lines()
        .filter(line -> !line.startsWith("#") && !line.isBlank())
        .filter(line -> !line.startsWith("[error occurred"))
        .reduce((first, second) -> second)
        .map(Printable::of)
        .orElse("");
  }

  private static String said(Path file) throws IOException {
    if (!Files.exists(file)) {
      return "";
    }
    try (BoundedFile bounded = new BoundedFile(file)) {
      ByteBuffer bytes = bounded.readUpTo(0, MOST_OUTPUT);
      return BoundedFile.text(bytes, 0, bytes.limit(), StandardCharsets.UTF_8);
    } catch (ElfException e) {
      return "";
    }
  }

  private static void delete(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException | java.io.UncheckedIOException e) {
      LOG.log(System.Logger.Level.DEBUG, "left behind: " + folder, e);
    }
  }
}
