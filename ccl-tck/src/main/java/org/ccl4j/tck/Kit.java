package org.ccl4j.tck;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.ccl4j.api.Capability;
import org.ccl4j.api.Ccl;
import org.ccl4j.api.Device;
import org.ccl4j.api.OpenOptions;
import org.ccl4j.junit.ProcessGroup;
import org.ccl4j.junit.RankHarness;
import org.jspecify.annotations.Nullable;
import org.opentest4j.TestAbortedException;

/**
 * How the rules reach the backend under test, and how far they may go. Immutable; start from {@link
 * #Kit(OpenOptions)} and add.
 */
public final class Kit {
  private final OpenOptions options;
  private final int maxWorldSize;
  private final int ranksPerDevice;
  private final long largestBuffer;
  private final Duration deadline;
  private final @Nullable ProcessGroup processes;

  /**
   * A kit without limits of its own, and with 100 seconds for each test.
   *
   * @param options how to open the backend under test
   */
  public Kit(OpenOptions options) {
    this(options, Integer.MAX_VALUE, 1, Long.MAX_VALUE, Duration.ofSeconds(100), null);
  }

  private Kit(
      OpenOptions options,
      int maxWorldSize,
      int ranksPerDevice,
      long largestBuffer,
      Duration deadline,
      @Nullable ProcessGroup processes) {
    this.options = options;
    this.maxWorldSize = maxWorldSize;
    this.ranksPerDevice = ranksPerDevice;
    this.largestBuffer = largestBuffer;
    this.deadline = deadline;
    this.processes = processes;
  }

  /**
   * This kit with a limit to the ranks.
   *
   * @param ranks the most ranks that a rule may use; rules that need more are unsupported
   * @return a new kit
   */
  public Kit withMaxWorldSize(int ranks) {
    return new Kit(options, ranks, ranksPerDevice, largestBuffer, deadline, processes);
  }

  /**
   * This kit with several ranks on a device where there are fewer devices than ranks.
   *
   * @param ranks the most ranks that a device may serve; more than 1 only for a library that has
   *     {@link Capability#SHARED_DEVICES}
   * @return a new kit
   */
  public Kit withRanksPerDevice(int ranks) {
    return new Kit(options, maxWorldSize, ranks, largestBuffer, deadline, processes);
  }

  /**
   * This kit with a limit to memory.
   *
   * @param bytes the largest buffer; rules that need a larger one are unsupported
   * @return a new kit
   */
  public Kit withLargestBuffer(long bytes) {
    return new Kit(options, maxWorldSize, ranksPerDevice, bytes, deadline, processes);
  }

  /**
   * This kit with another deadline.
   *
   * @param deadline how long the ranks of one test may take
   * @return a new kit
   */
  public Kit withDeadline(Duration deadline) {
    return new Kit(options, maxWorldSize, ranksPerDevice, largestBuffer, deadline, processes);
  }

  /**
   * This kit with the ranks of each rule spread over several processes, all of which run the same
   * rules in the same order.
   *
   * @param processes the group, and which of its processes this is
   * @return a new kit
   */
  public Kit withProcesses(ProcessGroup processes) {
    return new Kit(options, maxWorldSize, ranksPerDevice, largestBuffer, deadline, processes);
  }

  /** What one rank does. */
  @FunctionalInterface
  interface Body {
    void run(Bench bench) throws Exception;
  }

  OpenOptions options() {
    return options;
  }

  long largestBuffer() {
    return largestBuffer;
  }

  /** Runs a body on every rank. */
  void run(int ranks, Body body) {
    run(ranks, Set.of(), body);
  }

  /** As {@link #run(int, Body)}, where the library can do something. */
  void run(int ranks, Capability needed, Body body) {
    run(ranks, Set.of(needed), body);
  }

  /** As {@link #run(int, Body)}, where the library can do several things. */
  void run(int ranks, Set<Capability> needed, Body body) {
    if (ranks > maxWorldSize) {
      throw unsupported(ranks + " ranks are needed, the limit is " + maxWorldSize);
    }
    RankHarness harness =
        RankHarness.of(ranks)
            .withOptions(options)
            .withCapabilities(needed)
            .withRanksPerDevice(ranksPerDevice)
            .withDeadline(deadline);
    (processes == null ? harness : harness.withProcesses(processes))
        .run(
            scope -> {
              try (Bench bench = new Bench(scope)) {
                body.run(bench);
              }
            });
  }

  /** What one thread does that has the library to itself. */
  @FunctionalInterface
  interface LoneBody {
    void run(Ccl ccl, List<Device> devices) throws Exception;
  }

  /** Runs a body once, for rules in which one thread drives the devices of several ranks. */
  void runAlone(int ranks, LoneBody body) {
    // Rank 0 of as many ranks as are needed, so that there are devices for them.
    run(
        ranks,
        bench -> {
          if (bench.rank() == 0) {
            Ccl ccl = bench.ccl();
            List<Device> devices = new ArrayList<>();
            for (int rank = 0; rank < ranks; rank++) {
              devices.add(ccl.device(rank % ccl.deviceCount()));
            }
            body.run(ccl, devices);
          }
        });
  }

  /** What ends a rule that cannot be tested here; the reason's first word is part of the format. */
  static TestAbortedException unsupported(String reason) {
    return new TestAbortedException("unsupported: " + reason);
  }
}
