package org.ccl4j.api;

/**
 * What an installed library can do beyond the core set. A capability is present exactly when the
 * loaded library has the functions for it, and was asked for it where that is said; ask {@link
 * BackendInfo#capabilities()}.
 */
public enum Capability {
  /**
   * All-to-all as one native call; without it the operation is composed of grouped sends and
   * receives.
   */
  NATIVE_ALL_TO_ALL,
  /**
   * All-to-all with counts as one native call; without it the operation is composed of grouped
   * sends and receives.
   */
  NATIVE_ALL_TO_ALL_V,
  /**
   * Gather as one native call; without it the operation is composed of grouped sends and receives.
   */
  NATIVE_GATHER,
  /**
   * Scatter as one native call; without it the operation is composed of grouped sends and receives.
   */
  NATIVE_SCATTER,
  /**
   * {@link Communicator#allReduceWithBias(DeviceBuffer, DeviceBuffer, DeviceBuffer, ReduceOp,
   * Stream)}.
   */
  ALL_REDUCE_BIAS,
  /** {@link PreMulSum} operators. */
  PRE_MUL_SUM,
  /** {@link Communicator#split(int, int)}. */
  SPLIT,
  /** {@link Stream#capture(Runnable)} and {@link Graph}. */
  GRAPHS,
  /** FLOAT8_E4M3 and FLOAT8_E5M2 buffers can be sent. */
  FLOAT8,
  /** FLOAT8_E4M3 and FLOAT8_E5M2 can be reduced as well. */
  FLOAT8_REDUCTION,
  /** {@link Communicator#shrink}: a communicator without some of its ranks. */
  SHRINK,
  /** {@link Communicator#grow} and {@link Ccl#connectGrown}: a communicator with more ranks. */
  GROW,
  /** {@link Communicator#revoke()}: ending operations without ending the communicator. */
  REVOKE,
  /** {@link Communicator#suspend()}: giving device memory back for a while. */
  SUSPEND,
  /** {@link Communicator#memoryStatistic}. */
  MEMORY_STATISTICS,
  /** {@link Communicator#register} ({@code ncclCommRegister}). */
  REGISTER,
  /** {@link Device#allocateShareable} ({@code ncclMemAlloc}). */
  LIBRARY_MEMORY,
  /** {@link Communicator#registerWindow(DeviceBuffer)} ({@code ncclCommWindowRegister}). */
  WINDOWS,
  /**
   * {@link Communicator#putSignal(DeviceBuffer, int, Window, long, Stream)}, {@link
   * Communicator#signal(int, Stream)} and {@link Communicator#waitSignal(int, int, Stream)}.
   */
  ONE_SIDED,
  /**
   * Aborting a communicator, also after a deadline, ends its waits for signals. Where a library
   * lacks it, a wait for a signal that is never raised keeps its stream until the process ends, and
   * with it whatever waits for the device, such as freeing memory; a deadline is reported all the
   * same.
   */
  SIGNAL_WAIT_ABORT,
  /** {@link Ccl#simulate}: estimating the time of a group without running it. */
  SIMULATE,
  /** {@link Ccl#parameters()}. */
  PARAMETERS,
  /** {@link Tuning} of communicators, each option by version ({@code ncclConfig_t}). */
  TUNING,
  /**
   * {@link CollectiveOptions#withTuning Tuning} of a single call ({@code ncclAllReduceConfig} and
   * its seven siblings). A library that has it has {@link #NATIVE_ALL_TO_ALL}, {@link
   * #NATIVE_GATHER} and {@link #NATIVE_SCATTER} too.
   */
  CALL_TUNING,
  /** {@link Device#allocate(DataType, long, Stream)} ({@code cudaMallocAsync}). */
  STREAM_ORDERED_MEMORY,
  /**
   * Several ranks of a communicator on one device, or on slices of it; everywhere else that is
   * {@link ErrorCode#DUPLICATE_DEVICE}. NCCL calls it experimental: from 2.30 on, where the
   * environment variable {@code NCCL_MULTI_RANK_GPU_ENABLE} is 1 on all ranks. Such ranks are best
   * in processes of their own. In one process their operations wait for each other on the device,
   * and their launches on the host: each of them needs a {@link Ccl} and a stream of its own, or
   * one thread that launches for all of them in groups; and what waits for the device, such as
   * allocating memory, never returns while another's operation waits for this rank. Put, signal and
   * wait were seen not to end among such ranks, also in processes of their own (2.30.7).
   */
  SHARED_DEVICES
}
