package org.ccl4j.api;

import java.util.Set;

/**
 * This rank's end of memory that all ranks of a communicator reach ({@code ncclWindow_t}). Made by
 * {@link Communicator#registerWindow} on all ranks together, with the same size on each; in a call
 * such as {@link Communicator#putSignal} it stands for the peer's memory of the same registration.
 *
 * <p>It closes with its communicator and with its buffer, before either. Graphs with operations on
 * it close with it.
 */
public interface Window extends AutoCloseable {

  /**
   * This rank's memory.
   *
   * @return the buffer that was registered
   */
  DeviceBuffer buffer();

  /**
   * The size, which is that of every rank's memory.
   *
   * @return bytes, 1 or more
   */
  long byteSize();

  /**
   * What was asked of it.
   *
   * @return the options; immutable
   */
  Set<WindowOption> options();

  /**
   * The native handle ({@code ncclWindow_t}).
   *
   * @return the handle
   */
  long handle();

  /**
   * Whether {@link #close()} was called, here or by closing the communicator or the buffer.
   *
   * @return true once closed
   */
  boolean isClosed();

  /**
   * Ends this rank's end ({@code ncclCommWindowDeregister}). Local and idempotent, but the
   * operations that use the memory must have completed, those of the other ranks included: a
   * barrier and a synchronized stream see to that.
   */
  @Override
  void close();
}
