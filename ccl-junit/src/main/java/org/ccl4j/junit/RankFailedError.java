package org.ccl4j.junit;

import org.jspecify.annotations.Nullable;

/**
 * The failure of one rank; what the rank threw is the cause, unless it threw it in another process.
 */
public final class RankFailedError extends AssertionError {
  private static final long serialVersionUID = 1L;

  private final int rank;

  RankFailedError(int rank, int size, String text, @Nullable Throwable cause) {
    super("rank " + rank + " of " + size + " failed: " + text, cause);
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
