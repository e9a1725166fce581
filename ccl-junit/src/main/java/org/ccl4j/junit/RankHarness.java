package org.ccl4j.junit;

import java.time.Duration;
import java.util.Set;
import org.ccl4j.api.Capability;
import org.ccl4j.api.CclSelectionException;
import org.ccl4j.api.CclUsageException;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.OpenOptions;
import org.ccl4j.bootstrap.InMemoryStore;
import org.jspecify.annotations.Nullable;
import org.opentest4j.TestAbortedException;

/**
 * Runs a body once for each rank: a thread for each rank, and for each thread a library of its own,
 * a device, a communicator of all ranks and a stream. All threads are in this JVM, or spread over a
 * {@link ProcessGroup}. Immutable; start from {@link #of(int)} and add.
 *
 * <pre>{@code
 * RankHarness.of(4).run(scope -> {
 *   try (DeviceBuffer x = scope.device().allocate(DataType.FLOAT32, 1024)) {
 *     scope.communicator().allReduce(x, x, ReduceOp.SUM, scope.stream());
 *     scope.stream().synchronize();
 *   }
 * });
 * }</pre>
 *
 * <p>All ranks are closed once all bodies have returned. When one fails, the communicators of the
 * others are aborted a moment later, so that nobody waits for the one that is gone. No thread
 * outlives the run, unless the error says so.
 */
public final class RankHarness {
  private final int ranks;
  private final OpenOptions options;
  private final Set<Capability> capabilities;
  private final int ranksPerDevice;
  private final Duration deadline;
  private final @Nullable ProcessGroup processes;

  private RankHarness(
      int ranks,
      OpenOptions options,
      Set<Capability> capabilities,
      int ranksPerDevice,
      Duration deadline,
      @Nullable ProcessGroup processes) {
    this.ranks = ranks;
    this.options = options;
    this.capabilities = Set.copyOf(capabilities);
    this.ranksPerDevice = ranksPerDevice;
    this.deadline = deadline;
    this.processes = processes;
  }

  /**
   * A run over a number of ranks, with the backend of the class path and a minute of time.
   *
   * @param ranks at least 1
   * @return the harness
   * @throws CclUsageException {@link ErrorCode#OUT_OF_RANGE} when ranks is less than 1
   */
  public static RankHarness of(int ranks) {
    if (ranks < 1) {
      throw new CclUsageException(
          ErrorCode.OUT_OF_RANGE, "ranks is " + ranks + "; allowed is 1 or more.");
    }
    return new RankHarness(ranks, OpenOptions.DEFAULT, Set.of(), 1, Duration.ofMinutes(1), null);
  }

  /**
   * This run with other options for opening the library.
   *
   * @param options backend and configuration, the same for all ranks
   * @return a new harness
   */
  public RankHarness withOptions(OpenOptions options) {
    return new RankHarness(ranks, options, capabilities, ranksPerDevice, deadline, processes);
  }

  /**
   * This run only where the library can do what the body needs.
   *
   * @param capabilities what is needed; nothing beyond the core set unless said
   * @return a new harness
   */
  public RankHarness withCapabilities(Set<Capability> capabilities) {
    return new RankHarness(ranks, options, capabilities, ranksPerDevice, deadline, processes);
  }

  /**
   * This run with several ranks on a device where there are fewer devices than ranks: rank {@code
   * r} gets device {@code r} modulo their number. Only for a library that has {@link
   * Capability#SHARED_DEVICES}.
   *
   * @param ranksPerDevice the most ranks that a device may serve; 1 unless set
   * @return a new harness
   * @throws CclUsageException {@link ErrorCode#OUT_OF_RANGE} when it is less than 1
   */
  public RankHarness withRanksPerDevice(int ranksPerDevice) {
    if (ranksPerDevice < 1) {
      throw new CclUsageException(
          ErrorCode.OUT_OF_RANGE,
          "ranksPerDevice is " + ranksPerDevice + "; allowed is 1 or more.");
    }
    return new RankHarness(ranks, options, capabilities, ranksPerDevice, deadline, processes);
  }

  /**
   * This run with another deadline.
   *
   * @param deadline how long all bodies together may take; greater than zero
   * @return a new harness
   * @throws CclUsageException {@link ErrorCode#OUT_OF_RANGE} when it is zero or negative
   */
  public RankHarness withDeadline(Duration deadline) {
    if (deadline.isZero() || deadline.isNegative()) {
      throw new CclUsageException(
          ErrorCode.OUT_OF_RANGE,
          "deadline is " + deadline + "; allowed is a length of time greater than zero.");
    }
    return new RankHarness(ranks, options, capabilities, ranksPerDevice, deadline, processes);
  }

  /**
   * This run with its ranks spread over several processes: this one runs the body on the ranks that
   * it hosts, the others on theirs. All processes of the group must make the same runs in the same
   * order. Each run begins and ends in all of them together: the failure of any rank is the failure
   * of the run in every process, and a process that does not come fails the run of the others once
   * its time is over.
   *
   * @param processes the group, and which of its processes this is
   * @return a new harness
   */
  public RankHarness withProcesses(ProcessGroup processes) {
    return new RankHarness(ranks, options, capabilities, ranksPerDevice, deadline, processes);
  }

  /**
   * Runs the body on every rank and returns when all of them have ended.
   *
   * @param body what every rank does
   * @throws RankFailedError the first failure of any rank; those of the others are attached to it
   * @throws RanksHungError when a rank had not ended by the deadline
   * @throws TestAbortedException when the library lacks a capability that is needed, when the
   *     machine has fewer devices than ranks, or when a body was aborted and none failed
   * @throws CclSelectionException when no backend can be used
   */
  public void run(RankBody body) {
    ProcessGroup group = processes;
    if (group == null) {
      group = new ProcessGroup(0, 1, new InMemoryStore());
    }
    try (RankLibraries libraries = RankLibraries.of(options)) {
      libraries.require(capabilities);
      libraries.requireDevices(ranks, ranksPerDevice);
      new RankRun(ranks, libraries, deadline, body, group).execute();
    }
  }
}
