package org.ccl4j.tools;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import org.ccl4j.api.config.Settings;

/** Looks for a program before anything is started, as the system will then. */
final class Programs {
  private Programs() {}

  /**
   * Refuses a program that cannot be started.
   *
   * @param name a path, or a name to look for on the PATH
   */
  static void require(String name) {
    try {
      if (name.contains("/")) {
        requireExecutable(name, Path.of(name));
        return;
      }
      String path = Settings.system().environmentVariable("PATH").orElse("");
      Path unusable = null;
      for (String folder : path.split(File.pathSeparator, -1)) {
        Path file = Path.of(folder, name);
        if (Files.isRegularFile(file)) {
          if (Files.isExecutable(file)) {
            return;
          }
          unusable = file;
        }
      }
      if (unusable != null) {
        requireExecutable(name, unusable);
      }
      throw refused(name, "a program on the PATH, or the path of one", ExitCode.NOT_FOUND);
    } catch (InvalidPathException e) {
      throw refused(name, "a program on the PATH, or the path of one", ExitCode.NOT_FOUND);
    }
  }

  private static void requireExecutable(String name, Path file) {
    if (!Files.exists(file)) {
      throw refused(name, "the path of a file that is there", ExitCode.NOT_FOUND);
    }
    if (!Files.isRegularFile(file) || !Files.isExecutable(file)) {
      throw refused(name, "a file that may be executed", ExitCode.NOT_EXECUTABLE);
    }
  }

  private static UsageException refused(String name, String allowed, int exitCode) {
    return new UsageException("COMMAND is '" + name + "'; allowed is " + allowed, exitCode);
  }
}
