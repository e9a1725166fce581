package org.ccl4j.bootstrap;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.util.EnumSet;
import java.util.Set;
import org.ccl4j.api.CclUsageException;
import org.ccl4j.api.ErrorCode;

/** Files and folders that their owner alone can use. */
final class Private {
  static final Set<PosixFilePermission> FILE = PosixFilePermissions.fromString("rw-------");
  static final Set<PosixFilePermission> FOLDER = PosixFilePermissions.fromString("rwx------");

  private static final Set<PosixFilePermission> OF_OTHERS =
      EnumSet.of(
          PosixFilePermission.GROUP_READ,
          PosixFilePermission.GROUP_WRITE,
          PosixFilePermission.GROUP_EXECUTE,
          PosixFilePermission.OTHERS_READ,
          PosixFilePermission.OTHERS_WRITE,
          PosixFilePermission.OTHERS_EXECUTE);

  private Private() {}

  /** Makes an empty file that nobody else could open at any moment. */
  static void createFile(Path file) throws IOException {
    Files.createFile(file, PosixFilePermissions.asFileAttribute(FILE));
  }

  /** Symbolic links are followed: what counts is what is read in the end. */
  static void requireFile(Path file) throws IOException {
    require(file, "file", "chmod 600 ", Files.readAttributes(file, PosixFileAttributes.class));
  }

  /** Symbolic links are refused: another user may have put one there. */
  static void requireFolder(Path folder) throws IOException {
    PosixFileAttributes found =
        Files.readAttributes(folder, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    if (!found.isDirectory()) {
      throw new CclUsageException(
          ErrorCode.STORE_NOT_PRIVATE,
          "the path "
              + folder
              + " is "
              + (found.isSymbolicLink() ? "a symbolic link" : "no folder")
              + "; allowed is a folder of this user that is closed to others, or a path where"
              + " nothing is. Name another one.");
    }
    require(folder, "folder", "chmod 700 ", found);
  }

  private static void require(Path path, String kind, String remedy, PosixFileAttributes found)
      throws IOException {
    UserPrincipal me = me();
    if (!found.owner().equals(me)) {
      throw new CclUsageException(
          ErrorCode.STORE_NOT_PRIVATE,
          "the "
              + kind
              + " "
              + path
              + " belongs to "
              + found.owner().getName()
              + "; allowed is one of "
              + me.getName()
              + ", who runs this process. Name another one.");
    }
    Set<PosixFilePermission> open = EnumSet.copyOf(OF_OTHERS);
    open.retainAll(found.permissions());
    if (!open.isEmpty()) {
      throw new CclUsageException(
          ErrorCode.STORE_NOT_PRIVATE,
          "the "
              + kind
              + " "
              + path
              + " has the permissions "
              + PosixFilePermissions.toString(found.permissions())
              + "; allowed is one that is closed to group and others. Close it: "
              + remedy
              + path);
    }
  }

  /** The user of this process, whom Java tells only as the owner of something it made. */
  private static UserPrincipal me() throws IOException {
    Path process = Path.of("/proc/self");
    if (Files.exists(process)) {
      return Files.getOwner(process);
    }
    Path probe = Files.createTempFile("ccl", null);
    try {
      return Files.getOwner(probe);
    } finally {
      Files.delete(probe);
    }
  }
}
