package org.ccl4j.fake;

import org.ccl4j.api.Status;
import org.ccl4j.spi.StatusCode;
import org.ccl4j.spi.StatusText;

/** The fake's own status codes, and the thread's newest error text. */
final class Codes {
  static final int DEVICE_ERROR = 1;
  static final int SYSTEM_ERROR = 2;
  static final int INTERNAL_ERROR = 3;
  static final int INVALID_ARGUMENT = 4;
  static final int INVALID_USAGE = 5;
  static final int REMOTE_ERROR = 6;
  static final int OUT_OF_MEMORY = 7;

  private record Last(int code, String text) {}

  private static final ThreadLocal<Last> LAST_ERROR =
      ThreadLocal.withInitial(() -> new Last(StatusCode.OK, ""));

  private Codes() {}

  /** Keeps the text for {@link #lastError()}; gives the code back. */
  static int error(int code, String text) {
    LAST_ERROR.set(new Last(code, text));
    return code;
  }

  static String lastError() {
    return LAST_ERROR.get().text;
  }

  /** As {@link #describe}, with what went wrong when this thread got the code last. */
  static StatusText explain(int code) {
    StatusText meaning = describe(code);
    Last last = LAST_ERROR.get();
    return last.code != code
        ? meaning
        : new StatusText(meaning.status(), meaning.name(), meaning.text() + ": " + last.text);
  }

  static StatusText describe(int code) {
    return switch (code) {
      case DEVICE_ERROR ->
          new StatusText(Status.DEVICE_ERROR, "deviceError", "the fake device failed");
      case SYSTEM_ERROR ->
          new StatusText(Status.SYSTEM_ERROR, "systemError", "the operating system refused");
      case INTERNAL_ERROR ->
          new StatusText(Status.INTERNAL_ERROR, "internalError", "the fake itself is at fault");
      case INVALID_ARGUMENT ->
          new StatusText(Status.INVALID_ARGUMENT, "invalidArgument", "an argument is wrong");
      case INVALID_USAGE ->
          new StatusText(
              Status.INVALID_USAGE,
              "invalidUsage",
              "the ranks' calls do not fit together, or came in a wrong state");
      case REMOTE_ERROR ->
          new StatusText(Status.REMOTE_ERROR, "remoteError", "another rank left or failed");
      case OUT_OF_MEMORY ->
          new StatusText(Status.OUT_OF_MEMORY, "outOfMemory", "the device has no room left");
      case StatusCode.UNSUPPORTED ->
          new StatusText(Status.UNSUPPORTED, "unsupported", "the capability was disabled");
      case StatusCode.NOT_READY ->
          new StatusText(Status.IN_PROGRESS, "notReady", "not finished yet");
      default -> new StatusText(Status.UNKNOWN, "unknown", "code " + code);
    };
  }
}
