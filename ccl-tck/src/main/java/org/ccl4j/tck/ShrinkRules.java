package org.ccl4j.tck;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.ccl4j.api.Capability;
import org.ccl4j.api.CclException;
import org.ccl4j.api.Communicator;
import org.ccl4j.api.ConnectOptions;
import org.ccl4j.api.DataType;
import org.ccl4j.api.DeviceBuffer;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.ReduceOp;
import org.ccl4j.api.ShrinkMode;
import org.ccl4j.api.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

/** Area 19: shrink. */
@SuppressWarnings("MemberName") // the rule's number leads each name
public interface ShrinkRules extends ConformanceRules {

  private static void expectPlace(Communicator child, int rank, int size) {
    Assertions.assertEquals(size, child.size(), "size of the shrunk communicator");
    Assertions.assertEquals(rank, child.rank(), "rank in the shrunk communicator");
  }

  /** Rule 19.1. */
  @Test
  default void rule_19_01_remaining_ranks_keep_their_order() {
    kit()
        .run(
            4,
            Capability.SHRINK,
            bench -> {
              for (List<Integer> out : List.of(List.of(1), List.of(3, 0), List.of(2, 1, 0))) {
                if (!out.contains(bench.rank())) {
                  int before = (int) out.stream().filter(r -> r < bench.rank()).count();
                  try (Communicator child =
                      bench.comm().shrink(new TreeSet<>(out), ShrinkMode.PLAIN)) {
                    expectPlace(child, bench.rank() - before, 4 - out.size());
                    Assertions.assertEquals(
                        bench.device().ordinal(), child.device().ordinal(), "device of the child");
                    bench.checkUsable(child, "shrink without " + out);
                  }
                }
                bench.meet("without " + out);
              }
            });
  }

  /** Rule 19.2. */
  @Test
  default void rule_19_02_excluded_ranks_need_not_call_and_the_parent_lives_on() {
    kit()
        .run(
            3,
            Capability.SHRINK,
            bench -> {
              if (bench.rank() != 1) {
                Communicator child = bench.comm().shrink(Set.of(1), ShrinkMode.PLAIN);
                bench.checkUsable(child, "shrink without rank 1");
                child.close();
              }
              bench.meet("shrunk");
              bench.checkUsable("two of three ranks had a communicator of their own");
            });
  }

  /** Rule 19.3. */
  @Test
  default void rule_19_03_children_shrink_again_and_close_with_their_parent() {
    kit()
        .run(
            4,
            Capability.SHRINK,
            bench -> {
              Communicator parent = bench.another(ConnectOptions.DEFAULT);
              bench.checkUsable(parent, "connecting once more");
              if (bench.rank() != 0) {
                Communicator three = parent.shrink(Set.of(0), ShrinkMode.PLAIN);
                if (bench.rank() != 3) {
                  Communicator two = three.shrink(Set.of(2), ShrinkMode.PLAIN);
                  expectPlace(two, bench.rank() - 1, 2);
                  bench.checkUsable(two, "shrink of a shrink");
                  bench.signal("used " + bench.rank());
                  bench.await("used " + (3 - bench.rank()));
                  parent.close();
                  Assertions.assertTrue(two.isClosed(), "the grandchild closed with the parent");
                }
                parent.close();
                Assertions.assertTrue(three.isClosed(), "the child closed with the parent");
              }
              parent.close();
              bench.checkUsable("another communicator was closed with its children");
            });
  }

