package org.ccl4j.bootstrap;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.ccl4j.api.CclTimeoutException;
import org.ccl4j.api.CclUsageException;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.Store;
import org.jspecify.annotations.Nullable;

/**
 * A store for ranks that are threads of one process. Make one for each job and hand it to all its
 * ranks.
 */
public final class InMemoryStore implements Store {
  // Longer waits would overflow the clock; nobody waits for 292 years.
  private static final Duration LONGEST_WAIT = Duration.ofNanos(Long.MAX_VALUE);

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Map<String, byte[]> values = new HashMap<>();

  /** Makes an empty store. */
  public InMemoryStore() {}

  @Override
  public void set(String key, byte[] value) {
    requireKey(key);
    byte[] copy = copyOf("value", value);
    lock.lock();
    try {
      put(key, copy);
    } finally {
      lock.unlock();
    }
  }

  private void put(String key, byte[] value) {
    values.put(key, value);
    changed.signalAll();
  }

  @Override
  public Optional<byte[]> get(String key) {
    requireKey(key);
    lock.lock();
    try {
      return Optional.ofNullable(values.get(key)).map(byte[]::clone);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public byte[] await(String key, Duration timeout) {
    requireKey(key);
    requireNonNull("timeout", timeout);
    if (timeout.isZero() || timeout.isNegative()) {
      throw new CclUsageException(
          ErrorCode.OUT_OF_RANGE,
          "timeout is " + timeout + "; allowed is a length of time greater than zero.");
    }
    long left = timeout.compareTo(LONGEST_WAIT) > 0 ? Long.MAX_VALUE : timeout.toNanos();
    try {
      lock.lockInterruptibly();
      try {
        byte[] value = values.get(key);
        while (value == null) {
          if (left <= 0) {
            throw new CclTimeoutException(
                ErrorCode.STORE_TIMEOUT,
                "key '"
                    + key
                    + "' had no value after "
                    + timeout
                    + ". Look for the rank that should have set it.");
          }
          left = changed.awaitNanos(left);
          value = values.get(key);
        }
        return value.clone();
      } finally {
        lock.unlock();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CclTimeoutException(
          ErrorCode.INTERRUPTED,
          "the thread '"
              + Thread.currentThread().getName()
              + "' was interrupted while it waited for key '"
              + key
              + "'. The store is as it was; wait again.");
    }
  }

  @Override
  public long add(String key, long delta) {
    requireKey(key);
    lock.lock();
    try {
      long sum = counter(key) + delta;
      put(key, Long.toString(sum).getBytes(US_ASCII));
      return sum;
    } finally {
      lock.unlock();
    }
  }

  private long counter(String key) {
    byte[] value = values.get(key);
    if (value == null) {
      return 0;
    }
    String text = new String(value, US_ASCII);
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw new CclUsageException(
          ErrorCode.INVALID_ARGUMENT,
          "key '"
              + key
              + "' holds "
              + value.length
              + " bytes that are no counter; allowed is a key that was only ever added to. Use"
              + " another key.");
    }
  }

  @Override
  public boolean compareAndSet(String key, Optional<byte[]> expected, byte[] value) {
    requireKey(key);
    requireNonNull("expected", expected);
    byte[] copy = copyOf("value", value);
    lock.lock();
    try {
      byte[] now = values.get(key);
      boolean equal = now == null ? expected.isEmpty() : Arrays.equals(now, expected.orElse(null));
      if (equal) {
        put(key, copy);
      }
      return equal;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public boolean delete(String key) {
    requireKey(key);
    lock.lock();
    try {
      return values.remove(key) != null;
    } finally {
      lock.unlock();
    }
  }

  private static void requireKey(@Nullable String given) {
    String key = requireNonNull("key", given);
    if (key.isEmpty() || key.length() > MAX_KEY_LENGTH) {
      throw new CclUsageException(
          ErrorCode.OUT_OF_RANGE,
          "key has " + key.length() + " characters; allowed are 1 to " + MAX_KEY_LENGTH + ".");
    }
  }

  private static byte[] copyOf(String what, byte @Nullable [] value) {
    byte[] given = requireNonNull(what, value);
    if (given.length > MAX_VALUE_BYTES) {
      throw new CclUsageException(
          ErrorCode.OUT_OF_RANGE,
          what + " has " + given.length + " bytes; allowed are 0 to " + MAX_VALUE_BYTES + ".");
    }
    return given.clone();
  }

  private static <T> T requireNonNull(String what, @Nullable T value) {
    if (value == null) {
      throw new CclUsageException(
          ErrorCode.NULL_ARGUMENT, what + " is null; allowed is an object. Pass one.");
    }
    return value;
  }
}
