package org.ccl4j.junit;

import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.ccl4j.api.Capability;
import org.ccl4j.api.Ccl;
import org.ccl4j.api.CclException;
import org.ccl4j.api.CclSelectionException;
import org.ccl4j.api.OpenOptions;
import org.jspecify.annotations.Nullable;
import org.opentest4j.TestAbortedException;

/**
 * The libraries of the ranks of this process. One is opened before any rank starts, to be asked
 * what it has: the ranks that find what they need would otherwise wait for those that do not. A
 * rank takes it over, and the others open theirs by the name of its backend, so that a run looks
 * for all backends at most once.
 */
final class RankLibraries implements AutoCloseable {
  /** The number of devices of the simulated backend; backend-fake declares it. */
  private static final String FAKE_DEVICES = "ccl.fake.devices";

  private OpenOptions options; // unchanged once ranks have started
  private final AtomicReference<@Nullable Ccl> first;

  private RankLibraries(OpenOptions options, @Nullable Ccl first) {
    this.options = options;
    this.first = new AtomicReference<>(first);
  }

  /**
   * Opens the first.
   *
   * @throws CclSelectionException when no backend can be used
   */
  static RankLibraries of(OpenOptions options) {
    try {
      Ccl first = Ccl.open(options);
      return new RankLibraries(options.withBackend(first.backend().id()), first);
    } catch (CclSelectionException e) {
      throw e;
    } catch (CclException e) {
      // The ranks come to the same, and then it is a failure that has a rank.
      return new RankLibraries(options, null);
    }
  }

  /**
   * Checks what the library can do.
   *
   * @throws TestAbortedException when something is missing
   */
  void require(Set<Capability> capabilities) {
    Ccl asked = first.get();
    if (asked == null) {
      return;
    }
    Set<Capability> lacking = new TreeSet<>(capabilities);
    lacking.removeAll(asked.backend().capabilities());
    if (!lacking.isEmpty()) {
      throw new TestAbortedException(
          "unsupported: the library lacks "
              + lacking.stream().map(Capability::name).collect(Collectors.joining(", ")));
    }
  }

  /**
   * Checks for devices for all ranks. A simulation is asked for one for each.
   *
   * @param perDevice the most ranks that a device may serve
   * @throws TestAbortedException when there are fewer
   */
  void requireDevices(int ranks, int perDevice) {
    Ccl asked = first.get();
    if (asked == null || (long) asked.deviceCount() * perDevice >= ranks) {
      return;
    }
    if (!asked.backend().simulated()) {
      throw new TestAbortedException(
          "unsupported: "
              + ((ranks - 1) / perDevice + 1)
              + " devices are needed, "
              + asked.backend().id()
              + " has "
              + asked.deviceCount());
    }
    options = options.with(FAKE_DEVICES, Integer.toString(ranks));
    close();
  }

  /** For one rank, which closes it. */
  Ccl open() {
    Ccl ready = first.getAndSet(null);
    return ready == null ? Ccl.open(options) : ready;
  }

  /** Closes what no rank has taken. */
  @Override
  public void close() {
    Ccl left = first.getAndSet(null);
    if (left != null) {
      left.close();
    }
  }
}
