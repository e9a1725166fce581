package org.ccl4j.api;

import org.jspecify.annotations.Nullable;

/** The one check for arguments that must not be null. */
final class Required {
  private Required() {}

  static <T> T nonNull(String what, @Nullable T value) {
    if (value == null) {
      throw new CclUsageException(
          ErrorCode.NULL_ARGUMENT, what + " is null; allowed is an object. Pass one.");
    }
    return value;
  }
}
