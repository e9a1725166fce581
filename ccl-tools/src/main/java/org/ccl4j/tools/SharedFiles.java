package org.ccl4j.tools;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/**
 * Files over which processes of one host share something for a while. What is not deleted before is
 * deleted when this process ends, also by a signal.
 */
final class SharedFiles {
  /** Memory, where the system has files in memory: a disk would write what nobody needs. */
  private static final Path MEMORY = Path.of("/dev/shm");

  private SharedFiles() {}

  /** Makes an empty file that nobody else can read. */
  static Path create(String prefix) throws IOException {
    return untilTheEnd(
        Files.isWritable(MEMORY)
            ? Files.createTempFile(MEMORY, prefix, "")
            : Files.createTempFile(prefix, ""));
  }

  /** Makes a folder that nobody else can read. */
  static Path createFolder(String prefix) throws IOException {
    return untilTheEnd(
        Files.isWritable(MEMORY)
            ? Files.createTempDirectory(MEMORY, prefix)
            : Files.createTempDirectory(prefix));
  }

  private static Path untilTheEnd(Path path) {
    Runtime.getRuntime().addShutdownHook(new Thread(() -> deleteQuietly(path), "ccl-delete"));
    return path;
  }

  private static void deleteQuietly(Path path) {
    try {
      delete(path);
    } catch (IOException | UncheckedIOException e) {
      // Other processes may still write there; there is nobody left to tell.
    }
  }

  /** Deletes a file, or a folder with what is in it, where it is still there. */
  static void delete(Path path) throws IOException {
    if (!Files.exists(path)) {
      return;
    }
    try (Stream<Path> files = Files.walk(path)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
