package org.ccl4j.fake;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * This process's folder among those of all processes of the user: a file that is locked as long as
 * the process lives, and the device memory that other processes reach.
 */
final class Home {
  /** So that {@link HomeWatch} never touches the locks of this process. */
  private static final Set<Path> OWN = ConcurrentHashMap.newKeySet();

  private final String name;
  private final Path path;
  private final FileChannel lock;
  private final Thread atExit;

  private Home(String name, Path path, FileChannel lock) {
    this.name = name;
    this.path = path;
    this.lock = lock;
    this.atExit = new Thread(this::remove, "ccl-fake-shm-cleanup");
  }

  static Home create(SharedFolder folder) throws IOException {
    String name =
        String.format(
            Locale.ROOT, "%d-%016x", ProcessHandle.current().pid(), new SecureRandom().nextLong());
    Path fresh = folder.newHome(name);
    Path path = folder.home(name);
    OWN.add(path);
    try {
      Files.createDirectory(fresh, SharedFolder.OWNER_ONLY_FOLDER);
      FileChannel lock =
          FileChannel.open(
              fresh.resolve(HomeWatch.LOCK_FILE),
              Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW),
              SharedFolder.OWNER_ONLY_FILE);
      if (lock.tryLock() == null) {
        throw new IOException("could not lock a file that was just made in " + fresh);
      }
      // Under this name only once it is locked: nobody takes it for that of a dead process.
      Files.move(fresh, path, StandardCopyOption.ATOMIC_MOVE);
      Home home = new Home(name, path, lock);
      Runtime.getRuntime().addShutdownHook(home.atExit);
      return home;
    } catch (IOException e) {
      OWN.remove(path);
      SharedFolder.delete(fresh);
      throw e;
    }
  }

  static boolean isOwn(Path path) {
    return OWN.contains(path);
  }

  String name() {
    return name;
  }

  Path path() {
    return path;
  }

  /** Removes all files. Memory that is mapped somewhere lives as long as it is. */
  void close() {
    try {
      Runtime.getRuntime().removeShutdownHook(atExit);
    } catch (IllegalStateException e) {
      return; // the process is ending; the hook does it
    }
    remove();
  }

  private void remove() {
    try {
      SharedFolder.delete(path);
      lock.close();
      OWN.remove(path);
    } catch (IOException e) {
      warn("could not remove " + path, e);
    }
  }

  private static void warn(String what, @Nullable Throwable cause) {
    System.getLogger("org.ccl4j.fake").log(System.Logger.Level.WARNING, what, cause);
  }
}
