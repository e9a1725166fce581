package org.ccl4j.api;

/** What is asked of a window beyond being reachable. */
public enum WindowOption {
  /**
   * All ranks register memory of the same size at the same place in the call's order, so that
   * collectives use it directly ({@code NCCL_WIN_COLL_SYMMETRIC}).
   */
  COLLECTIVE_SYMMETRIC,
  /** Writes to the window become visible in order ({@code NCCL_WIN_STRICT_ORDERING}). */
  STRICT_ORDERING
}
