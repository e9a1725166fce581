package org.ccl4j.jna;

import org.ccl4j.api.Status;
import org.ccl4j.jna.sys.Cells;
import org.ccl4j.spi.StatusCode;
import org.ccl4j.spi.StatusText;

/**
 * The codes of a device runtime. They are recognised by name, when they first come: the numbers of
 * one vendor's runtime are not published.
 */
final class RuntimeCodes {
  private static final int NOT_KNOWN = -1;

  private final RuntimeLibrary library;
  private final String prefix;
  private volatile int notReady = NOT_KNOWN;

  RuntimeCodes(RuntimeLibrary library) {
    this.library = library;
    prefix = library.descriptor.prefix() + "Error";
  }

  boolean isNotReady(int status) {
    int known = notReady;
    if (status == known) {
      return true;
    }
    if (status <= StatusCode.OK || known != NOT_KNOWN || !isNamed(status, "NotReady")) {
      return false;
    }
    notReady = status;
    return true;
  }

  /** Whether a call was refused for what it asked for, and not for the state of things. */
  boolean isNotOffered(int status) {
    if (status <= StatusCode.OK) {
      return false;
    }
    Status meaning = describe(status).status();
    return meaning == Status.UNSUPPORTED || meaning == Status.INVALID_ARGUMENT;
  }

  boolean isPeerAccessEnabledAlready(int status) {
    return status > StatusCode.OK && isNamed(status, "PeerAccessAlreadyEnabled");
  }

  private boolean isNamed(int status, String name) {
    return nameOf(status).equals(prefix + name);
  }

  private String nameOf(int code) {
    return Cells.stringAt(library.getErrorName.callForPointer(code));
  }

  StatusText describe(int status) {
    if (status <= StatusCode.OK) {
      return new StatusText(Status.UNKNOWN, "unknown", "not a code of the device runtime");
    }
    String name = nameOf(status);
    String text = Cells.stringAt(library.getErrorString.callForPointer(status));
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
