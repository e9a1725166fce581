package org.ccl4j.api;

import java.time.Duration;

/**
 * A queue of work on a device: what is enqueued runs in order, asynchronously to the thread that
 * enqueues ({@code cudaStream_t}). Work on different streams has no order unless an {@link Event}
 * gives it one.
 *
 * <p>Several threads may enqueue on one stream; their work then interleaves in some order.
 */
public interface Stream extends AutoCloseable {

  /**
   * The device of the stream.
   *
   * @return the handle through which it was opened
   */
  Device device();

  /**
   * The native handle, for libraries that take a {@code cudaStream_t}.
   *
   * @return the handle; 0 may be a valid one
   */
  long handle();

  /**
   * Whether all work enqueued so far has completed ({@code cudaStreamQuery}). Never waits.
   *
   * @return true when the stream is idle
   * @throws CclException when a communicator used on this stream has failed
   */
  boolean isIdle();

  /**
   * Waits until all work enqueued so far has completed ({@code cudaStreamSynchronize}, but
   * bounded).
   *
   * @param timeout the longest wait, greater than zero
   * @throws CclTimeoutException {@link ErrorCode#WAIT_TIMEOUT} when work is left by then; it stays
   *     enqueued, and the message says what the stream waits for. {@link ErrorCode#INTERRUPTED}
   *     when the thread is interrupted
   * @throws CclException when a communicator used on this stream has failed
   * @throws CclUsageException {@link ErrorCode#ILLEGAL_STATE} while this stream is captured, or
   *     inside a group
   */
  void synchronize(Duration timeout);

  /**
   * Waits at most as long as the configuration key {@code ccl.wait.timeout} says; otherwise as
   * {@link #synchronize(Duration)}.
   */
  void synchronize();

  /**
   * Records an event: it completes when the stream reaches this point ({@code cudaEventRecord}).
   * Recording again gives the event a new meaning; waits that were enqueued before keep the old
   * one.
   *
   * @param event an event of the same device
   */
  void record(Event event);

  /**
   * Makes everything that is enqueued after this wait for the event's newest record ({@code
   * cudaStreamWaitEvent}). An event that was never recorded counts as complete. The calling thread
   * does not wait.
   *
   * @param event an event of any device of the same {@link Ccl}
   */
  void waitFor(Event event);

  /**
   * Captures what the body enqueues on this stream into a graph, and runs none of it now ({@code
   * cudaStreamBeginCapture}, {@code cudaStreamEndCapture}, {@code cudaGraphInstantiate}). Another
   * stream joins the capture by waiting for an event recorded on this one, and must be joined back
   * the same way before the body ends. If the body throws, the capture is dropped and the exception
   * rises from here.
   *
   * @param body enqueues work; it must not wait for a captured stream
   * @return the graph; close it
   * @throws CclUsageException {@link ErrorCode#ILLEGAL_STATE} when the stream captures already,
   *     when the body waits for it, or when a joined stream was not joined back
   */
  Graph capture(Runnable body);

  /**
   * Destroys the stream once its work is done ({@code cudaStreamDestroy}); the calling thread does
   * not wait. Idempotent. Graphs captured from it stay valid.
   */
  @Override
  void close();
}
