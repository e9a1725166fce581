package org.ccl4j.bootstrap;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.ccl4j.api.Store;

/**
 * A store for ranks that are threads of one process. Make one for each job and hand it to all its
 * ranks.
 */
public final class InMemoryStore implements Store {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Table table = new Table(Integer.MAX_VALUE, Long.MAX_VALUE);

  /** Makes an empty store. */
  public InMemoryStore() {}

  @Override
  public void set(String key, byte[] value) {
    Arguments.requireKey(key);
    byte[] copy = Arguments.copyOf("value", value);
    lock.lock();
    try {
      table.put(key, copy);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public Optional<byte[]> get(String key) {
    Arguments.requireKey(key);
    lock.lock();
    try {
      return Optional.ofNullable(table.get(key)).map(byte[]::clone);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public byte[] await(String key, Duration timeout) {
    Arguments.requireKey(key);
    long left = Arguments.nanos(Arguments.requirePositive("timeout", timeout));
    try {
      lock.lockInterruptibly();
      try {
        byte[] value = table.get(key);
        while (value == null) {
          if (left <= 0) {
            throw Failures.late(key, timeout);
          }
          left = changed.awaitNanos(left);
          value = table.get(key);
        }
        return value.clone();
      } finally {
        lock.unlock();
      }
    } catch (InterruptedException e) {
      throw Failures.interrupted("key '" + key + "'");
    }
  }

  @Override
  public long add(String key, long delta) {
    Arguments.requireKey(key);
    lock.lock();
    try {
      long sum = table.add(key, delta);
      changed.signalAll();
      return sum;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public boolean compareAndSet(String key, Optional<byte[]> expected, byte[] value) {
    Arguments.requireKey(key);
    Arguments.nonNull("expected", expected);
    byte[] copy = Arguments.copyOf("value", value);
    lock.lock();
    try {
      boolean done = table.compareAndSet(key, expected, copy);
      changed.signalAll();
      return done;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public boolean delete(String key) {
    Arguments.requireKey(key);
    lock.lock();
    try {
      return table.remove(key);
    } finally {
      lock.unlock();
    }
  }
}
