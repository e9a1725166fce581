package org.ccl4j.api;

/**
 * A buffer that a communicator knows ({@code ncclCommRegister}), so that its operations may use the
 * memory without copying it first. Made by {@link Communicator#register}.
 *
 * <p>It closes with its communicator and with its buffer, before either.
 */
public interface Registration extends AutoCloseable {

  /**
   * The buffer.
   *
   * @return what was registered
   */
  DeviceBuffer buffer();

  /**
   * Whether {@link #close()} was called, here or by closing the communicator or the buffer.
   *
   * @return true once closed
   */
  boolean isClosed();

  /**
   * Ends the registration ({@code ncclCommDeregister}). Local to this rank, idempotent. The
   * operations that use the memory must have completed, so synchronize their streams before, and
   * graphs that were captured meanwhile must not be launched any more. Closing the communicator
   * sees to both by itself.
   */
  @Override
  void close();
}
