package org.ccl4j.api;

import java.time.Duration;
import java.util.Optional;

/**
 * A small shared map from text to bytes over which the ranks of a job find each other. Anything
 * that can carry a few hundred bytes between the ranks can implement it; ccl-bootstrap has the
 * usual ones.
 *
 * <p>All methods may be called by any rank and any thread at any time. Values are copied in and
 * out. An implementation that cannot reach its medium within its own bounds throws a {@link
 * CclException} with {@link ErrorCode#STORE_FAILED}.
 */
public interface Store extends AutoCloseable {
  /** The longest key, in characters. */
  int MAX_KEY_LENGTH = 512;

  /** The longest value, in bytes. */
  int MAX_VALUE_BYTES = 1 << 20;

  /**
   * Sets a key, whether or not it had a value.
   *
   * @param key 1 to {@value #MAX_KEY_LENGTH} characters
   * @param value 0 to {@value #MAX_VALUE_BYTES} bytes
   * @throws CclUsageException {@link ErrorCode#OUT_OF_RANGE} when key or value is out of bounds
   */
  void set(String key, byte[] value);

  /**
   * Reads a key without waiting.
   *
   * @param key the key
   * @return its value; empty when it has none
   */
  Optional<byte[]> get(String key);

  /**
   * Waits until a key has a value.
   *
   * @param key the key
   * @param timeout the longest wait, greater than zero
   * @return its value
   * @throws CclTimeoutException {@link ErrorCode#STORE_TIMEOUT} when the key has no value by then
   * @throws CclException {@link ErrorCode#INTERRUPTED} when the thread is interrupted; the
   *     interrupt flag stays set
   */
  byte[] await(String key, Duration timeout);

  /**
   * Adds to a counter that starts at zero. A counter's value is its decimal digits in ASCII.
   *
   * @param key the counter's key
   * @param delta what to add; may be negative or zero
   * @return the new value
   * @throws CclUsageException {@link ErrorCode#INVALID_ARGUMENT} when the key holds something that
   *     is no counter
   */
  long add(String key, long delta);

  /**
   * Sets a key if it has the expected value now.
   *
   * @param key the key
   * @param expected the value it must have; an empty {@link Optional} when it must have none
   * @param value the new value
   * @return true when it was set, false when the key had another value
   */
  boolean compareAndSet(String key, Optional<byte[]> expected, byte[] value);

  /**
   * Removes a key.
   *
   * @param key the key
   * @return true when it had a value
   */
  boolean delete(String key);

  /**
   * A view in which every key stands for {@code prefix + "/" + key} here.
   *
   * @param prefix 1 or more characters
   * @return the view; closing is the business of the underlying store
   */
  default Store prefixed(String prefix) {
    return new PrefixedStore(this, prefix);
  }

  /**
   * Gives up what the store holds: connections, threads, files. Does nothing where it holds
   * nothing, as on a view. Idempotent; other calls fail afterwards with {@link ErrorCode#CLOSED}
   * where there was something to give up.
   */
  @Override
  default void close() {}
}
