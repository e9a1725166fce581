package org.ccl4j.fake;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;

/**
 * The folder of one user under {@code /dev/shm}, in which each process has a {@link Home} and
 * communicators that are being connected have their boards. Nobody else can look into it.
 */
final class SharedFolder {
  private static final String HOME_PREFIX = "p-";
  private static final String NEW_PREFIX = "new-";
  private static final String BOARD_PREFIX = "b-";

  /** What is made in two steps is left alone for so long after the first. */
  private static final Duration UNFINISHED = Duration.ofMinutes(1);

  static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY_FOLDER =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
  static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY_FILE =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

  private final Path path;

  private SharedFolder(Path path) {
    this.path = path;
  }

  /** Opens the user's folder; makes it when it is not there. */
  static SharedFolder open(Path parent) throws IOException {
    Object uid = Files.getAttribute(Path.of("/proc/self"), "unix:uid");
    Path path = parent.resolve("ccl4j-fake-" + uid);
    try {
      Files.createDirectory(path, OWNER_ONLY_FOLDER);
    } catch (FileAlreadyExistsException e) {
      requirePrivate(path, uid);
    }
    SharedFolder folder = new SharedFolder(path);
    folder.sweep();
    return folder;
  }

  /** Others can make files under /dev/shm as well; theirs are not to be trusted. */
  private static void requirePrivate(Path path, Object uid) throws IOException {
    boolean ours =
        Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)
            && uid.equals(Files.getAttribute(path, "unix:uid", LinkOption.NOFOLLOW_LINKS));
    Set<PosixFilePermission> permissions =
        ours ? Files.getPosixFilePermissions(path, LinkOption.NOFOLLOW_LINKS) : Set.of();
    if (!ours || !PosixFilePermissions.toString(permissions).endsWith("------")) {
      throw new IOException(
          path
              + " is not a folder that belongs to this user alone ("
              + (ours ? PosixFilePermissions.toString(permissions) : "it has another owner")
              + "); remove it, or set "
              + FakeSettings.DIRECTORY.key()
              + " to another folder");
    }
  }

  Path newHome(String name) {
    return path.resolve(NEW_PREFIX + name);
  }

  Path home(String name) {
    return path.resolve(HOME_PREFIX + name);
  }

  Path board(String key) {
    return path.resolve(BOARD_PREFIX + key);
  }

  Path newBoard(String key, String home) {
    return path.resolve(NEW_PREFIX + key.substring(0, 16) + "-" + home);
  }

  long usableSpace() {
    try {
      return Files.getFileStore(path).getUsableSpace();
    } catch (IOException e) {
      return 0;
    }
  }

  @Override
  public String toString() {
    return path.toString();
  }

  /** Removes what processes left behind that have died. */
  void sweep() {
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(path)) {
      for (Path entry : entries) {
        String name = String.valueOf(entry.getFileName());
        if (name.startsWith(HOME_PREFIX)) {
          if (HomeWatch.isDead(entry)) {
            delete(entry);
          }
        } else if (name.startsWith(BOARD_PREFIX)) {
          sweepBoard(entry);
        } else if (name.startsWith(NEW_PREFIX) && isOld(entry)) {
          delete(entry);
        }
      }
    } catch (IOException | UncheckedIOException e) {
      // Another process sweeps as well; what stays is swept by the next.
      System.getLogger("org.ccl4j.fake")
          .log(System.Logger.Level.DEBUG, "leftovers in " + path + " stay for now", e);
    }
  }

  /** The board of a communicator that was never complete: nobody who came is alive any more. */
  private void sweepBoard(Path board) throws IOException {
    if (isOld(board)) {
      try (FileChannel channel = FileChannel.open(board, StandardOpenOption.READ)) {
        if (SharedBoard.homesIn(channel).stream().allMatch(h -> HomeWatch.isDead(home(h)))) {
          Files.deleteIfExists(board);
        }
      } catch (NoSuchFileException e) {
        // Its communicator is complete by now.
      }
    }
  }

  private static boolean isOld(Path entry) throws IOException {
    try {
      FileTime changed = Files.getLastModifiedTime(entry, LinkOption.NOFOLLOW_LINKS);
      return changed.toInstant().isBefore(Instant.now().minus(UNFINISHED));
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  /** Removes a file, or a folder of files. */
  static void delete(Path entry) throws IOException {
    if (Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)) {
      try (DirectoryStream<Path> files = Files.newDirectoryStream(entry)) {
        for (Path file : files) {
          Files.deleteIfExists(file);
        }
      } catch (NoSuchFileException e) {
        return;
      }
    }
    Files.deleteIfExists(entry);
  }
}
