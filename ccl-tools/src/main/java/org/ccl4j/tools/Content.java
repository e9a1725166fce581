package org.ccl4j.tools;

/** What the elements of a part of a buffer are, as a formula over their index in the part. */
sealed interface Content {

  /**
   * Elements that were made for sending. Element {@code i} is element {@code start + i} of an
   * endless sequence; each stream is another sequence.
   */
  record Input(int stream, long start) implements Content {}

  /**
   * The reduction, over the ranks {@code r}, of element {@code start + i} of the {@link Input}
   * streams {@code r}.
   */
  record Reduced(long start) implements Content {}

  /** Elements that the operation must not write. */
  record Untouched() implements Content {}
}
