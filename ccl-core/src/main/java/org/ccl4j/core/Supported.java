package org.ccl4j.core;

import org.ccl4j.api.Capability;
import org.ccl4j.api.CclUsageException;
import org.ccl4j.api.ErrorCode;

/** Refuses what the loaded library cannot do, by the name of the library and its version. */
final class Supported {
  private Supported() {}

  static void require(CclHandle library, String what, Capability capability) {
    if (!library.info.can(capability)) {
      throw lacking(
          library,
          what,
          "capability " + capability,
          "Ask Ccl.backend().can(" + capability + ") before, or load a library that has it.");
    }
  }

  static CclUsageException lacking(CclHandle library, String what, String lacked, String remedy) {
    return new CclUsageException(
        ErrorCode.UNSUPPORTED,
        what
            + ": "
            + library.info.id()
            + " "
            + library.info.version()
            + " from "
            + library.info.location()
            + " lacks the "
            + lacked
            + ". "
            + remedy);
  }
}
