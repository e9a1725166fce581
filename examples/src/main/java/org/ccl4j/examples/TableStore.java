package org.ccl4j.examples;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Duration;
import java.util.Base64;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.ccl4j.api.CclTimeoutException;
import org.ccl4j.api.CclUsageException;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.Store;
import org.jspecify.annotations.Nullable;

/**
 * A store of one's own: the ranks meet over a table that all of them reach, such as one of a
 * database with the columns KEY and VALUE. All that a store does comes down to three statements;
 * whoever waits looks again now and then.
 *
 * <p>The rows of a job stay when it has ended. Use {@link Store#prefixed(String)} with an id of
 * each start, and delete the rows with that prefix afterwards.
 */
final class TableStore implements Store {
  private static final Duration LONGEST_WAIT = Duration.ofDays(10_000);
  private static final long FIRST_PAUSE_MILLIS = 1;
  private static final long LONGEST_PAUSE_MILLIS = 50;

  private final Table table;

  TableStore(Table table) {
    this.table = table;
  }

  /** What the table must be able to do. Each call takes effect as a whole or not at all. */
  interface Table {
    /** {@code SELECT VALUE ... WHERE KEY = ?}. */
    Optional<String> select(String key);

    /**
     * {@code UPDATE ... SET VALUE = ? WHERE KEY = ? AND VALUE = ?}; where nothing is expected,
     * {@code INSERT}, which fails when the key is there.
     *
     * @return whether a row was written
     */
    boolean write(String key, Optional<String> expected, String value);

    /**
     * {@code DELETE ... WHERE KEY = ?}.
     *
     * @return whether there was a row
     */
    boolean delete(String key);
  }

  /** Whoever passes what is not allowed hears of it here, and not from the database. */
  private static <T> T checked(@Nullable T argument, String what, Predicate<T> allowed) {
    if (argument == null) {
      throw new CclUsageException(ErrorCode.NULL_ARGUMENT, what + " is null.");
    }
    if (!allowed.test(argument)) {
      throw new CclUsageException(ErrorCode.OUT_OF_RANGE, what + " is out of bounds; see Store.");
    }
    return argument;
  }

  private static String key(@Nullable String given) {
    String key = checked(given, "key", t -> !t.isEmpty() && t.length() <= MAX_KEY_LENGTH);
    if (!UTF_8.newEncoder().canEncode(key)) {
      throw new CclUsageException(
          ErrorCode.INVALID_ARGUMENT, "key is no text of whole characters.");
    }
    return key;
  }

  private static String text(byte @Nullable [] value) {
    checked(value, "value", bytes -> bytes.length <= MAX_VALUE_BYTES);
    return Base64.getEncoder().encodeToString(value);
  }

  @Override
  public void set(String key, byte[] value) {
    String text = text(value);
    while (!table.write(key(key), table.select(key), text)) {
      Thread.onSpinWait(); // somebody else wrote in between
    }
  }

  @Override
  public Optional<byte[]> get(String key) {
    return table.select(key(key)).map(Base64.getDecoder()::decode);
  }

  @Override
  public byte[] await(String key, Duration timeout) {
    checked(timeout, "timeout", length -> !length.isZero() && !length.isNegative());
    long nanos = timeout.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT.toNanos() : timeout.toNanos();
    long end = System.nanoTime() + nanos;
    long pause = FIRST_PAUSE_MILLIS;
    while (true) {
      Optional<byte[]> value = get(key);
      if (value.isPresent()) {
        return value.get();
      }
      if (System.nanoTime() - end >= 0) {
        throw new CclTimeoutException(
            ErrorCode.STORE_TIMEOUT, "key '" + key + "' had no value after " + timeout + ".");
      }
      try {
        TimeUnit.MILLISECONDS.sleep(pause);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new CclTimeoutException(
            ErrorCode.INTERRUPTED, "interrupted while waiting for key '" + key + "'.");
      }
      pause = Math.min(LONGEST_PAUSE_MILLIS, 2 * pause);
    }
  }

  @Override
  public long add(String key, long delta) {
    while (true) {
      Optional<byte[]> now = get(key);
      long sum = now.map(TableStore::counter).orElse(0L) + delta;
      if (compareAndSet(key, now, Long.toString(sum).getBytes(US_ASCII))) {
        return sum;
      }
    }
  }

  private static long counter(byte[] digits) {
    try {
      return Long.parseLong(new String(digits, US_ASCII));
    } catch (NumberFormatException e) {
      throw new CclUsageException(
          ErrorCode.INVALID_ARGUMENT, "what is to be added to is no counter.");
    }
  }

  @Override
  public boolean compareAndSet(String key, Optional<byte[]> expected, byte[] value) {
    checked(expected, "expected", any -> true);
    return table.write(key(key), expected.map(TableStore::text), text(value));
  }

  @Override
  public boolean delete(String key) {
    return table.delete(key(key));
  }
}
