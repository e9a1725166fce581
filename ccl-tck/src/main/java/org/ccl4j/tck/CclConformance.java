package org.ccl4j.tck;

import java.util.Optional;
import org.ccl4j.api.OpenOptions;
import org.ccl4j.junit.ProcessGroup;
import org.junit.jupiter.api.DisplayNameGeneration;

/**
 * All rules of docs/spec.md. A backend conforms when a subclass like this passes:
 *
 * <pre>{@code
 * class MyBackendConformanceTest extends CclConformance {
 *   @Override
 *   protected OpenOptions options() {
 *     return OpenOptions.DEFAULT.withBackend("my/backend");
 *   }
 * }
 * }</pre>
 *
 * <p>A rule that the machine or the library cannot be asked about (too few devices, too little
 * memory, a capability that is missing) is aborted with a reason that starts with {@code
 * unsupported:}.
 */
@DisplayNameGeneration(RuleNames.class)
public abstract class CclConformance
    implements ConnectRules,
        ArgumentRules,
        AllReduceRules,
        RootedRules,
        GatherScatterRules,
        AllToAllRules,
        PointToPointRules,
        VariableCountRules,
        NumberRules,
        PreMulSumRules,
        GroupRules,
        SplitRules,
        CloseRules,
        ThreadRules,
        StreamRules,
        GraphRules,
        DeterminismRules,
        BufferRules,
        ShrinkRules,
        GrowRules,
        MemoryKindRules,
        RegistrationRules,
        OneSidedRules,
        RevokeRules,
        TuningRules,
        BiasRules {

  /** For subclasses. */
  protected CclConformance() {}

  /**
   * How to open the backend under test.
   *
   * @return options that every rank opens its library with
   */
  protected abstract OpenOptions options();

  /**
   * The most ranks that a rule may use.
   *
   * @return no limit but the devices of the machine, unless overridden
   */
  protected int maxWorldSize() {
    return Integer.MAX_VALUE;
  }

  /**
   * How many ranks a device may serve where there are fewer devices than ranks.
   *
   * @return 1 unless overridden; more only for a library that has {@link
   *     org.ccl4j.api.Capability#SHARED_DEVICES}
   */
  protected int ranksPerDevice() {
    return 1;
  }

  /**
   * The largest buffer that a rule may allocate.
   *
   * @return bytes; no limit but the free memory of the device, unless overridden
   */
  protected long largestBuffer() {
    return Long.MAX_VALUE;
  }

  /**
   * The processes that run these rules together, each with its share of the ranks.
   *
   * @return empty, for all ranks in this process, unless overridden
   */
  protected Optional<ProcessGroup> processes() {
    return Optional.empty();
  }

  @Override
  public final Kit kit() {
    Kit kit =
        new Kit(options())
            .withMaxWorldSize(maxWorldSize())
            .withRanksPerDevice(ranksPerDevice())
            .withLargestBuffer(largestBuffer());
    return processes().map(kit::withProcesses).orElse(kit);
  }
}
