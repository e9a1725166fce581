package org.ccl4j.api;

/** A number that the library keeps about a communicator's device memory, in bytes. */
public enum MemoryStatistic {
  /** What {@link Communicator} would give back by suspending ({@code ncclStatGpuMemSuspend}). */
  SUSPENDABLE,
  /** What it has given back by suspending ({@code ncclStatGpuMemSuspended}). */
  SUSPENDED,
  /** What stays while it is suspended ({@code ncclStatGpuMemPersist}). */
  PERSISTENT,
  /** All of it ({@code ncclStatGpuMemTotal}). */
  TOTAL
}
