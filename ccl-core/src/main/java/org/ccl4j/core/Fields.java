package org.ccl4j.core;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.NoSuchElementException;
import java.util.Optional;
import org.ccl4j.api.CclLibraryException;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.ErrorDetails;

/**
 * Texts in a row, each led by its length, as the values of a store: {@code 5:hello}. A text may
 * hold anything, and what nobody here wrote is told apart from what was.
 */
final class Fields {
  private final String key;
  private final String text;
  private int at;

  private Fields(String key, String text) {
    this.key = key;
    this.text = text;
  }

  /** Writes; numbers and other objects are written as their text. */
  static byte[] of(Iterable<?> values) {
    StringBuilder out = new StringBuilder();
    for (Object value : values) {
      String part = value.toString();
      out.append(part.length()).append(':').append(part);
    }
    return out.toString().getBytes(UTF_8);
  }

  static Fields read(String key, byte[] bytes) {
    return new Fields(key, new String(bytes, UTF_8));
  }

  /** Reads what another participant wrote, where anything else is a sign of a foreign hand. */
  interface Reader<T> {
    T read(Fields fields);
  }

  static <T> T read(String key, byte[] bytes, Reader<T> reader) {
    try {
      Fields fields = read(key, bytes);
      T value = reader.read(fields);
      if (fields.at != fields.text.length()) {
        throw new NoSuchElementException("more follows");
      }
      return value;
    } catch (IllegalArgumentException | IndexOutOfBoundsException | NoSuchElementException e) {
      throw new CclLibraryException(
          ErrorCode.STORE_FAILED,
          "connect: key '"
              + key
              + "' of the store holds "
              + bytes.length
              + " bytes that no rank wrote; allowed is a store whose keys under ccl/ are left"
              + " alone. Use another store or a prefix.",
          ErrorDetails.NONE,
          e);
    }
  }

  String next() {
    int colon = text.indexOf(':', at);
    if (colon < 0) {
      throw new NoSuchElementException(key);
    }
    int length = Integer.parseInt(text, at, colon, 10);
    String value = text.substring(colon + 1, colon + 1 + length);
    at = colon + 1 + length;
    return value;
  }

  int nextInt() {
    return Integer.parseInt(next());
  }

  long nextLong() {
    return Long.parseLong(next());
  }

  /** What leads the value, where that is known to be one of these. */
  <E extends Enum<E>> E next(Class<E> type) {
    return Enum.valueOf(type, next());
  }

  Optional<String> ifMore() {
    return at < text.length() ? Optional.of(next()) : Optional.empty();
  }
}
