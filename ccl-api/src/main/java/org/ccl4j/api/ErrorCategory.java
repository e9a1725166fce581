package org.ccl4j.api;

/** What to do about a {@link CclException}. */
public enum ErrorCategory {
  /**
   * The call was wrong; nothing was launched and everything is still usable. Correct the program.
   */
  FIX_CALL,
  /**
   * The class path, the configuration or the machine is not as it must be. Correct that and start
   * again.
   */
  FIX_SETUP,
  /** Nothing is broken; the same call may succeed later. */
  RETRY,
  /** The communicator is of no more use. Abort or close it on every rank and connect anew. */
  REBUILD_COMMUNICATOR,
  /** The device or the library is in an unknown state. End the process. */
  END_PROCESS
}
