package org.ccl4j.api;

/**
 * What an installed library can do beyond the core set. A capability is present exactly when the
 * loaded library has the functions for it; ask {@link BackendInfo#capabilities()}.
 */
public enum Capability {
  /**
   * All-to-all as one native call; without it the operation is composed of grouped sends and
   * receives.
   */
  NATIVE_ALL_TO_ALL,
  /**
   * Gather as one native call; without it the operation is composed of grouped sends and receives.
   */
  NATIVE_GATHER,
  /**
   * Scatter as one native call; without it the operation is composed of grouped sends and receives.
   */
  NATIVE_SCATTER,
  /** {@link PreMulSum} operators. */
  PRE_MUL_SUM,
  /** {@link Communicator#split(int, int)}. */
  SPLIT,
  /** {@link Stream#capture(Runnable)} and {@link Graph}. */
  GRAPHS,
  /** FLOAT8_E4M3 and FLOAT8_E5M2 buffers can be sent. */
  FLOAT8,
  /** FLOAT8_E4M3 and FLOAT8_E5M2 can be reduced as well. */
  FLOAT8_REDUCTION
}
