package org.ccl4j.jna;

import org.ccl4j.api.Status;
import org.ccl4j.jna.sys.Cells;
import org.ccl4j.spi.StatusCode;
import org.ccl4j.spi.StatusText;

/**
 * The codes of a device runtime. They are recognised by name: the numbers of one vendor's runtime
 * are not published.
 */
final class RuntimeCodes {
  /** The number of most vendors, tried first. */
  private static final int USUAL_NOT_READY = 600;

  private static final int USUAL_PEER_ACCESS = 704;
  private static final int HIGHEST = 1100;

  private final RuntimeLibrary library;
  private final int notReady;
  private final int peerAccessAlreadyEnabled;

  RuntimeCodes(RuntimeLibrary library) {
    this.library = library;
    notReady = find("NotReady", USUAL_NOT_READY);
    peerAccessAlreadyEnabled = find("PeerAccessAlreadyEnabled", USUAL_PEER_ACCESS);
  }

  private int find(String name, int usual) {
    String wanted = library.vendor.runtimePrefix() + "Error" + name;
    if (nameOf(usual).equals(wanted)) {
      return usual;
    }
    for (int code = 1; code < HIGHEST; code++) {
      if (nameOf(code).equals(wanted)) {
        return code;
      }
    }
    return usual;
  }

  private String nameOf(int code) {
    return Cells.stringAt(library.getErrorName.callForPointer(code));
  }

  boolean isNotReady(int status) {
    return status == notReady;
  }

  boolean isPeerAccessEnabledAlready(int status) {
    return status == peerAccessAlreadyEnabled;
  }

  StatusText describe(int status) {
    if (status <= StatusCode.OK) {
      return new StatusText(Status.UNKNOWN, "unknown", "not a code of the device runtime");
    }
    String name = nameOf(status);
    String text = Cells.stringAt(library.getErrorString.callForPointer(status));
    String prefix = library.vendor.runtimePrefix() + "Error";
    String kind = name.startsWith(prefix) ? name.substring(prefix.length()) : name;
    return new StatusText(meaning(kind), name, text);
  }

  private static Status meaning(String kind) {
    return switch (kind) {
      case "MemoryAllocation", "OutOfMemory" -> Status.OUT_OF_MEMORY;
      case "InvalidValue",
          "InvalidDevice",
          "InvalidResourceHandle",
          "InvalidHandle",
          "InvalidDevicePointer" ->
          Status.INVALID_ARGUMENT;
      case "NotReady" -> Status.IN_PROGRESS;
      case "NotSupported" -> Status.UNSUPPORTED;
      case "", "Unknown" -> Status.UNKNOWN;
      default -> kind.startsWith("StreamCapture") ? Status.INVALID_USAGE : Status.DEVICE_ERROR;
    };
  }
}
