package org.ccl4j.examples.solo;

import org.ccl4j.api.Status;
import org.ccl4j.spi.StatusText;

/** The status codes of this backend's own. */
final class SoloStatus {
  static final int BAD_ADDRESS = 1;
  static final int OUT_OF_MEMORY = 2;
  static final int NO_SUCH_RANK = 3;

  private SoloStatus() {}

  static StatusText describe(int status) {
    return switch (status) {
      case BAD_ADDRESS ->
          new StatusText(Status.INVALID_ARGUMENT, "BAD_ADDRESS", "the range is in no allocation");
      case OUT_OF_MEMORY ->
          new StatusText(Status.OUT_OF_MEMORY, "OUT_OF_MEMORY", "the device has 1 GiB");
      case NO_SUCH_RANK ->
          new StatusText(Status.INVALID_ARGUMENT, "NO_SUCH_RANK", "there is one rank, 0");
      default -> new StatusText(Status.UNKNOWN, "?", "no such code");
    };
  }
}