  /** Rule 19.4. */
  @Test
  default void rule_19_04_abort_mode_ends_work_in_flight_and_the_child_outlives_the_parent() {
    kit()
        .run(
            3,
            Capability.SHRINK,
            bench -> {
              Communicator parent = bench.another(ConnectOptions.DEFAULT);
              bench.checkUsable(parent, "connecting once more");
              bench.meet("connected");
              if (bench.rank() == 2) {
                bench.await("closed 0");
                bench.await("closed 1");
                parent.abort();
              } else {
                DeviceBuffer x = bench.device().allocate(DataType.INT32, 100_000);
                Stream own = bench.device().openStream();
                parent.allReduce(x, x, ReduceOp.SUM, own);
                Communicator child = parent.shrink(Set.of(2), ShrinkMode.ABORT);
                expectPlace(child, bench.rank(), 2);
                bench.checkUsable(child, "shrink without a rank that stayed away");
                Refused.asUsage(
                    ErrorCode.ILLEGAL_STATE,
                    "an operation of the parent",
                    () -> parent.allReduce(x, x, ReduceOp.SUM, bench.stream()));
                parent.close();
                own.synchronize(Bench.PATIENCE);
                Assertions.assertFalse(child.isClosed(), "the child is closed with the parent");
                bench.signal("closed " + bench.rank());
                bench.checkUsable(child, "the end of its parent");
                child.close();
                own.close();
                x.close();
              }
              bench.checkUsable("another communicator lost a rank");
            });
  }

  /** Rule 19.5. */
  @Test
  default void rule_19_05_what_a_failure_has_left_can_shrink() {
    kit()
        .run(
            3,
            Capability.SHRINK,
            bench -> {
              Communicator parent = bench.another(ConnectOptions.DEFAULT);
              bench.checkUsable(parent, "connecting once more");
              bench.meet("connected");
              if (bench.rank() == 1) {
                parent.abort();
                bench.signal("aborted");
              } else {
                bench.await("aborted");
                DeviceBuffer x = bench.device().allocate(DataType.INT32, 10);
                Stream own = bench.device().openStream();
                try {
                  parent.allReduce(x, x, ReduceOp.SUM, own);
                } catch (CclException e) {
                  Assertions.assertEquals(ErrorCode.COMMUNICATOR_FAILED, e.code(), e.toString());
                }
                Communicator child = parent.shrink(Set.of(1), ShrinkMode.ABORT);
                parent.close();
                expectPlace(child, bench.rank() / 2, 2);
                bench.checkUsable(child, "shrink without a rank that had aborted");
                child.close();
                own.close();
                x.close();
              }
              bench.checkUsable("another communicator lost a rank");
            });
  }

  /** Rule 19.6. */
  @Test
  default void rule_19_06_sets_that_make_no_sense_are_refused() {
    kit()
        .run(
            2,
            Capability.SHRINK,
            bench -> {
              refused(bench, ErrorCode.INVALID_ARGUMENT, Set.of());
              refused(bench, ErrorCode.INVALID_ARGUMENT, Set.of(bench.rank()));
              refused(bench, ErrorCode.INVALID_ARGUMENT, Set.of(0, 1));
              refused(bench, ErrorCode.OUT_OF_RANGE, Set.of(2));
              refused(bench, ErrorCode.OUT_OF_RANGE, Set.of(-1));
              bench.checkUsable("shrinks were refused");
            });
  }

  private static void refused(Bench bench, ErrorCode code, Set<Integer> excluded) {
    for (ShrinkMode mode : ShrinkMode.values()) {
      Refused.asUsage(
          code, "to leave out " + excluded, () -> bench.comm().shrink(excluded, mode).close());
    }
  }

  /** Rule 19.7. */
  @Test
  default void rule_19_07_missing_rank_ends_shrinking_in_time() {
    kit()
        .run(
            3,
            Capability.SHRINK,
            bench -> {
              Communicator parent = bench.another(ConnectOptions.DEFAULT);
              bench.checkUsable(parent, "connecting once more");
              bench.meet("connected");
              if (bench.rank() == 0) {
                Refused.with(
                    ErrorCode.CONNECT_TIMEOUT,
                    "shrinking while rank 1 stays away",
                    () ->
                        parent.shrink(
                            Set.of(2),
                            ShrinkMode.PLAIN,
                            ConnectOptions.DEFAULT.withTimeout(Duration.ofMillis(300))));
              }
              bench.meet("late");
              parent.abort();
              bench.checkUsable("a shrink ran out of time");
            });
  }
}
