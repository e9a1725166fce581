package org.ccl4j.tools;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/** A file for each rank with what it printed, readable by its owner alone. */
final class RankLogs implements AutoCloseable {
  private final Map<Integer, OutputStream> files = new HashMap<>();
  private final Consumer<String> complaints;

  private RankLogs(Consumer<String> complaints) {
    this.complaints = complaints;
  }

  /**
   * Makes the files, in place of those of an earlier job: it must not turn out later that they
   * cannot be written.
   *
   * @param folder made where it is not there
   * @param complaints takes what goes wrong later
   */
  static RankLogs open(String folder, int firstRank, int ranks, Consumer<String> complaints) {
    RankLogs logs = new RankLogs(complaints);
    try {
      Path path = Path.of(folder);
      Files.createDirectories(path);
      for (int rank = firstRank; rank < firstRank + ranks; rank++) {
        logs.files.put(rank, create(path.resolve("rank-" + rank + ".log")));
      }
      return logs;
    } catch (IOException | InvalidPathException e) {
      logs.close();
      throw UsageException.notAllowed(
          "--log-dir", folder, "a folder in which files can be written (" + e + ")");
    }
  }

  private static OutputStream create(Path file) throws IOException {
    Files.deleteIfExists(file);
    if (file.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      Files.createFile(
          file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    }
    return Files.newOutputStream(file);
  }

  /** Writes whole lines of a rank. */
  synchronized void write(int rank, ByteArrayOutputStream lines) {
    OutputStream file = files.get(rank);
    if (file == null) {
      return;
    }
    try {
      lines.writeTo(file);
    } catch (IOException e) {
      files.remove(rank);
      complaints.accept("the log of rank " + rank + " ends here, it cannot be written: " + e);
      close(file);
    }
  }

  private static void close(OutputStream file) {
    try {
      file.close();
    } catch (IOException e) {
      // What was to be written is written: files are not buffered here.
    }
  }

  @Override
  public synchronized void close() {
    files.values().forEach(RankLogs::close);
    files.clear();
  }
}
