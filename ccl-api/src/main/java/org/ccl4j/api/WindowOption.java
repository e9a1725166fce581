package org.ccl4j.api;

/** What is asked of a window beyond being reachable. */
public enum WindowOption {
  /**
   * Collectives whose buffers lie at the same place of the window on all ranks use it directly, and
   * puts may read from it and write to it ({@code NCCL_WIN_COLL_SYMMETRIC}).
   */
  COLLECTIVE_SYMMETRIC,
  /** Writes to the window become visible in order ({@code NCCL_WIN_STRICT_ORDERING}). */
  STRICT_ORDERING
}
