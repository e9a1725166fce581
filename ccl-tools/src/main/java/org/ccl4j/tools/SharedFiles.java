package org.ccl4j.tools;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Files over which processes of one host share something for a while. */
final class SharedFiles {
  /** Memory, where the system has files in memory: a disk would write what nobody needs. */
  private static final Path MEMORY = Path.of("/dev/shm");

  private SharedFiles() {}

  /** Makes an empty file that nobody else can read. */
  static Path create(String prefix) throws IOException {
    return Files.isWritable(MEMORY)
        ? Files.createTempFile(MEMORY, prefix, "")
        : Files.createTempFile(prefix, "");
  }

  /** Makes a folder that nobody else can read. */
  static Path createFolder(String prefix) throws IOException {
    return Files.isWritable(MEMORY)
        ? Files.createTempDirectory(MEMORY, prefix)
        : Files.createTempDirectory(prefix);
  }
}
