package org.ccl4j.tools;

/** How results appear on standard output. */
interface PerfPrinter {
  /** Before the first row. */
  void begin(PerfEnvironment environment);

  /** One row, as soon as it is there. */
  void row(PerfRow row);

  /** After the last row. */
  void end(PerfSummary summary);
}
