package org.ccl4j.api;

import java.time.Duration;
import java.util.Optional;

/** The view behind {@link Store#prefixed(String)}. */
record PrefixedStore(Store target, String prefix) implements Store {

  PrefixedStore {
    Required.nonNull("prefix", prefix);
    if (prefix.isEmpty()) {
      throw new CclUsageException(
          ErrorCode.INVALID_ARGUMENT, "the prefix is empty; allowed is 1 character or more.");
    }
  }

  private String full(String key) {
    // Here and not below, where the one would be the text "null" and the other the prefix alone.
    Required.nonNull("key", key);
    if (key.isEmpty()) {
      throw new CclUsageException(
          ErrorCode.OUT_OF_RANGE, "key has 0 characters; allowed are 1 or more.");
    }
    return prefix + "/" + key;
  }

  @Override
  public void set(String key, byte[] value) {
    target.set(full(key), value);
  }

  @Override
  public Optional<byte[]> get(String key) {
    return target.get(full(key));
  }

  @Override
  public byte[] await(String key, Duration timeout) {
    return target.await(full(key), timeout);
  }

  @Override
  public long add(String key, long delta) {
    return target.add(full(key), delta);
  }

  @Override
  public boolean compareAndSet(String key, Optional<byte[]> expected, byte[] value) {
    return target.compareAndSet(full(key), expected, value);
  }

  @Override
  public boolean delete(String key) {
    return target.delete(full(key));
  }
}
