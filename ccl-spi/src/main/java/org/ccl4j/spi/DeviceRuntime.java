package org.ccl4j.spi;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.ccl4j.api.DeviceInfo;
import org.ccl4j.api.MemoryInfo;

/**
 * Devices, memory, streams, events and graphs, in the shape of the CUDA runtime ({@code cuda*},
 * {@code hip*}, {@code musa*}).
 */
public interface DeviceRuntime {

  /**
   * {@code cudaGetDeviceCount}.
   *
   * @return the number of devices, 0 or more
   */
  int deviceCount();

  /**
   * What the devices are in: two devices are the same physical one exactly when machine and bus id
   * are equal.
   *
   * @return the same text in every process that sees these devices, and another one on every other
   *     machine; empty when no other process can see them
   */
  default String machineId() {
    return "";
  }

  /**
   * Name, bus id and memory of a device.
   *
   * @param device ordinal
   * @return the description
   */
  Result<DeviceInfo> describeDevice(int device);

  /**
   * {@code cudaMemGetInfo}.
   *
   * @param device ordinal
   * @return free and total bytes
   */
  Result<MemoryInfo> memoryInfo(int device);

  /**
   * {@code cudaDeviceCanAccessPeer}.
   *
   * @param device ordinal
   * @param peer another ordinal
   * @return whether kernels on the first reach memory of the second
   */
  boolean canAccessPeer(int device, int peer);

  /**
   * {@code cudaMalloc}.
   *
   * @param device ordinal
   * @param bytes greater than 0
   * @return an address, aligned to 256 bytes
   */
  Result<Long> allocate(int device, long bytes);

  /**
   * {@code cudaFree}. Work that is already enqueued still finds the memory.
   *
   * @param device ordinal
   * @param address what {@link #allocate} gave
   * @return the status
   */
  int free(int device, long address);

  /**
   * {@code cudaMallocAsync}; with {@link org.ccl4j.api.Capability#STREAM_ORDERED_MEMORY}.
   *
   * @param device ordinal
   * @param bytes greater than 0
   * @param stream handle; the memory is there for what follows on it
   * @return an address, aligned to 256 bytes
   */
  default Result<Long> allocateOrdered(int device, long bytes, long stream) {
    return Result.failed(StatusCode.UNSUPPORTED);
  }

  /**
   * {@code cudaFreeAsync}; with {@link org.ccl4j.api.Capability#STREAM_ORDERED_MEMORY}.
   *
   * @param device ordinal
   * @param address what {@link #allocateOrdered} gave
   * @param stream handle; what is on it already still finds the memory
   * @return the status
   */
  default int freeOrdered(int device, long address, long stream) {
    return StatusCode.UNSUPPORTED;
  }

  /**
   * Allocates host memory that the devices copy from and to without a detour ({@code
   * cudaHostAlloc}). A runtime without the notion gives plain direct memory.
   *
   * @param device ordinal
   * @param bytes greater than 0
   * @return the memory
   */
  default Result<HostMemory> allocateHost(int device, int bytes) {
    ByteBuffer plain = ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
    return Result.of(new HostMemory(plain, 0));
  }

  /**
   * {@code cudaFreeHost}. Called when no buffer over the memory can be reached any more, which may
   * be after the backend was closed; by any thread.
   *
   * @param device ordinal
   * @param address what {@link #allocateHost} gave
   * @return the status
   */
  default int freeHost(int device, long address) {
    return StatusCode.OK;
  }

  /**
   * {@code cudaDeviceEnablePeerAccess}: lets copies and kernels of one device reach the memory of
   * another. OK where it was allowed before.
   *
   * @param device ordinal
   * @param peer another ordinal, which {@link #canAccessPeer} found reachable
   * @return the status
   */
  default int enablePeerAccess(int device, int peer) {
    return StatusCode.OK;
  }

  /**
   * {@code cudaMemcpyAsync}, host to device. Hot.
   *
   * @param device ordinal
   * @param target device address
   * @param source direct; the bytes from position to limit; neither changes; kept reachable by the
   *     backend until copied
   * @param stream handle
   * @return the status
   */
  int copyToDevice(int device, long target, ByteBuffer source, long stream);

  /**
   * {@code cudaMemcpyAsync}, device to host. Hot.
   *
   * @param device ordinal
   * @param target direct and writable; filled from position to limit; neither changes; kept
   *     reachable until copied
   * @param source device address
   * @param stream handle
   * @return the status
   */
  int copyToHost(int device, ByteBuffer target, long source, long stream);

  /**
   * {@code cudaMemcpyAsync}, device to the same device. Hot.
   *
   * @param device ordinal
   * @param target device address
   * @param source device address; does not overlap the target
   * @param bytes greater than 0
   * @param stream handle
   * @return the status
   */
  int copyOnDevice(int device, long target, long source, long bytes, long stream);

  /**
   * {@code cudaMemsetAsync}. Hot.
   *
   * @param device ordinal
   * @param target device address
   * @param value the byte
   * @param bytes greater than 0
   * @param stream handle
   * @return the status
   */
  int fill(int device, long target, byte value, long bytes, long stream);

  /**
   * {@code cudaStreamCreateWithPriority}, non-blocking.
   *
   * @param device ordinal
   * @param priority clamped to the device's range
   * @return the handle
   */
  Result<Long> createStream(int device, int priority);

