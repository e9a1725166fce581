package org.ccl4j.bootstrap;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.ccl4j.api.config.Settings;

/**
 * The few lines of shell that stand between the launcher and each rank, so that no rank outlives
 * the launcher, whatever ends it. See docs/adr/0010.
 *
 * @param script what the shell runs
 * @param hasSession whether there is a program that gives a rank a session of its own
 */
record Guard(String script, boolean hasSession) {
  private static final String SESSION = "setsid";
  private static final Duration TICK = Duration.ofMillis(100);

  static Guard find() {
    String path = Settings.system().environmentVariable("PATH").orElse("");
    return new Guard(readScript(), isOn(path, SESSION));
  }

  private static String readScript() {
    try (InputStream in = Guard.class.getResourceAsStream("guard.sh")) {
      if (in == null) {
        throw new IllegalStateException("the resource guard.sh is missing");
      }
      return new String(in.readAllBytes(), UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean isOn(String path, String program) {
    for (String folder : path.split(File.pathSeparator, -1)) {
      if (Files.isExecutable(Path.of(folder, program))) {
        return true;
      }
    }
    return false;
  }

  /**
   * The command to start in place of a rank's own. It becomes the rank's own: same process, same
   * exit code.
   */
  List<String> guard(List<String> command, Duration grace) {
    List<String> guarded = new ArrayList<>();
    if (hasSession) {
      guarded.add(SESSION);
    }
    guarded.addAll(
        List.of(
            "sh",
            "-c",
            script,
            "ccl-guard",
            hasSession ? "group" : "alone",
            Long.toString(grace.dividedBy(TICK))));
    guarded.addAll(command);
    return guarded;
  }
}
