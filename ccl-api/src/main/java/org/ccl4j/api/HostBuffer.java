package org.ccl4j.api;

import java.nio.ByteBuffer;

/**
 * Host memory that a device copies from and to without a detour ({@code cudaHostAlloc}), from
 * {@link Device#allocateHost}. Views of it go wherever a direct {@link ByteBuffer} goes, such as
 * {@link DeviceBuffer#copyFrom(ByteBuffer, Stream)}.
 *
 * <p>The memory is given back ({@code cudaFreeHost}) once this object is closed <em>and</em>
 * nothing leads to any view of it: no variable of the program, no copy that is enqueued, no graph
 * with a captured copy. So a view never becomes a wild pointer, and closing while copies are in
 * flight is safe. A program that allocates often should hold on to such memory and use it again.
 */
public interface HostBuffer extends AutoCloseable {

  /**
   * The device that copies from and to it without a detour.
   *
   * @return the handle through which it was allocated
   */
  Device device();

  /**
   * The size.
   *
   * @return bytes, 1 or more
   */
  int byteSize();

  /**
   * The memory.
   *
   * @return a view of its own for each call: direct, in the byte order of the machine, position 0
   *     and limit at the end
   * @throws CclUsageException {@link ErrorCode#CLOSED} after {@link #close()}
   */
  ByteBuffer bytes();

  /**
   * Whether {@link #close()} was called, here or by closing the device.
   *
   * @return true once closed
   */
  boolean isClosed();

  /**
   * Ends the use of this object; the memory goes when nothing leads to it any more. Never waits.
   * Idempotent.
   */
  @Override
  void close();
}
