package org.ccl4j.bootstrap;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.FileInputStream;
import java.io.FileNotFoundException;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.ccl4j.api.CclException;
import org.ccl4j.api.ErrorCode;
import org.jspecify.annotations.Nullable;

/**
 * The files of one job, as this process sees them. All its file stores of the job share one,
 * because locks on files belong to processes and not to objects.
 *
 * <pre>
 * folder/job-NAME/gate         locked for as long as somebody comes or leaves
 *                 members      locked, shared, by each process that has the store open
 *                 data-UUID/   the keys of one generation
 *                     lock     locked for each change
 *                     key-SHA  the value of a key
 * </pre>
 *
 * <p>Who comes and finds that nobody has {@code members} locked knows that all there is was left
 * behind, deletes it and begins a new generation. Who leaves and finds the same deletes it all.
 */
final class FileJob {
  private static final System.Logger LOG = System.getLogger(FileJob.class.getName());
  private static final Map<Path, FileJob> OPEN = new HashMap<>();
  private static final long LOCK_NANOS = 30_000_000_000L;
  private static final int READ_ATTEMPTS = 20;
  private static final String GATE = "gate";
  private static final String MEMBERS = "members";
  private static final String DATA = "data-";
  private static final String JOB = "job-";

  /** In a folder that a store made, so that the last one may delete it. */
  private static final String OURS = ".ccl-store";

  private final Path folder;
  private final Path home;
  private final Path data;
  private final LockFile members;
  private final LockFile dataLock;
  private final ReentrantLock threads = new ReentrantLock();
  private final AtomicLong temporary = new AtomicLong();
  private int users = 1;

  private FileJob(Path folder, Path home, Path data, LockFile members, LockFile dataLock) {
    this.folder = folder;
    this.home = home;
    this.data = data;
    this.members = members;
    this.dataLock = dataLock;
  }

  // ---- coming and leaving

  static FileJob open(Path given, String jobId) {
    boolean interrupted = Thread.interrupted();
    synchronized (OPEN) {
      Pauses pauses = new Pauses(LOCK_NANOS);
      try {
        while (true) {
          try {
            return enter(given, jobId);
          } catch (NoSuchFileException e) {
            // The last member of before has just deleted it; unless it never can be made.
            Path parent = given.toAbsolutePath().getParent();
            if (parent == null || !Files.isDirectory(parent) || !pauses.pause()) {
              throw e;
            }
          }
        }
      } catch (IOException e) {
        throw failure(given, "cannot be opened", e);
      } catch (InterruptedException e) {
        interrupted = false; // set again below
        throw Failures.interrupted("the store in " + given);
      } finally {
        if (interrupted) {
          Thread.currentThread().interrupt();
        }
      }
    }
  }

  private static FileJob enter(Path given, String jobId) throws IOException, InterruptedException {
    makeFolder(given);
    Path folder = given.toRealPath();
    Path home = folder.resolve(JOB + fileName(jobId));
    FileJob open = OPEN.get(home);
    if (open != null) {
      open.users++;
      return open;
    }
    try (LockFile gate = gate(home)) {
      LOG.log(System.Logger.Level.TRACE, "through {0}", gate);
      sweep(folder, home);
      try (LockFile alone = LockFile.tryLock(home.resolve(MEMBERS), false)) {
        if (alone != null) {
          deleteData(home);
          Files.createDirectory(
              home.resolve(DATA + UUID.randomUUID()),
              PosixFilePermissions.asFileAttribute(Private.FOLDER));
        }
      }
      FileJob joined = join(folder, home);
      OPEN.put(home, joined);
      return joined;
    }
  }

  private static FileJob join(Path folder, Path home) throws IOException {
    LockFile members = LockFile.tryLock(home.resolve(MEMBERS), true);
    if (members == null) {
      throw new IOException("its file " + MEMBERS + " is locked by something that is no store");
    }
    boolean joined = false;
    try {
      List<Path> generations = children(home, DATA);
      if (generations.size() != 1) {
        throw new IOException(
            "it has " + generations.size() + " generations of keys instead of one");
      }
      Path data = generations.get(0);
      FileJob job = new FileJob(folder, home, data, members, LockFile.open(data.resolve("lock")));
      joined = true;
      return job;
    } finally {
      if (!joined) {
        members.close();
      }
    }
  }

