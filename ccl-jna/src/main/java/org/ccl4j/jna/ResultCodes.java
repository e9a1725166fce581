package org.ccl4j.jna;

import java.util.List;
import org.ccl4j.api.Status;
import org.ccl4j.jna.sys.Cells;
import org.ccl4j.spi.StatusCode;
import org.ccl4j.spi.StatusText;

/** The result codes of the collective libraries; all of them share the numbers. */
final class ResultCodes {
  static final int INTERNAL_ERROR = 3;
  static final int IN_PROGRESS = 7;
  static final int TIMEOUT = 8;

  /**
   * A code of the device runtime, where a call of the collective library's interface met one, is
   * moved up by this.
   */
  private static final int RUNTIME = 1 << 20;

  private static final List<Known> KNOWN =
      List.of(
          new Known("Success", Status.SUCCESS),
          new Known("UnhandledCudaError", Status.DEVICE_ERROR),
          new Known("SystemError", Status.SYSTEM_ERROR),
          new Known("InternalError", Status.INTERNAL_ERROR),
          new Known("InvalidArgument", Status.INVALID_ARGUMENT),
          new Known("InvalidUsage", Status.INVALID_USAGE),
          new Known("RemoteError", Status.REMOTE_ERROR),
          new Known("InProgress", Status.IN_PROGRESS),
          new Known("Timeout", Status.TIMED_OUT));

  private record Known(String name, Status status) {}

  private final CollectiveLibrary library;
  private final RuntimeCodes runtime;

  ResultCodes(CollectiveLibrary library, RuntimeCodes runtime) {
    this.library = library;
    this.runtime = runtime;
  }

  /** The status of the device runtime as one of the collective library. */
  static int ofRuntime(int status) {
    return status > StatusCode.OK ? RUNTIME + status : status;
  }

  StatusText describe(int status) {
    if (status > RUNTIME) {
      return runtime.describe(status - RUNTIME);
    }
    if (status < StatusCode.OK) {
      return new StatusText(Status.UNKNOWN, "unknown", "not a code of the library");
    }
    String text = Cells.stringAt(library.getErrorString.callForPointer(status));
    if (status >= KNOWN.size()) {
      return new StatusText(Status.UNKNOWN, library.vendor.prefix() + "Result" + status, text);
    }
    Known known = KNOWN.get(status);
    return new StatusText(known.status, library.vendor.symbols(known.name).get(0), text);
  }
}
