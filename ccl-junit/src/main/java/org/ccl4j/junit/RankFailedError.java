package org.ccl4j.junit;

/** The failure of one rank; what the rank threw is the cause. */
public final class RankFailedError extends AssertionError {
  private static final long serialVersionUID = 1L;

  private final int rank;

  RankFailedError(int rank, int size, Throwable cause) {
    super("rank " + rank + " of " + size + " failed: " + cause, cause);
    this.rank = rank;
  }

  /**
   * The rank that failed.
   *
   * @return 0 to size - 1
   */
  public int rank() {
    return rank;
  }
}
