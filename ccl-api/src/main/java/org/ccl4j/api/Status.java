package org.ccl4j.api;

/**
 * A library's result in words that name no vendor. The raw code and text stand beside it in {@link
 * ErrorDetails}; a code that this version does not know is {@link #UNKNOWN} and keeps its number.
 */
public enum Status {
  /** The call did what it should. */
  SUCCESS,
  /** The device or its runtime failed ({@code ncclUnhandledCudaError}). */
  DEVICE_ERROR,
  /** The operating system or the network failed ({@code ncclSystemError}). */
  SYSTEM_ERROR,
  /** The library found itself in a state it should not be in ({@code ncclInternalError}). */
  INTERNAL_ERROR,
  /** An argument was wrong ({@code ncclInvalidArgument}). */
  INVALID_ARGUMENT,
  /**
   * The calls were in a wrong order or of different kinds on different ranks ({@code
   * ncclInvalidUsage}).
   */
  INVALID_USAGE,
  /** Another rank or the network to it failed ({@code ncclRemoteError}). */
  REMOTE_ERROR,
  /** Not finished yet; no error ({@code ncclInProgress}, {@code cudaErrorNotReady}). */
  IN_PROGRESS,
  /** The library's own time limit passed ({@code ncclTimeout}). */
  TIMED_OUT,
  /** The device has no memory left ({@code cudaErrorMemoryAllocation}). */
  OUT_OF_MEMORY,
  /** The loaded library has no such function. */
  UNSUPPORTED,
  /** A code that this version of ccl4j does not know. */
  UNKNOWN
}
