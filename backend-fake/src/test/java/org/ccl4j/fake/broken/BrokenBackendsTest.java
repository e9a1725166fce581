package org.ccl4j.fake.broken;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.ccl4j.api.OpenOptions;
import org.ccl4j.fake.OtherServices;
import org.ccl4j.tck.AllReduceRules;
import org.ccl4j.tck.AllToAllRules;
import org.ccl4j.tck.BiasRules;
import org.ccl4j.tck.CclConformance;
import org.ccl4j.tck.CloseRules;
import org.ccl4j.tck.ConformanceRules;
import org.ccl4j.tck.ConnectRules;
import org.ccl4j.tck.GatherScatterRules;
import org.ccl4j.tck.GraphRules;
import org.ccl4j.tck.GroupRules;
import org.ccl4j.tck.GrowRules;
import org.ccl4j.tck.Kit;
import org.ccl4j.tck.MemoryKindRules;
import org.ccl4j.tck.NumberRules;
import org.ccl4j.tck.OneSidedRules;
import org.ccl4j.tck.PointToPointRules;
import org.ccl4j.tck.PreMulSumRules;
import org.ccl4j.tck.RegistrationRules;
import org.ccl4j.tck.RevokeRules;
import org.ccl4j.tck.RootedRules;
import org.ccl4j.tck.ShrinkRules;
import org.ccl4j.tck.SplitRules;
import org.ccl4j.tck.StreamRules;
import org.ccl4j.tck.ThreadRules;
import org.ccl4j.tck.TuningRules;
import org.ccl4j.tck.VariableCountRules;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.platform.engine.FilterResult;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.TestExecutionResult.Status;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.PostDiscoveryFilter;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/**
 * Runs rules of the kit on broken backends: each must fail there, and pass on the wrapper alone.
 * Several at a time, because ranks whose peer has failed mostly wait until they are given up.
 */
@Tag("again")
class BrokenBackendsTest {

  /** Areas on the broken backend that {@link #FAULT} says; the launcher makes the instances. */
  interface OnBroken extends ConformanceRules {
    @Override
    default Kit kit() {
      return new Kit(broken(FAULT.get()))
          .withMaxWorldSize(4)
          .withLargestBuffer(1 << 24)
          .withDeadline(Duration.ofSeconds(10));
    }
  }

  static final class AllReduce implements OnBroken, AllReduceRules {}

  static final class AllToAll implements OnBroken, AllToAllRules {}

  static final class Biases implements OnBroken, BiasRules {}

  static final class Close implements OnBroken, CloseRules {}

  static final class Connect implements OnBroken, ConnectRules {}

  static final class GatherScatter implements OnBroken, GatherScatterRules {}

  static final class Graphs implements OnBroken, GraphRules {}

  static final class Groups implements OnBroken, GroupRules {}

  static final class MemoryKinds implements OnBroken, MemoryKindRules {}

  static final class Numbers implements OnBroken, NumberRules {}

  static final class OneSided implements OnBroken, OneSidedRules {}

  static final class PointToPoint implements OnBroken, PointToPointRules {}

  static final class Registrations implements OnBroken, RegistrationRules {}

  static final class Scalars implements OnBroken, PreMulSumRules {}

  static final class Varied implements OnBroken, VariableCountRules {}

  static final class Rooted implements OnBroken, RootedRules {}

  static final class Revocation implements OnBroken, RevokeRules {}

  static final class Growth implements OnBroken, GrowRules {}

  static final class Shrinking implements OnBroken, ShrinkRules {}

  static final class Tunings implements OnBroken, TuningRules {}

  static final class Splits implements OnBroken, SplitRules {}

  static final class Streams implements OnBroken, StreamRules {}

  static final class Threads implements OnBroken, ThreadRules {}

  /** The whole kit on the wrapper alone. */
  static final class Everything extends CclConformance {
    @Override
    protected OpenOptions options() {
      return broken(Fault.NONE);
    }

    @Override
    protected int maxWorldSize() {
      return 4;
    }

    @Override
    protected long largestBuffer() {
      return 1 << 24;
    }
  }

  /** Of the test that runs on a thread, with all rules that it launches. */
  private static final ThreadLocal<Fault> FAULT = ThreadLocal.withInitial(() -> Fault.NONE);

  private static OpenOptions broken(Fault which) {
    return OpenOptions.DEFAULT
        .withClassLoader(new OtherServices("broken"))
        .withBackend(BrokenBackendProvider.ID)
        .with(Fault.key(), which.name());
  }

  /** What became of some rules of the kit. */
  private record Outcome(Set<String> failed, Set<String> passed) {}

  private static Outcome run(Class<?> area, Set<String> rules) {
    Set<String> failed = new TreeSet<>();
    Set<String> passed = new TreeSet<>();
    LauncherDiscoveryRequest request =
        LauncherDiscoveryRequestBuilder.request()
            .selectors(selectClass(area))
            .filters(
                (PostDiscoveryFilter)
                    found ->
                        FilterResult.includedIf(
                            !(found.getSource().orElse(null) instanceof MethodSource method)
                                || rules.contains(rule(method))))
            .build();
    LauncherFactory.create()
        .execute(
            request,
            new TestExecutionListener() {
              @Override
              public void executionFinished(TestIdentifier test, TestExecutionResult result) {
                if (test.getSource().orElse(null) instanceof MethodSource method) {
                  // Aborted is what wants more ranks than there are.
                  if (result.getStatus() != Status.ABORTED) {
                    (result.getStatus() == Status.FAILED ? failed : passed).add(rule(method));
                  }
                }
              }
            });
    passed.removeAll(failed);
    return new Outcome(failed, passed);
  }

