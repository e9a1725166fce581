package org.ccl4j.tools;

import tools.jackson.jr.ob.JSON;

/** Maps and lists as JSON text. */
final class JsonText {
  private static final JSON PRETTY =
      JSON.std.with(JSON.Feature.PRETTY_PRINT_OUTPUT, JSON.Feature.WRITE_NULL_PROPERTIES);

  private JsonText() {}

  static String of(Object value) {
    return PRETTY.asString(value);
  }
}
