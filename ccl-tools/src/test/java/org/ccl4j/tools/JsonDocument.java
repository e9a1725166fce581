package org.ccl4j.tools;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.jr.ob.JSON;

/** A parsed JSON text that is read by path. */
record JsonDocument(Object root) {
  static JsonDocument parse(String text) {
    return new JsonDocument(JSON.std.mapFrom(text));
  }

  /**
   * The value at a path of names and indices.
   *
   * @return null where there is a null; a missing name is an error
   */
  @Nullable Object at(Object... path) {
    Object value = root;
    for (Object step : path) {
      if (value instanceof Map<?, ?> map && map.containsKey(step)) {
        value = map.get(step);
      } else if (value instanceof List<?> list && step instanceof Integer index) {
        value = list.get(index);
      } else {
        throw new AssertionError("no " + step + " in " + value);
      }
    }
    return value;
  }

  String text(Object... path) {
    return String.valueOf(at(path));
  }

  double number(Object... path) {
    if (at(path) instanceof Number number) {
      return number.doubleValue();
    }
    throw new AssertionError("no number: " + at(path));
  }

  List<?> list(Object... path) {
    if (at(path) instanceof List<?> list) {
      return list;
    }
    throw new AssertionError("no list: " + at(path));
  }
}
