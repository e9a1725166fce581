package org.ccl4j.api;

/**
 * A device of this process: the place of memory, streams and events. A handle from {@link
 * Ccl#device(int)}; two handles of one ordinal stand for the same hardware.
 *
 * <p>All methods may be called from any thread, and from virtual threads: the native notion of a
 * current device is set by each call that needs it, and put back where the thread had another one
 * that this process uses.
 */
public interface Device extends AutoCloseable {

  /**
   * The device's place in this process.
   *
   * @return 0 or more
   */
  int ordinal();

  /**
   * Name, bus id and memory size.
   *
   * @return a fresh description
   */
  DeviceInfo info();

  /**
   * Free and total memory now ({@code cudaMemGetInfo}).
   *
   * @return the numbers in bytes
   */
  MemoryInfo memory();

  /**
   * Allocates memory on the device ({@code cudaMalloc}). The content is undefined, and with the
   * fake visibly so.
   *
   * @param type the element type
   * @param count the number of elements, 0 or more
   * @return the buffer; close it
   * @throws CclUsageException {@link ErrorCode#OUT_OF_RANGE} when count is negative or count times
   *     element size overflows
   * @throws CclLibraryException {@link ErrorCode#OUT_OF_MEMORY} when the device has no room
   */
  DeviceBuffer allocate(DataType type, long count);

  /**
   * Allocates memory in the order of a stream ({@code cudaMallocAsync}), without the wait for the
   * device that the plain form may cost. What follows on the stream may use it; work on another
   * stream must be ordered behind by an {@link Event}. Closing the buffer frees it in the same
   * order ({@code cudaFreeAsync}): what is on the stream by then still finds the memory, what other
   * streams do must be ordered before. The buffer closes with the stream at the latest.
   *
   * @param type the element type
   * @param count the number of elements, 0 or more
   * @param stream a stream of this device, not while it is captured
   * @return the buffer; close it
   * @throws CclUsageException {@link ErrorCode#OUT_OF_RANGE} when count is negative or count times
   *     element size overflows, {@link ErrorCode#WRONG_DEVICE} for a stream of another device,
   *     {@link ErrorCode#ILLEGAL_STATE} while the stream is captured, {@link ErrorCode#UNSUPPORTED}
   *     without {@link Capability#STREAM_ORDERED_MEMORY}
   * @throws CclLibraryException {@link ErrorCode#OUT_OF_MEMORY} when the device has no room
   */
  DeviceBuffer allocate(DataType type, long count, Stream stream);

  /**
   * Allocates memory of the kind that other ranks can be let reach ({@code ncclMemAlloc}): what
   * {@link Communicator#registerWindow} needs, and what {@link Communicator#register} serves best.
   * It starts at a multiple of 4096 bytes.
   *
   * @param type the element type
   * @param count the number of elements, 0 or more
   * @return the buffer; close it
   * @throws CclUsageException {@link ErrorCode#OUT_OF_RANGE} when count is negative or count times
   *     element size overflows, {@link ErrorCode#UNSUPPORTED} without {@link
   *     Capability#LIBRARY_MEMORY}
   * @throws CclLibraryException {@link ErrorCode#OUT_OF_MEMORY} when the device has no room
   */
  DeviceBuffer allocateShareable(DataType type, long count);

  /**
   * Allocates host memory that this device copies from and to without a detour ({@code
   * cudaHostAlloc}). Where the library has no such notion it is plain direct memory.
   *
   * @param bytes 1 or more
   * @return the memory; close it
   * @throws CclUsageException {@link ErrorCode#OUT_OF_RANGE} when bytes is less than 1
   * @throws CclLibraryException {@link ErrorCode#OUT_OF_MEMORY} when there is no room
   */
  HostBuffer allocateHost(int bytes);

  /**
   * Wraps memory that somebody else allocated on this device and keeps alive: JavaCPP, JCuda,
   * another library. Closing the buffer does not free it.
   *
   * @param address the device address of the first element, not 0 unless count is 0
   * @param type the element type
   * @param count the number of elements, 0 or more
   * @return a buffer over that memory
   * @throws CclUsageException {@link ErrorCode#OUT_OF_RANGE} when address or count cannot be right
   */
  DeviceBuffer wrap(long address, DataType type, long count);

  /**
   * Opens a stream of normal priority that does not synchronize with the legacy default stream
   * ({@code cudaStreamCreateWithFlags}, non-blocking).
   *
   * @return the stream; close it
   */
  default Stream openStream() {
    return openStream(0);
  }

  /**
   * Opens a stream with a priority ({@code cudaStreamCreateWithPriority}). Priorities order the
   * start of work where the hardware is full; they are hints and never change results.
   *
   * @param priority 0 for normal, negative for more urgent; clamped to what the device has
   * @return the stream; close it
   */
  Stream openStream(int priority);

  /**
   * Wraps a stream that somebody else made on this device and keeps alive. Closing it does not
   * destroy it.
   *
   * @param handle the native handle ({@code cudaStream_t})
   * @return a stream over that handle
   */
  Stream wrapStream(long handle);

  /**
   * Makes an event without timing, the cheap kind ({@code cudaEventCreateWithFlags}, timing
   * disabled).
   *
   * @return the event; close it
   */
  Event newEvent();

  /**
   * Makes an event that also takes the time ({@code cudaEventCreateWithFlags}).
   *
   * @return the event; close it
   */
  Event newTimingEvent();

  /**
   * Whether kernels on this device can read another device's memory directly ({@code
   * cudaDeviceCanAccessPeer}).
   *
   * @param peer a device of the same {@link Ccl}
   * @return true when they can
   */
  boolean canAccess(Device peer);

  /**
   * Lets kernels and copies on this device reach the other device's memory directly ({@code
   * cudaDeviceEnablePeerAccess}), for as long as the process lives. Nothing happens where they may
   * already, nor for the device itself. Collectives need no such permission.
   *
   * @param peer a device of the same {@link Ccl}
   * @throws CclUsageException {@link ErrorCode#INVALID_ARGUMENT} when {@link #canAccess} says that
   *     this device cannot reach it
   */
  void enableAccess(Device peer);

  /**
   * Closes what was made through this handle: communicators first, then graphs, events, buffers,
   * streams and host buffers. The hardware and other handles of it are not affected. Idempotent.
   */
  @Override
  void close();
}
