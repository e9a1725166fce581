package org.ccl4j.tools;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.ccl4j.api.OpenOptions;
import org.ccl4j.junit.ProcessGroup;
import org.ccl4j.tck.CclConformance;
import org.jspecify.annotations.Nullable;

/** The conformance kit for the backend that was picked on the command line. */
final class SelectedBackend extends CclConformance {
  /** JUnit makes the instances, so what they need cannot be handed to them. */
  private static final AtomicReference<@Nullable Target> TARGET = new AtomicReference<>();

  /** Called by JUnit. */
  SelectedBackend() {}

  /**
   * What to run the rules on.
   *
   * @param options how to open the backend
   * @param maxRanks the most ranks that a rule may use
   * @param ranksPerDevice the most ranks that a device may serve
   * @param largestBuffer the largest buffer in bytes that a rule may allocate
   * @param processes over which the ranks are spread; empty for this one alone
   */
  record Target(
      OpenOptions options,
      int maxRanks,
      int ranksPerDevice,
      long largestBuffer,
      Optional<ProcessGroup> processes) {}

  static void use(Target target) {
    TARGET.set(target);
  }

  private static Target target() {
    Target target = TARGET.get();
    if (target == null) {
      throw new IllegalStateException("no backend was picked");
    }
    return target;
  }

  @Override
  protected OpenOptions options() {
    return target().options();
  }

  @Override
  protected int maxWorldSize() {
    return target().maxRanks();
  }

  @Override
  protected int ranksPerDevice() {
    return target().ranksPerDevice();
  }

  @Override
  protected long largestBuffer() {
    return target().largestBuffer();
  }

  @Override
  protected Optional<ProcessGroup> processes() {
    return target().processes();
  }
}
