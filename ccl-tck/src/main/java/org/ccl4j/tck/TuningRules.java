package org.ccl4j.tck;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.ccl4j.api.Capability;
import org.ccl4j.api.CclException;
import org.ccl4j.api.Communicator;
import org.ccl4j.api.ConnectOptions;
import org.ccl4j.api.DataType;
import org.ccl4j.api.DeviceBuffer;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.RankContext;
import org.ccl4j.api.ReduceOp;
import org.ccl4j.api.Tuning;
import org.ccl4j.api.TuningOption;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

/** Area 25: tuning, estimates and parameters. */
@SuppressWarnings("MemberName") // the rule's number leads each name
public interface TuningRules extends ConformanceRules {

  private static ConnectOptions asking(Tuning tuning) {
    return ConnectOptions.DEFAULT.withTuning(tuning);
  }

  /** Rule 25.1. */
  @Test
  default void rule_25_01_options_are_followed_or_refused_by_name() {
    kit()
        .run(
            1,
            bench -> {
              int accepted = 0;
              for (TuningOption option : TuningOption.values()) {
                if (option != TuningOption.NETWORK) {
                  accepted += accepts(bench, option) ? 1 : 0;
                }
              }
              boolean can = bench.ccl().backend().can(Capability.TUNING);
              Assertions.assertEquals(can, accepted > 0, "TUNING, and some option is accepted");
              bench.checkUsable("options were tried");
            });
  }

  private static boolean accepts(Bench bench, TuningOption option) {
    Tuning tuning = Tuning.DEFAULT.with(option, option.lowest());
    if (option == TuningOption.MIN_CTAS) {
      tuning = tuning.with(TuningOption.MAX_CTAS, 4);
    }
    Communicator comm;
    try {
      comm = bench.ccl().connectAll(List.of(bench.device()), asking(tuning)).get(0);
    } catch (CclException e) {
      Assertions.assertEquals(ErrorCode.UNSUPPORTED, e.code(), e.toString());
      Assertions.assertTrue(
          String.valueOf(e.getMessage()).contains(option.name()), "names it: " + e.getMessage());
      return false;
    }
    bench.checkUsable(comm, "asking for " + tuning);
    comm.close();
    return true;
  }

  /** Rule 25.2. */
  @Test
  default void rule_25_02_ranks_that_ask_for_different_things_are_refused() {
    kit()
        .run(
            2,
            Capability.TUNING,
            bench -> {
              Tuning tuning = Tuning.DEFAULT.with(TuningOption.MAX_CTAS, 1 + bench.rank());
              CclException differ =
                  Refused.with(
                      ErrorCode.RANKS_DIFFER,
                      "connecting with " + tuning,
                      () ->
                          bench
                              .ccl()
                              .connect(
                                  bench.device(),
                                  RankContext.of(bench.rank(), 2, bench.store("tuning")),
                                  asking(tuning)));
              Assertions.assertTrue(
                  String.valueOf(differ.getMessage()).contains("rank 1"),
                  "the message names rank 1: " + differ.getMessage());
              try (Communicator same =
                  bench.another(asking(Tuning.DEFAULT.with(TuningOption.MAX_CTAS, 4)))) {
                bench.checkUsable(same, "asking for the same on all ranks");
              }
            });
  }

  /** Rule 25.3. */
  @Test
  default void rule_25_03_values_that_make_no_sense_are_refused() {
    kit()
        .run(
            1,
            Capability.TUNING,
            bench -> {
              Refused.asUsage(
                  ErrorCode.OUT_OF_RANGE,
                  "a negative value",
                  () -> Tuning.DEFAULT.with(TuningOption.MAX_CTAS, -1));
              Refused.asUsage(
                  ErrorCode.INVALID_ARGUMENT,
                  "a network by number",
                  () -> Tuning.DEFAULT.with(TuningOption.NETWORK, 0));
              Tuning crossed =
                  Tuning.DEFAULT.with(TuningOption.MIN_CTAS, 4).with(TuningOption.MAX_CTAS, 2);
              Refused.asUsage(
                  ErrorCode.INVALID_ARGUMENT,
                  "a minimum above the maximum",
                  () -> bench.ccl().connectAll(List.of(bench.device()), asking(crossed)));
              bench.checkUsable("values were refused");
            });
  }

