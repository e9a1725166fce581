package org.ccl4j.tck;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.ccl4j.api.Capability;
import org.ccl4j.api.CclException;
import org.ccl4j.api.CollectiveOptions;
import org.ccl4j.api.Communicator;
import org.ccl4j.api.ConnectOptions;
import org.ccl4j.api.DataType;
import org.ccl4j.api.DeviceBuffer;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.RankContext;
import org.ccl4j.api.ReduceOp;
import org.ccl4j.api.Stream;
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
                if (!option.isText()) {
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
              Refused.asUsage(
                  ErrorCode.INVALID_ARGUMENT,
                  "algorithms by number",
                  () -> Tuning.DEFAULT.with(TuningOption.ALGORITHMS, 0));
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

  /** Rule 25.8. */
  @Test
  default void rule_25_08_options_of_a_call_are_followed_or_refused_by_name() {
    kit()
        .run(
            2,
            bench -> {
              boolean can = bench.ccl().backend().can(Capability.CALL_TUNING);
              int accepted = 0;
              for (TuningOption option : TuningOption.values()) {
                if (!option.isText()) {
                  Tuning tuning = Tuning.DEFAULT.with(option, option.lowest());
                  accepted += acceptsForCall(bench, option, tuning) ? 1 : 0;
                }
              }
              Tuning named =
                  Tuning.DEFAULT
                      .withAlgorithms("ring,tree")
                      .with(TuningOption.ALGORITHMS_REQUIRED, 0);
              accepted += acceptsForCall(bench, TuningOption.ALGORITHMS, named) ? 1 : 0;
              Assertions.assertEquals(
                  can, accepted > 0, "CALL_TUNING, and some option is accepted");
              Assertions.assertFalse(
                  acceptsForCall(bench, TuningOption.NETWORK, Tuning.DEFAULT.withNetwork("Socket")),
                  "a network for a single call");
              bench.checkUsable("options of calls were tried");
            });
  }

  private static boolean acceptsForCall(Bench bench, TuningOption option, Tuning tuning) {
    DeviceBuffer x = bench.cells(DataType.INT32, 100).buffer();
    CollectiveOptions options = CollectiveOptions.DEFAULT.withTuning(tuning);
    try {
      bench.comm().allReduce(x, x, 100, ReduceOp.MAX, bench.stream(), options);
    } catch (CclException e) {
      Assertions.assertEquals(ErrorCode.UNSUPPORTED, e.code(), e.toString());
      String message = String.valueOf(e.getMessage());
      boolean named =
          bench.ccl().backend().can(Capability.CALL_TUNING)
              ? message.contains(option.name())
              : message.contains(Capability.CALL_TUNING.name());
      Assertions.assertTrue(named, "names it: " + message);
      return false;
    }
    bench.stream().synchronize(Bench.PATIENCE);
    return true;
  }

  /** Rule 25.9. */
  @Test
  default void rule_25_09_a_tuning_of_a_call_changes_no_result() {
    kit()
        .run(
            2,
            Capability.CALL_TUNING,
            bench -> {
              bench.useOptions(
                  CollectiveOptions.DEFAULT.withTuning(
                      Tuning.DEFAULT
                          .with(TuningOption.MAX_CTAS, 2)
                          .with(TuningOption.PROFILER_TAG, 7)
                          .with(TuningOption.ALGORITHMS_REQUIRED, 0)
                          .withAlgorithms("ring")));
              for (int count : Sweep.SMALL) {
                for (boolean inPlace : new boolean[] {false, true}) {
                  everyOperation(bench, count, inPlace);
                }
              }
              Cells x = bench.cells(DataType.INT32, 10).with(0, 10, Data.moved(DataType.INT32, 0));
              Cells y = bench.cells(DataType.INT32, 20);
              bench
                  .comm()
                  .group(
                      () -> {
                        Communicator comm = bench.comm();
                        comm.allReduce(
                            x.buffer(),
                            x.buffer(),
                            10,
                            ReduceOp.MAX,
                            bench.stream(),
                            bench.options());
                        comm.allGather(
                            x.buffer(), y.buffer(), 10, bench.stream(), CollectiveOptions.DEFAULT);
                      });
              x.expect(0, 10, Data.moved(DataType.INT32, 0));
              y.expect(0, 10, Data.moved(DataType.INT32, 0));
              y.expect(10, 10, Data.moved(DataType.INT32, 0));
              bench.check("a group of calls with and without a tuning");
              bench.checkUsable("calls had a tuning");
            });
  }

  private static void everyOperation(Bench bench, int count, boolean inPlace) {
    DataType type = DataType.FLOAT32;
    int root = 1;
    Sweep.allReduce(bench, ReduceOp.SUM, type, count, inPlace);
    Sweep.broadcast(bench, type, count, root, inPlace);
    Sweep.reduce(bench, ReduceOp.SUM, type, count, root, inPlace);
    Sweep.allGather(bench, type, count, inPlace);
    Sweep.reduceScatter(bench, ReduceOp.SUM, type, count, inPlace);
    Sweep.gather(bench, type, count, root, inPlace);
    Sweep.scatter(bench, type, count, root, inPlace);
    if (!inPlace) {
      Sweep.allToAll(bench, type, count);
    }
  }

  /** Rule 25.10. */
  @Test
  default void rule_25_10_other_operations_refuse_a_tuning() {
    kit()
        .run(
            2,
            bench -> {
              DeviceBuffer x = bench.cells(DataType.INT32, 4).buffer();
              DeviceBuffer y = bench.cells(DataType.INT32, 4).buffer();
              CollectiveOptions tuned =
                  CollectiveOptions.DEFAULT.withTuning(
                      Tuning.DEFAULT.with(TuningOption.MAX_CTAS, 1));
              int peer = 1 - bench.rank();
              long[] counts = {2, 2};
              long[] offsets = {0, 2};
              Communicator comm = bench.comm();
              Stream on = bench.stream();
              Refused.asUsage(
                  ErrorCode.UNSUPPORTED, "a send", () -> comm.send(x, 4, peer, on, tuned));
              Refused.asUsage(
                  ErrorCode.UNSUPPORTED, "a receive", () -> comm.recv(x, 4, peer, on, tuned));
              Refused.asUsage(ErrorCode.UNSUPPORTED, "a barrier", () -> comm.barrier(on, tuned));
              Refused.asUsage(
                  ErrorCode.UNSUPPORTED,
                  "parts of different lengths",
                  () -> comm.allToAllV(x, counts, offsets, y, counts, offsets, on, tuned));
              bench.check("nothing was launched");
              bench.checkUsable("tunings were refused");
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