  private static String rule(MethodSource method) {
    return method.getMethodName().substring(0, "rule_00_00".length());
  }

  /** Every rule that catches something passes where the wrapper breaks nothing. */
  @Test
  void wrappingAloneIsNotCaught() throws NoSuchMethodException {
    Set<String> rules =
        Stream.of(
                BrokenBackendsTest.class
                    .getDeclaredMethod("eachFaultIsCaught", Fault.class, String.class, String.class)
                    .getAnnotation(CsvSource.class)
                    .value())
            .map(row -> row.substring(row.indexOf("rule_")))
            .collect(Collectors.toCollection(TreeSet::new));
    FAULT.remove();

    assertEquals(new Outcome(Set.of(), rules), run(Everything.class, rules));
  }

  @Execution(ExecutionMode.CONCURRENT)
  @ParameterizedTest(name = "{0} is caught by {2}")
  @CsvSource({
    "WRONG_SUM, AllReduce, rule_03_01",
    "WRITES_BEYOND, AllReduce, rule_03_03",
    "SWAPPED_RANKS, GatherScatter, rule_05_01",
    "WRONG_IN_PLACE_PART, GatherScatter, rule_05_01",
    "UNWRITTEN_ELEMENT, Rooted, rule_04_01",
    "IGNORES_ROOT, Rooted, rule_04_02",
    "IGNORES_ROOT, Rooted, rule_04_04",
    "IGNORES_STREAM_ORDER, Streams, rule_15_01",
    "IGNORES_EVENTS, Streams, rule_15_03",
    "IGNORES_SCALAR, Scalars, rule_10_01",
    "IGNORES_SCALAR, Scalars, rule_10_02",
    "DESTROYS_TWICE, Close, rule_13_01",
    "SECOND_CLOSE_FAILS, Close, rule_13_01",
    "SHIFTED_PARTS, AllToAll, rule_06_01",
    "WRONG_PEER, PointToPoint, rule_07_01",
    "SAME_UNIQUE_ID, Connect, rule_01_01",
    "IGNORES_KEYS, Splits, rule_12_02",
    "LAUNCHES_ONCE, Graphs, rule_16_03",
    "FORGETS_TO_DIVIDE, Numbers, rule_09_10",
    "LAUNCHES_HALF_A_GROUP, Groups, rule_11_05",
    "QUEUES_THREADS, Threads, rule_14_01",
    "MISALIGNED_MEMORY, MemoryKinds, rule_21_04",
    "REUSES_HOST_MEMORY, MemoryKinds, rule_21_06",
    "TAKES_WINDOWS_ALONE, Registrations, rule_22_07",
    "IGNORES_OFFSET, OneSided, rule_23_01",
    "IGNORES_SIGNALS, OneSided, rule_23_02",
    "COUNTS_ONE_RAISE, OneSided, rule_23_03",
    "HIDES_SIGNALS, OneSided, rule_23_10",
    "INVENTS_SIGNALS, OneSided, rule_23_11",
    "MIXES_SIGNALS, OneSided, rule_23_11",
    "NUMBERS_BACKWARDS, Shrinking, rule_19_01",
    "NUMBERS_BACKWARDS, Growth, rule_20_01",
    "ABORTS_CHILDREN, Shrinking, rule_19_04",
    "REVOKES_NOTHING, Revocation, rule_24_01",
    "SUSPENDS_ALONE, Revocation, rule_24_07",
    "HIDES_SUSPENSION, Revocation, rule_24_06",
    "KNOWS_NO_OPTION, Tunings, rule_25_01",
    "RUNS_ESTIMATES, Tunings, rule_25_04",
    "KNOWS_NO_OPTION_OF_CALLS, Tunings, rule_25_08",
    "SKIPS_TUNED_CALLS, Tunings, rule_25_09",
    "IGNORES_TUNED_ROOTS, Tunings, rule_25_09",
    "HIDES_PARAMETERS, Tunings, rule_25_06",
    "CLOSES_GAPS, Varied, rule_08_01",
    "KEEPS_ARRAYS, Varied, rule_08_08",
    "LAUNCHES_ONCE, Varied, rule_08_09",
    "SPOILS_LONG_PARTS, Varied, rule_08_10",
    "IGNORES_BIAS, Biases, rule_26_01",
    "FORGETS_TO_DIVIDE, Biases, rule_26_02",
    "IGNORES_SCALAR, Biases, rule_26_03",
    "IGNORES_LONG_BIAS, Biases, rule_26_04",
    "WRITES_BEYOND, Biases, rule_26_05",
    "ALIGNS_BIAS, Biases, rule_26_06",
    "FORGETS_SECOND_BIAS, Biases, rule_26_07",
    "LAUNCHES_ONCE, Biases, rule_26_08",
    "SWALLOWS_REFUSALS, Biases, rule_26_09",
  })
  void eachFaultIsCaught(Fault which, String area, String rule) throws ClassNotFoundException {
    FAULT.set(which);
    Class<?> rules = Class.forName(BrokenBackendsTest.class.getName() + "$" + area);
    assertEquals(
        new Outcome(Set.of(rule), Set.of()),
        run(Objects.requireNonNull(rules), Set.of(rule)),
        which + " in " + area);
  }
}
