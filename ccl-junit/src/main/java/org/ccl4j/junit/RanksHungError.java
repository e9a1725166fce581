package org.ccl4j.junit;

/**
 * The ranks did not all end in time. The message has every rank's newest call and Java stack as
 * they were when the time was up.
 */
public final class RanksHungError extends AssertionError {
  private static final long serialVersionUID = 1L;

  RanksHungError(String message) {
    super(message);
  }
}
