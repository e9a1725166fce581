package org.ccl4j.bootstrap;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.ccl4j.api.CclLibraryException;
import org.ccl4j.api.CclUsageException;
import org.ccl4j.api.ErrorCode;
import org.jspecify.annotations.Nullable;

/**
 * The keys and values of a store in memory, within bounds. Not safe for several threads. Values are
 * neither copied in nor out; nobody may change them.
 */
final class Table {
  /** What an entry costs besides its key and value, so that many empty ones are bounded too. */
  private static final int ENTRY_BYTES = 128;

  private final int maxKeys;
  private final long maxBytes;
  private final Map<String, byte[]> values = new HashMap<>();
  private long bytes;

  Table(int maxKeys, long maxBytes) {
    this.maxKeys = maxKeys;
    this.maxBytes = maxBytes;
  }

  byte @Nullable [] get(String key) {
    return values.get(key);
  }

  int size() {
    return values.size();
  }

  void put(String key, byte[] value) {
    byte[] old = values.get(key);
    long grows = old == null ? cost(key, value) : value.length - (long) old.length;
    if (old == null && values.size() >= maxKeys) {
      throw new CclLibraryException(
          ErrorCode.STORE_FULL,
          "key '"
              + key
              + "' is one too many: the store holds "
              + values.size()
              + " keys; allowed are "
              + maxKeys
              + ". Delete keys that are no longer needed, or serve the store with higher limits.");
    }
    if (grows > 0 && bytes + grows > maxBytes) {
      throw new CclLibraryException(
          ErrorCode.STORE_FULL,
          "key '"
              + key
              + "' with "
              + value.length
              + " bytes does not fit: the store holds "
              + bytes
              + " bytes; allowed are "
              + maxBytes
              + ". Delete keys that are no longer needed, or serve the store with higher limits.");
    }
    values.put(key, value);
    bytes += grows;
  }

  private static long cost(String key, byte[] value) {
    return ENTRY_BYTES + 2L * key.length() + value.length;
  }

  long add(String key, long delta) {
    long sum = counter(key, values.get(key)) + delta;
    put(key, counterBytes(sum));
    return sum;
  }

  static byte[] counterBytes(long value) {
    return Long.toString(value).getBytes(US_ASCII);
  }

  static long counter(String key, byte @Nullable [] value) {
    if (value == null) {
      return 0;
    }
    try {
      return Long.parseLong(new String(value, US_ASCII));
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

  boolean compareAndSet(String key, Optional<byte[]> expected, byte[] value) {
    boolean equal = equal(values.get(key), expected);
    if (equal) {
      put(key, value);
    }
    return equal;
  }

  static boolean equal(byte @Nullable [] now, Optional<byte[]> expected) {
    return now == null ? expected.isEmpty() : Arrays.equals(now, expected.orElse(null));
  }

  boolean remove(String key) {
    byte[] old = values.remove(key);
    if (old == null) {
      return false;
    }
    bytes -= cost(key, old);
    return true;
  }
}
