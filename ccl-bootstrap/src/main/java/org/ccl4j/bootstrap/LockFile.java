package org.ccl4j.bootstrap;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;

/**
 * A file whose only use is that processes lock it. The operating system gives the lock up when the
 * process ends, however it ends.
 *
 * <p>On POSIX systems a process loses its lock on a file as soon as it closes <em>any</em> of its
 * descriptors of that file. So each file is open once in a process, which {@link FileJob} sees to.
 */
final class LockFile implements AutoCloseable {
  private final RandomAccessFile file;
  private @Nullable FileLock lock;

  private LockFile(RandomAccessFile file) {
    this.file = file;
  }

  /** Opens the file, and makes it where it is missing. */
  static LockFile open(Path path) throws IOException {
    try {
      Private.createFile(path);
    } catch (FileAlreadyExistsException e) {
      // made by another process
    }
    return new LockFile(new RandomAccessFile(path.toFile(), "rw"));
  }

  /** Opens and locks the file; gives null where another process has a lock that forbids this. */
  static @Nullable LockFile tryLock(Path path, boolean shared) throws IOException {
    LockFile made = open(path);
    boolean locked = false;
    try {
      locked = made.tryLock(shared);
    } finally {
      if (!locked) {
        made.close();
      }
    }
    return locked ? made : null;
  }

  /** Tells this file from another one of the same name, without opening it. */
  static @Nullable Object identity(Path path) throws IOException {
    try {
      BasicFileAttributes found = Files.readAttributes(path, BasicFileAttributes.class);
      return java.util.Arrays.asList(found.fileKey(), found.creationTime());
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  boolean tryLock(boolean shared) throws IOException {
    try {
      lock = file.getChannel().tryLock(0, Long.MAX_VALUE, shared);
    } catch (OverlappingFileLockException e) {
      lock = null;
    }
    return lock != null;
  }

  void unlock() throws IOException {
    FileLock held = lock;
    lock = null;
    if (held != null) {
      held.release();
    }
  }

  @Override
  public void close() throws IOException {
    lock = null;
    file.close();
  }
}
