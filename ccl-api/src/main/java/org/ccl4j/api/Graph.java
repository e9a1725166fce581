package org.ccl4j.api;

/**
 * Captured work that can be launched again and again at the cost of one call ({@code
 * cudaGraphExec_t}).
 *
 * <p>A graph reads and writes the memory whose addresses it captured: keep those buffers open. It
 * knows the communicators captured in it and dies before them: closing a communicator closes its
 * graphs first, because the library otherwise waits for ever for them to go.
 */
public interface Graph extends AutoCloseable {

  /**
   * Enqueues the captured work on a stream ({@code cudaGraphLaunch}). Where it holds collectives,
   * <b>all their ranks must launch</b> their graphs the same number of times and in the same order
   * relative to other operations of the communicators.
   *
   * @param stream a stream of the device the graph was captured on; not necessarily the same stream
   * @throws CclUsageException {@link ErrorCode#CLOSED} when the graph or a communicator in it was
   *     closed
   */
  void launch(Stream stream);

  /**
   * Whether {@link #close()} was called, here or by closing a communicator captured in it.
   *
   * @return true once closed
   */
  boolean isClosed();

  /**
   * Destroys the graph ({@code cudaGraphExecDestroy}); launches that are under way complete. Local,
   * idempotent.
   */
  @Override
  void close();
}
