package org.ccl4j.fake;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Tells whether the process that a {@link Home} belongs to is alive: it holds a lock on a file
 * there, which the operating system gives back when the process ends in whatever way. Unlike a
 * process number, a lock is seen from other containers and is never somebody else's.
 */
final class HomeWatch implements AutoCloseable {
  static final String LOCK_FILE = "alive";

  private final FileChannel channel;

  private HomeWatch(FileChannel channel) {
    this.channel = channel;
  }

  static HomeWatch open(Path home) throws IOException {
    return new HomeWatch(
        FileChannel.open(
            home.resolve(LOCK_FILE), StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS));
  }

  /** Whether the process has ended. Costs a system call or two. */
  boolean isDead() {
    try (FileLock lock = channel.tryLock()) {
      return lock != null;
    } catch (OverlappingFileLockException e) {
      return false; // this very process
    } catch (IOException e) {
      return false; // nothing is known
    }
  }

  /** Whether a home is there whose process has ended. */
  static boolean isDead(Path home) {
    if (Home.isOwn(home)) {
      // To open and close the file would give up this process's own lock.
      return false;
    }
    try (HomeWatch watch = open(home)) {
      return watch.isDead();
    } catch (IOException e) {
      return !Files.exists(home);
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
