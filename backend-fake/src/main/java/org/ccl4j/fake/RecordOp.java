package org.ccl4j.fake;

/** The point in a stream that an event stands for. */
final class RecordOp extends Op {
  private final boolean timing;
  private volatile long nanos;

  RecordOp(boolean timing) {
    this.timing = timing;
  }

  @Override
  boolean poll() {
    if (timing) {
      nanos = System.nanoTime();
    }
    return true;
  }

  /** When it was reached; meaningful once done, and only with timing. */
  long nanos() {
    return nanos;
  }

  @Override
  String describe() {
    return "the record of an event";
  }
}
