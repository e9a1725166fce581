package org.ccl4j.api;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What may be said about a single operation beyond its arguments. Immutable; keep instances and use
 * them again, so that a call allocates nothing.
 */
public final class CollectiveOptions {
  /** No deadline of its own, no label. */
  public static final CollectiveOptions DEFAULT = new CollectiveOptions(null, "");

  private final @Nullable Duration deadline;
  private final String label;

  private CollectiveOptions(@Nullable Duration deadline, String label) {
    this.deadline = deadline;
    this.label = label;
  }

  /**
   * These options with a deadline. If the operation has not completed this long after it was
   * issued, the communicator is aborted on this rank: waits for it fail with {@link
   * ErrorCode#OPERATION_TIMEOUT}, and later calls with {@link ErrorCode#COMMUNICATOR_FAILED} and
   * that as the cause.
   *
   * <p>Not allowed while a graph is captured: a captured operation has no one time at which it is
   * issued.
   *
   * @param deadline greater than zero
   * @return new options
   * @throws CclUsageException {@link ErrorCode#OUT_OF_RANGE} when it is zero or negative
   */
  public CollectiveOptions withDeadline(Duration deadline) {
    return new CollectiveOptions(Durations.requirePositive("deadline", deadline), label);
  }

  /**
   * These options with a label that stands in error messages and reports about the operation, such
   * as a layer's name.
   *
   * @param label any text
   * @return new options
   */
  public CollectiveOptions withLabel(String label) {
    return new CollectiveOptions(deadline, Required.nonNull("label", label));
  }

  /**
   * The operation's own deadline.
   *
   * @return empty when it has none
   */
  public Optional<Duration> deadline() {
    return Optional.ofNullable(deadline);
  }

  /**
   * Whether the operation has a deadline of its own; the form of the question that allocates
   * nothing.
   *
   * @return true when {@link #deadline()} is present
   */
  public boolean hasDeadline() {
    return deadline != null;
  }

  /**
   * The operation's label.
   *
   * @return empty when it has none
   */
  public String label() {
    return label;
  }

  @Override
  public String toString() {
    return "CollectiveOptions[deadline="
        + (deadline == null ? "none" : deadline)
        + ", label='"
        + label
        + "']";
  }
}