  /** Rule 25.4. */
  @Test
  default void rule_25_04_estimates_run_nothing() {
    kit()
        .run(
            2,
            Capability.SIMULATE,
            bench -> {
              DeviceBuffer x = bench.cells(DataType.INT32, 1000).buffer();
              Duration estimate =
                  bench
                      .ccl()
                      .simulate(() -> bench.comm().allReduce(x, x, ReduceOp.SUM, bench.stream()));
              Assertions.assertTrue(
                  estimate.compareTo(Duration.ZERO) > 0, "the estimate is " + estimate);
              Assertions.assertEquals(
                  Duration.ZERO, bench.ccl().simulate(() -> {}), "the estimate of nothing");
              bench.check("an estimate, which runs nothing");
              bench.checkUsable("an estimate");
            });
  }

  /** Rule 25.5. */
  @Test
  default void rule_25_05_estimates_check_like_groups() {
    kit()
        .run(
            1,
            Capability.SIMULATE,
            bench -> {
              DeviceBuffer x = bench.cells(DataType.INT32, 10).buffer();
              DeviceBuffer other = bench.cells(DataType.FLOAT32, 10).buffer();
              Refused.asUsage(
                  ErrorCode.TYPE_MISMATCH,
                  "a call with a wrong argument",
                  () ->
                      bench
                          .ccl()
                          .simulate(
                              () -> {
                                bench.comm().allReduce(x, x, ReduceOp.SUM, bench.stream());
                                bench.comm().allReduce(x, other, ReduceOp.SUM, bench.stream());
                              }));
              Refused.asUsage(
                  ErrorCode.ILLEGAL_STATE,
                  "an estimate inside a group",
                  () -> bench.ccl().group(() -> bench.ccl().simulate(() -> {})));
              bench.check("nothing was launched");
              bench.checkUsable("estimates were refused");
            });
  }

  /** Rule 25.6. */
  @Test
  default void rule_25_06_parameters_have_names_and_values() {
    kit()
        .run(
            1,
            Capability.PARAMETERS,
            bench -> {
              Map<String, String> parameters = bench.ccl().parameters();
              Assertions.assertFalse(parameters.isEmpty(), "there is no parameter");
              parameters.forEach(
                  (key, value) -> {
                    Assertions.assertFalse(key.isBlank(), "a parameter has no name");
                    Assertions.assertNotNull(value, "value of " + key);
                  });
              Assertions.assertThrows(
                  UnsupportedOperationException.class, () -> parameters.put("x", "y"));
              bench.checkUsable("the parameters were read");
            });
  }

  /** Rule 25.7. */
  @Test
  default void rule_25_07_what_the_library_lacks_is_refused_by_name() {
    kit()
        .run(
            1,
            bench -> {
              lacking(bench, Capability.GROW, () -> bench.comm().newGrowthId());
              lacking(bench, Capability.REVOKE, () -> bench.comm().revoke());
              lacking(bench, Capability.SUSPEND, () -> bench.comm().suspend());
              lacking(bench, Capability.SIMULATE, () -> bench.ccl().simulate(() -> {}));
              lacking(bench, Capability.PARAMETERS, () -> bench.ccl().parameters());
              try (DeviceBuffer buffer = bench.device().allocate(DataType.INT32, 2)) {
                DeviceBuffer x = buffer.slice(0, 1);
                DeviceBuffer bias = buffer.slice(1, 1);
                lacking(
                    bench,
                    Capability.ALL_REDUCE_BIAS,
                    () -> bench.comm().allReduceWithBias(x, x, bias, ReduceOp.SUM, bench.stream()));
              }
              bench.checkUsable("what is missing was refused");
            });
  }

  private static void lacking(Bench bench, Capability capability, Runnable call) {
    if (!bench.ccl().backend().can(capability)) {
      CclException missing = Refused.with(ErrorCode.UNSUPPORTED, capability + "", call);
      String message = String.valueOf(missing.getMessage());
      Assertions.assertTrue(
          message.contains(capability.name()) && message.contains(bench.ccl().backend().version()),
          "names capability and version: " + message);
    }
  }
}
