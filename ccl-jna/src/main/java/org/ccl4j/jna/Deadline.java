package org.ccl4j.jna;

/** The end of a wait for the library. */
final class Deadline {
  private final long begun = System.nanoTime();
  private final long nanos;

  private Deadline(long nanos) {
    this.nanos = nanos;
  }

  static Deadline in(long nanos) {
    return new Deadline(nanos);
  }

  /**
   * Lets a while pass.
   *
   * @return false when the time is up or the thread was interrupted
   */
  boolean pause() {
    long waited = System.nanoTime() - begun;
    if (waited >= nanos || Thread.currentThread().isInterrupted()) {
      return false;
    }
    Pause.after(Math.min(waited, Math.max(1, nanos - waited)));
    return true;
  }
}
