package org.ccl4j.spi;

/**
 * The status codes that mean the same with every backend. All others are the library's own and are
 * positive.
 */
public final class StatusCode {
  /** The call did what it should. */
  public static final int OK = 0;

  /** The library has no such function. */
  public static final int UNSUPPORTED = -1;

  /** Not finished yet: a query that found work left, or a bounded wait whose bound passed. */
  public static final int NOT_READY = -2;

  private StatusCode() {}
}
