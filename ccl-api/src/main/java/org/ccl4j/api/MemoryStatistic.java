package org.ccl4j.api;

/**
 * A number that the library keeps about a communicator's device memory; see {@link
 * Communicator#memoryStatistic}.
 */
public enum MemoryStatistic {
  /** Bytes that {@link Communicator#suspend()} would give back ({@code ncclStatGpuMemSuspend}). */
  SUSPENDABLE,
  /**
   * Whether they have been given back, 1 while suspended and 0 otherwise ({@code
   * ncclStatGpuMemSuspended}).
   */
  SUSPENDED,
  /** Bytes that stay while it is suspended ({@code ncclStatGpuMemPersist}). */
  PERSISTENT,
  /** Bytes in all that the library keeps account of ({@code ncclStatGpuMemTotal}). */
  TOTAL
}
