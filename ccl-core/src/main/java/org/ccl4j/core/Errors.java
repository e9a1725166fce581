package org.ccl4j.core;

import org.ccl4j.api.CclException;
import org.ccl4j.api.CclLibraryException;
import org.ccl4j.api.CclUsageException;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.ErrorDetails;
import org.ccl4j.api.Status;
import org.ccl4j.spi.Backend;
import org.ccl4j.spi.DeviceRuntime;
import org.ccl4j.spi.StatusCode;
import org.ccl4j.spi.StatusText;
import org.jspecify.annotations.Nullable;

/** Turns what a library says into what a caller can act on. */
final class Errors {
  private static final String REBUILD =
      "Close the communicator on every rank and connect anew; the other ranks may know more.";

  private Errors() {}

  /** An error that a call of {@link Backend} or of a communicator returned. */
  static CclException ofCall(Backend backend, int status, String what, ErrorDetails details) {
    StatusText text = explain(status, status < 0 ? null : backend.describe(status));
    return translate(text, status, backend.lastError(), what, codeOf(text.status()), details);
  }

  /** An error that a communicator met after the call had returned. */
  static CclException ofCommunicator(
      Backend backend, int status, String said, String what, ErrorDetails details) {
    StatusText text = explain(status, status < 0 ? null : backend.describe(status));
    ErrorCode code =
        text.status() == Status.INVALID_USAGE ? ErrorCode.MISMATCH : codeOf(text.status());
    return translate(text, status, said, what, code, details);
  }

  /** An error that a call of {@link DeviceRuntime} returned. */
  static CclException ofDevice(
      DeviceRuntime devices, int status, String what, ErrorDetails details) {
    StatusText text = explain(status, status < 0 ? null : devices.describe(status));
    return translate(text, status, "", what, codeOf(text.status()), details);
  }

  // The two negative codes are the SPI's own: a backend need not know words for them.
  private static StatusText explain(int status, @Nullable StatusText described) {
    if (status == StatusCode.UNSUPPORTED) {
      return new StatusText(Status.UNSUPPORTED, "unsupported", "the library has no such function");
    }
    if (status == StatusCode.NOT_READY) {
      return new StatusText(Status.IN_PROGRESS, "not ready", "work is left");
    }
    return described != null
        ? described
        : new StatusText(Status.UNKNOWN, "unknown", "the backend has no text for this code");
  }

  private static ErrorCode codeOf(Status status) {
    return switch (status) {
      case REMOTE_ERROR -> ErrorCode.REMOTE_FAILURE;
      case OUT_OF_MEMORY -> ErrorCode.OUT_OF_MEMORY;
      case DEVICE_ERROR -> ErrorCode.DEVICE_FAILURE;
      case UNSUPPORTED -> ErrorCode.UNSUPPORTED;
      default -> ErrorCode.LIBRARY_ERROR;
    };
  }

  private static CclException translate(
      StatusText text, int status, String said, String what, ErrorCode code, ErrorDetails details) {
    String vendorText = said.isEmpty() ? text.text() : text.text() + ": " + said;
    ErrorDetails full = details.withStatus(text.status(), status, text.name() + ": " + vendorText);
    String message = what + " failed: " + text.name() + ": " + vendorText + ". " + remedy(code);
    return code == ErrorCode.UNSUPPORTED
        ? new CclUsageException(code, message, full, null)
        : new CclLibraryException(code, message, full, null);
  }

  private static String remedy(ErrorCode code) {
    return switch (code) {
      case MISMATCH ->
          "All ranks must call the same operations in the same order with the same arguments."
              + " Correct that, close the communicator on every rank and connect anew.";
      case OUT_OF_MEMORY -> "Close buffers that are not needed any more, or ask for less.";
      case DEVICE_FAILURE -> "End the process: the device is in an unknown state.";
      case UNSUPPORTED -> "Ask Ccl.backend().can(...) before.";
      default -> REBUILD;
    };
  }
}
