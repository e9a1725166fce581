package org.ccl4j.bootstrap;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.ccl4j.api.CclException;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.Store;

/**
 * A store in a folder that all ranks of a job can reach: on one host, or on a file system that
 * hosts share and that keeps locks. It needs no server and no port.
 *
 * <p>What files a job left behind that was killed is never read by a later one: whoever opens the
 * store while no living process has it open begins with no keys, and whoever closes it last deletes
 * them all. That is told by locks, which the operating system gives up with the process. Two things
 * follow. A job that is started again while a process of its predecessor still lives must have
 * another id, or it joins it. And where a host that died was the holder of a lock on a network file
 * system, its lock lasts until the file server has noticed.
 *
 * <p>Folders and files are readable by their owner alone, and a folder that is open to others, or
 * belongs to one, is refused. {@link #await} looks again and again, at most every 20 ms. Not for
 * file systems whose clients cache that a file is missing, as NFS does by default: there a value is
 * seen late.
 */
public final class FileStore implements Store {
  private final FileJob job;
  private final AtomicBoolean closed = new AtomicBoolean();

  private FileStore(FileJob job) {
    this.job = job;
  }

  /**
   * Opens the store of a job, and makes it where it is missing.
   *
   * @param folder of this user and closed to others, for any number of jobs; made when it is
   *     missing, but not its parents, and deleted again after the last job in it
   * @param jobId tells the jobs apart; 1 or more characters
   * @return the store
   * @throws CclException {@link ErrorCode#STORE_NOT_PRIVATE} when the folder is another user's or
   *     open to others, {@link ErrorCode#STORE_FULL} when its disk is full, {@link
   *     ErrorCode#STORE_FAILED} when it cannot be used for another reason
   */
  public static FileStore open(Path folder, String jobId) {
    Arguments.nonNull("folder", folder);
    Arguments.requireRange(
        "the number of characters of jobId",
        Arguments.nonNull("jobId", jobId).length(),
        1,
        MAX_KEY_LENGTH);
    return new FileStore(FileJob.open(folder, jobId));
  }

  private void requireOpen() {
    if (closed.get()) {
      throw Failures.closed(this);
    }
  }

  @Override
  public void set(String key, byte[] value) {
    Arguments.requireKey(key);
    byte[] copy = Arguments.copyOf("value", value);
    requireOpen();
    job.change(
        key,
        now -> {
          job.write(key, copy);
          return true;
        });
  }

  @Override
  public Optional<byte[]> get(String key) {
    Arguments.requireKey(key);
    requireOpen();
    return Optional.ofNullable(job.read(key));
  }

  @Override
  public byte[] await(String key, Duration timeout) {
    Arguments.requireKey(key);
    Pauses pauses = new Pauses(Arguments.nanos(Arguments.requirePositive("timeout", timeout)));
    try {
      while (true) {
        requireOpen();
        byte[] value = job.read(key);
        if (value != null) {
          return value;
        }
        if (!pauses.pause()) {
          throw Failures.late(key, timeout);
        }
      }
    } catch (InterruptedException e) {
      throw Failures.interrupted("key '" + key + "'");
    }
  }

  @Override
  public long add(String key, long delta) {
    Arguments.requireKey(key);
    requireOpen();
    return job.change(
        key,
        now -> {
          long sum = Table.counter(key, now) + delta;
          job.write(key, Table.counterBytes(sum));
          return sum;
        });
  }

  @Override
  public boolean compareAndSet(String key, Optional<byte[]> expected, byte[] value) {
    Arguments.requireKey(key);
    Arguments.nonNull("expected", expected);
    byte[] copy = Arguments.copyOf("value", value);
    requireOpen();
    return job.change(
        key,
        now -> {
          boolean equal = Table.equal(now, expected);
          if (equal) {
            job.write(key, copy);
          }
          return equal;
        });
  }

  @Override
  public boolean delete(String key) {
    Arguments.requireKey(key);
    requireOpen();
    return job.change(
        key,
        now -> {
          job.remove(key);
          return now != null;
        });
  }

  /** Leaves the job; who is the last to leave deletes its files. Idempotent. */
  @Override
  public void close() {
    if (!closed.getAndSet(true)) {
      job.leave();
    }
  }

  /** The folder of the job. */
  @Override
  public String toString() {
    return "FileStore[" + job + "]";
  }
}
