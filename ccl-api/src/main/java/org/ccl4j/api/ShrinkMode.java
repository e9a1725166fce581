package org.ccl4j.api;

/** What becomes of operations in flight when a communicator shrinks. */
public enum ShrinkMode {
  /** There must be none ({@code NCCL_SHRINK_DEFAULT}). */
  PLAIN,
  /** They are ended first, as far as they are this rank's ({@code NCCL_SHRINK_ABORT}). */
  ABORT
}
