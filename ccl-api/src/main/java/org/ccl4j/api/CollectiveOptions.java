package org.ccl4j.api;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What may be said about a single operation beyond its arguments. Immutable; keep instances and use
 * them again, so that a call allocates nothing.
 */
public final class CollectiveOptions {
  /** No deadline of its own, no label, nothing asked of the library. */
  public static final CollectiveOptions DEFAULT = new CollectiveOptions(null, "", Tuning.DEFAULT);

  private final @Nullable Duration deadline;
  private final String label;
  private final Tuning tuning;
  private final boolean hasTuning;

  private CollectiveOptions(@Nullable Duration deadline, String label, Tuning tuning) {
    this.deadline = deadline;
    this.label = label;
    this.tuning = tuning;
    hasTuning = !tuning.equals(Tuning.DEFAULT);
  }

  /**
   * These options with a deadline. If the operation has not completed this long after it was
   * issued, the communicator is aborted on this rank: waits for it fail with {@link
   * ErrorCode#OPERATION_TIMEOUT}, and later calls with {@link ErrorCode#COMMUNICATOR_FAILED} and
   * that as the cause.
   *
   * <p>The time begins with the call, in a group with its end. The first operation between two
   * ranks connects them inside the call, which can take seconds: that counts.
   *
   * <p>Not allowed while a graph is captured: a captured operation has no one time at which it is
   * issued.
   *
   * @param deadline greater than zero
   * @return new options
   * @throws CclUsageException {@link ErrorCode#OUT_OF_RANGE} when it is zero or negative
   */
  public CollectiveOptions withDeadline(Duration deadline) {
    return new CollectiveOptions(Durations.requirePositive("deadline", deadline), label, tuning);
  }

  /**
   * These options with a label that stands in error messages and reports about the operation, such
   * as a layer's name.
   *
   * @param label any text
   * @return new options
   */
  public CollectiveOptions withLabel(String label) {
    return new CollectiveOptions(deadline, Required.nonNull("label", label), tuning);
  }

  /**
   * These options with what is asked of the library for this call alone ({@code ncclCollConfig_t}).
   * All ranks must ask for the same.
   *
   * <p>Taken by {@code allReduce}, {@code broadcast}, {@code reduce}, {@code allGather}, {@code
   * reduceScatter}, {@code allToAll}, {@code gather} and {@code scatter}, with {@link
   * Capability#CALL_TUNING}. Every other operation, a library without it, and an option that the
   * library does not know refuse the call as {@link ErrorCode#UNSUPPORTED}; nothing is dropped in
   * silence.
   *
   * @param tuning of the options that {@link TuningOption} names for calls; {@link Tuning#DEFAULT}
   *     for none
   * @return new options
   */
  public CollectiveOptions withTuning(Tuning tuning) {
    return new CollectiveOptions(deadline, label, Required.nonNull("tuning", tuning));
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

  /**
   * What is asked of the library for this call.
   *
   * @return {@link Tuning#DEFAULT} when nothing is
   */
  public Tuning tuning() {
    return tuning;
  }

  /**
   * Whether something is asked of the library for this call.
   *
   * @return true when {@link #tuning()} is not that of {@link Tuning#DEFAULT}
   */
  public boolean hasTuning() {
    return hasTuning;
  }

  @Override
  public String toString() {
    return "CollectiveOptions[deadline="
        + (deadline == null ? "none" : deadline)
        + ", label='"
        + label
        + "', tuning="
        + tuning
        + "]";
  }
}
