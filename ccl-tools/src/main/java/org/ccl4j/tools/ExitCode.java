package org.ccl4j.tools;

/** What the process ends with. */
final class ExitCode {
  static final int OK = 0;

  /** The library failed, or a result was wrong. */
  static final int FAILED = 1;

  /** The command line was wrong; nothing was run. */
  static final int USAGE = 2;

  /** A program to start is there and cannot be executed; as shells have it. */
  static final int NOT_EXECUTABLE = 126;

  /** A program to start is not there; as shells have it. */
  static final int NOT_FOUND = 127;

  private ExitCode() {}
}
