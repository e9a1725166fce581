package org.ccl4j.core;

/**
 * What a communicator is fit for, as far as its user decides; whether it failed is another thing.
 */
enum Standing {
  OPEN(""),
  REVOKED("was revoked; allowed are split, shrink, close and abort. Make a new communicator of it"),
  SUSPENDED(
      "is suspended; allowed are memoryStatistic, close and abort until it is resumed. Call"
          + " resume() on every rank"),
  /** Shrunk in a way that ended its operations. */
  SPENT(
      "was shrunk in mode ABORT; allowed are close, abort and to shrink it so again. Use what came"
          + " from the shrink");

  /** What to say about a call that is not allowed. */
  final String text;

  Standing(String text) {
    this.text = text;
  }
}
