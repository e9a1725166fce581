package org.ccl4j.api;

import java.time.Duration;

/** A point in a stream's work that can be waited for ({@code cudaEvent_t}). */
public interface Event extends AutoCloseable {

  /**
   * The device of the event.
   *
   * @return the handle through which it was made
   */
  Device device();

  /**
   * The native handle.
   *
   * @return the handle
   */
  long handle();

  /**
   * Whether the newest record has been reached ({@code cudaEventQuery}). Never waits.
   *
   * @return true also when the event was never recorded
   */
  boolean isComplete();

  /**
   * Waits until the newest record has been reached ({@code cudaEventSynchronize}, but bounded).
   *
   * @param timeout the longest wait, greater than zero
   * @throws CclTimeoutException {@link ErrorCode#WAIT_TIMEOUT} when it was not reached by then,
   *     {@link ErrorCode#INTERRUPTED} when the thread is interrupted
   */
  void synchronize(Duration timeout);

  /**
   * The time between two reached records ({@code cudaEventElapsedTime}).
   *
   * @param start an event made by {@link Device#newTimingEvent()}, as this one
   * @return the time from {@code start} to this event; negative when this one came first
   * @throws CclUsageException {@link ErrorCode#ILLEGAL_STATE} when one of them takes no time, was
   *     never recorded or has not been reached yet
   */
  Duration elapsedSince(Event start);

  /**
   * Destroys the event ({@code cudaEventDestroy}). Waits that were enqueued for it stay good.
   * Idempotent.
   */
  @Override
  void close();
}