  /**
   * {@code cudaStreamDestroy}: does not wait; enqueued work completes.
   *
   * @param device ordinal
   * @param stream handle
   * @return the status
   */
  int destroyStream(int device, long stream);

  /**
   * {@code cudaStreamQuery}. Hot.
   *
   * @param device ordinal
   * @param stream handle
   * @return OK when idle, {@link StatusCode#NOT_READY} when work is left
   */
  int queryStream(int device, long stream);

  /**
   * {@code cudaStreamSynchronize} with a bound. Returns early with NOT_READY when the thread is
   * interrupted, and leaves its interrupt flag set. Hot.
   *
   * @param device ordinal
   * @param stream handle
   * @param timeoutNanos the longest wait
   * @return OK when idle, {@link StatusCode#NOT_READY} when work is left
   */
  int synchronizeStream(int device, long stream, long timeoutNanos);

  /**
   * What a stream is waiting for, as far as the backend knows: for the message of a timeout.
   *
   * @param device ordinal
   * @param stream handle
   * @return text for a person, one or more lines; empty when nothing is known
   */
  default String describeStream(int device, long stream) {
    return "";
  }

  /**
   * {@code cudaEventCreateWithFlags}.
   *
   * @param device ordinal
   * @param timing whether it takes the time
   * @return the handle
   */
  Result<Long> createEvent(int device, boolean timing);

  /**
   * {@code cudaEventDestroy}: waits enqueued for it stay good.
   *
   * @param device ordinal
   * @param event handle
   * @return the status
   */
  int destroyEvent(int device, long event);

  /**
   * {@code cudaEventRecord}. Hot.
   *
   * @param device ordinal
   * @param event handle
   * @param stream handle
   * @return the status
   */
  int recordEvent(int device, long event, long stream);

  /**
   * {@code cudaStreamWaitEvent}. Hot.
   *
   * @param device ordinal of the stream
   * @param stream handle
   * @param event handle, of any device
   * @return the status
   */
  int waitEvent(int device, long stream, long event);

  /**
   * {@code cudaEventQuery}. Hot.
   *
   * @param device ordinal
   * @param event handle
   * @return OK when reached or never recorded, {@link StatusCode#NOT_READY} otherwise
   */
  int queryEvent(int device, long event);

  /**
   * {@code cudaEventSynchronize} with a bound; interrupts as with {@link #synchronizeStream}.
   *
   * @param device ordinal
   * @param event handle
   * @param timeoutNanos the longest wait
   * @return OK when reached or never recorded, {@link StatusCode#NOT_READY} otherwise
   */
  int synchronizeEvent(int device, long event, long timeoutNanos);

  /**
   * {@code cudaEventElapsedTime}.
   *
   * @param device ordinal
   * @param start a reached event with timing
   * @param end a reached event with timing
   * @return nanoseconds from start to end; {@link StatusCode#NOT_READY} when one was not reached
   */
  Result<Long> elapsedNanos(int device, long start, long end);

  /**
   * {@code cudaStreamBeginCapture}, thread-local mode; with {@link
   * org.ccl4j.api.Capability#GRAPHS}.
   *
   * @param device ordinal
   * @param stream handle
   * @return the status
   */
  default int beginCapture(int device, long stream) {
    return StatusCode.UNSUPPORTED;
  }

  /**
   * {@code cudaStreamEndCapture}: also the way to drop a capture, by destroying the graph.
   *
   * @param device ordinal
   * @param stream handle
   * @return the graph's handle
   */
  default Result<Long> endCapture(int device, long stream) {
    return Result.failed(StatusCode.UNSUPPORTED);
  }

  /**
   * {@code cudaGraphInstantiateWithFlags}.
   *
   * @param device ordinal
   * @param graph handle from {@link #endCapture}; still to be destroyed
   * @return the handle of the executable graph
   */
  default Result<Long> instantiateGraph(int device, long graph) {
    return Result.failed(StatusCode.UNSUPPORTED);
  }

  /**
   * {@code cudaGraphLaunch}. Hot.
   *
   * @param device ordinal
   * @param executable handle from {@link #instantiateGraph}
   * @param stream handle
   * @return the status
   */
  default int launchGraph(int device, long executable, long stream) {
    return StatusCode.UNSUPPORTED;
  }

  /**
   * {@code cudaGraphDestroy}.
   *
   * @param device ordinal
   * @param graph handle from {@link #endCapture}
   * @return the status
   */
  default int destroyGraph(int device, long graph) {
    return StatusCode.UNSUPPORTED;
  }

  /**
   * {@code cudaGraphExecDestroy}: launches under way complete.
   *
   * @param device ordinal
   * @param executable handle from {@link #instantiateGraph}
   * @return the status
   */
  default int destroyExecutable(int device, long executable) {
    return StatusCode.UNSUPPORTED;
  }

  /**
   * Explains a status of this interface.
   *
   * @param status any code but OK
   * @return its meaning
   */
  StatusText describe(int status);

  /**
   * Host memory of {@link #allocateHost}. The address stands for it apart from the buffer, so that
   * whoever frees it need not hold what must not be reachable then.
   *
   * @param bytes direct, in native byte order, position 0 and limit at the end
   * @param address for {@link #freeHost}
   */
  record HostMemory(ByteBuffer bytes, long address) {}
}