  private static void makeFolder(Path folder) throws IOException {
    if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
      try {
        Files.createDirectory(folder, PosixFilePermissions.asFileAttribute(Private.FOLDER));
        Private.createFile(folder.resolve(OURS));
      } catch (FileAlreadyExistsException e) {
        // made by another process
      }
    }
    Private.requireFolder(folder);
  }

  /** Waits until nobody else comes or leaves. */
  private static LockFile gate(Path home) throws IOException, InterruptedException {
    Pauses pauses = new Pauses(LOCK_NANOS);
    do {
      LockFile gate = tryGate(home);
      if (gate != null) {
        return gate;
      }
    } while (pauses.pause());
    throw new IOException(
        "its file "
            + home.resolve(GATE)
            + " stayed locked; a process that stands still must have it");
  }

  private static @Nullable LockFile tryGate(Path home) throws IOException {
    if (!Files.exists(home, LinkOption.NOFOLLOW_LINKS)) {
      try {
        Files.createDirectory(home, PosixFilePermissions.asFileAttribute(Private.FOLDER));
      } catch (FileAlreadyExistsException e) {
        // made by another process
      }
    }
    Private.requireFolder(home);
    Path path = home.resolve(GATE);
    Object before = LockFile.identity(path);
    LockFile gate = LockFile.tryLock(path, false);
    if (gate != null && (before == null || !before.equals(LockFile.identity(path)))) {
      // Either it is new, and is looked at again, or it was deleted before it could be locked.
      gate.close();
      return null;
    }
    return gate;
  }

  /** Deletes what other jobs in this folder left behind. */
  private static void sweep(Path folder, Path but) throws IOException {
    for (Path home : children(folder, JOB)) {
      if (!home.equals(but) && !OPEN.containsKey(home)) {
        try (LockFile gate = tryGate(home)) {
          if (gate != null) {
            deleteIfLeft(home);
          }
        } catch (IOException | CclException e) {
          LOG.log(System.Logger.Level.DEBUG, "the files of another job stay in " + home, e);
        }
      }
    }
  }

  /** With the gate locked: deletes the files of a job that has no members. */
  private static boolean deleteIfLeft(Path home) throws IOException {
    try (LockFile alone = LockFile.tryLock(home.resolve(MEMBERS), false)) {
      if (alone == null) {
        return false;
      }
      deleteData(home);
      Files.deleteIfExists(home.resolve(MEMBERS));
      Files.deleteIfExists(home.resolve(GATE));
      Files.deleteIfExists(home);
      return true;
    }
  }

  private static void deleteData(Path home) throws IOException {
    for (Path data : children(home, DATA)) {
      for (Path file : children(data, "")) {
        Files.deleteIfExists(file);
      }
      Files.deleteIfExists(data);
    }
  }

  private static List<Path> children(Path folder, String prefix) throws IOException {
    List<Path> found = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder, prefix + "*")) {
      entries.forEach(found::add);
    } catch (NotDirectoryException e) {
      LOG.log(System.Logger.Level.DEBUG, "no folder: {0}", folder);
    }
    return found;
  }

  /** Called once by each store that was given this. */
  void leave() {
    boolean interrupted = Thread.interrupted();
    synchronized (OPEN) {
      if (--users == 0) {
        OPEN.remove(home);
        try (members;
            dataLock) {
          LOG.log(System.Logger.Level.TRACE, "leaving {0}", home);
        } catch (IOException e) {
          LOG.log(System.Logger.Level.DEBUG, "while leaving " + home, e);
        }
        try {
          tidy();
        } catch (IOException | CclException e) {
          LOG.log(System.Logger.Level.WARNING, "files of the store may stay in " + home, e);
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void tidy() throws IOException, InterruptedException {
    if (!Files.isDirectory(home)) {
      return; // somebody else did
    }
    try (LockFile gate = gate(home)) {
      LOG.log(System.Logger.Level.TRACE, "through {0}", gate);
      if (!deleteIfLeft(home)) {
        return;
      }
    }
    List<Path> rest = children(folder, "");
    if (rest.equals(List.of(folder.resolve(OURS)))) {
      Files.deleteIfExists(folder.resolve(OURS));
      try {
        Files.deleteIfExists(folder);
      } catch (java.nio.file.DirectoryNotEmptyException e) {
        Private.createFile(folder.resolve(OURS)); // another job has just begun here
      }
    }
  }

  // ---- keys

  /** What a change does to the value of a key, under the lock. */
  interface Change<T> {
    T apply(byte @Nullable [] now) throws IOException;
  }

  /** Reads a value without any lock: files appear whole or not at all. */
  byte @Nullable [] read(String key) {
    try {
      return readFile(key);
    } catch (IOException e) {
      throw failure(data, "cannot be read", e);
    }
  }

  private byte @Nullable [] readFile(String key) throws IOException {
    Path file = file(key);
    for (int attempt = 1; ; attempt++) {
      // Not through a channel, which an interrupt would close.
      try (FileInputStream in = new FileInputStream(file.toFile())) {
        return in.readAllBytes();
      } catch (FileNotFoundException e) {
        // Java says this of files that are missing and of those that it cannot open.
        if (!Files.exists(file)) {
          requireGeneration();
          return null;
        }
        if (attempt == READ_ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  private void requireGeneration() throws NoSuchFileException {
    if (!Files.isDirectory(data)) {
      throw new NoSuchFileException(data.toString());
    }
  }

  <T> T change(String key, Change<T> change) {
    boolean interrupted = Thread.interrupted();
    threads.lock();
    try {
      Pauses pauses = new Pauses(LOCK_NANOS);
      while (!dataLock.tryLock(false)) {
        try {
          if (!pauses.pause()) {
            throw new IOException("its lock is not given up by a process that stands still");
          }
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      try {
        return change.apply(readFile(key));
      } finally {
        dataLock.unlock();
      }
    } catch (IOException e) {
      throw failure(data, "cannot be changed", e);
    } finally {
      threads.unlock();
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Within a change: replaces the value at once for all who read. */
  void write(String key, byte[] value) throws IOException {
    Path file =
        data.resolve("new-" + ProcessHandle.current().pid() + "-" + temporary.incrementAndGet());
    try {
      Private.createFile(file);
      try (FileOutputStream out = new FileOutputStream(file.toFile())) {
        out.write(value);
      }
      Files.move(file, file(key), StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      Files.deleteIfExists(file);
      throw e;
    }
  }

  /** Within a change: removes the value. */
  void remove(String key) throws IOException {
    Files.deleteIfExists(file(key));
  }

  private Path file(String key) {
    return data.resolve("key-" + sha256(key));
  }

  private static String fileName(String jobId) {
    return jobId.matches("[a-zA-Z0-9_-]{1,64}") ? jobId : "sha-" + sha256(jobId);
  }

  private static String sha256(String text) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8));
      return HexFormat.of().formatHex(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  private static CclException failure(Path where, String what, IOException e) {
    String reason = Failures.reason(e);
    if (isFull(where, e)) {
      return Failures.of(
          ErrorCode.STORE_FULL,
          "the store in "
              + where
              + " "
              + what
              + ", because its disk is full: "
              + reason
              + ". Make room there, or put the store on another file system.",
          e);
    }
    boolean gone = e instanceof NoSuchFileException;
    return Failures.of(
        ErrorCode.STORE_FAILED,
        "the store in "
            + where
            + " "
            + what
            + ": "
            + (gone ? "there is no " + reason : reason)
            + ". "
            + (gone
                ? "Either its folder was deleted, or a new job of the same id has taken it over;"
                    + " name a folder whose parent is there, and a job id of its own for each run."
                : "Mend that and open the store again."),
        e);
  }

  /** By the text, which may be in any language, or by the room that is left. */
  private static boolean isFull(Path where, IOException e) {
    String text = Failures.reason(e);
    if (text.contains("No space left") || text.contains("uota exceeded")) {
      return true;
    }
    try {
      return !(e instanceof NoSuchFileException) && Files.getFileStore(where).getUsableSpace() == 0;
    } catch (IOException unknown) {
      return false;
    }
  }

  @Override
  public String toString() {
    return home.toString();
  }
}
