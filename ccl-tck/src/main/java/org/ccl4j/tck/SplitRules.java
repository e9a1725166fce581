package org.ccl4j.tck;

import java.util.Optional;
import org.ccl4j.api.Capability;
import org.ccl4j.api.Communicator;
import org.ccl4j.api.ErrorCode;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

/** Area 12: split. */
@SuppressWarnings("MemberName") // the rule's number leads each name
public interface SplitRules extends ConformanceRules {

  private static Communicator split(Bench bench, Communicator parent, int color, int key) {
    return parent
        .split(color, key)
        .orElseThrow(
            () -> new AssertionError("rank " + bench.rank() + " got no communicator by split"));
  }

  private static void expectPlace(Communicator child, int rank, int size) {
    Assertions.assertEquals(size, child.size(), "size of the child");
    Assertions.assertEquals(rank, child.rank(), "rank in the child");
  }

  /** Rule 12.1. */
  @OnWorlds
  default void rule_12_01_colors_make_communicators(int ranks) {
    kit()
        .run(
            ranks,
            Capability.SPLIT,
            bench -> {
              int color = bench.rank() % 2;
              Communicator child = split(bench, bench.comm(), color, bench.rank());
              expectPlace(child, bench.rank() / 2, (ranks + 1 - color) / 2);
              Assertions.assertEquals(
                  bench.device().ordinal(), child.device().ordinal(), "device of the child");
              bench.checkUsable(child, "split into odd and even");
              child.close();
            });
  }

  /** Rule 12.2. */
  @OnWorlds
  default void rule_12_02_keys_order_the_ranks(int ranks) {
    kit()
        .run(
            ranks,
            Capability.SPLIT,
            bench -> {
              try (Communicator reversed = split(bench, bench.comm(), 5, -bench.rank())) {
                expectPlace(reversed, ranks - 1 - bench.rank(), ranks);
                bench.checkUsable(reversed, "split with reversed keys");
              }
            });
  }

  /** Rule 12.3. */
  @OnWorlds
  default void rule_12_03_equal_keys_keep_the_order(int ranks) {
    kit()
        .run(
            ranks,
            Capability.SPLIT,
            bench -> {
              try (Communicator same = split(bench, bench.comm(), 0, 0)) {
                expectPlace(same, bench.rank(), ranks);
                bench.checkUsable(same, "split with equal keys");
              }
            });
  }

  /** Rule 12.4. */
  @Test
  default void rule_12_04_ranks_without_color_get_none() {
    kit()
        .run(
            4,
            Capability.SPLIT,
            bench -> {
              boolean out = bench.rank() == 2;
              Optional<Communicator> child =
                  bench.comm().split(out ? Communicator.NO_COLOR : 3, bench.rank());
              Assertions.assertEquals(out, child.isEmpty(), "the rank without colour alone is out");
              if (child.isPresent()) {
                expectPlace(child.get(), bench.rank() == 3 ? 2 : bench.rank(), 3);
                bench.checkUsable(child.get(), "split without rank 2");
                child.get().close();
              }
            });
  }

  /** Rule 12.5. */
  @Test
  default void rule_12_05_children_split_again() {
    kit()
        .run(
            4,
            Capability.SPLIT,
            bench -> {
              Communicator half = split(bench, bench.comm(), bench.rank() / 2, 0);
              Communicator single = split(bench, half, half.rank(), 0);
              expectPlace(half, bench.rank() % 2, 2);
              expectPlace(single, 0, 1);
              bench.checkUsable(single, "split of a split");
              bench.checkUsable(half, "its own split");
              single.close();
              bench.checkUsable(half, "the end of its child");
              half.close();
            });
  }

  /** Rule 12.6. */
  @Test
  default void rule_12_06_parent_and_child_work_beside_each_other() {
    kit()
        .run(
            4,
            Capability.SPLIT,
            bench -> {
              Communicator child = split(bench, bench.comm(), bench.rank() % 2, -bench.rank());
              for (int round = 0; round < 3; round++) {
                bench.checkUsable(bench.comm(), "split, on the parent");
                bench.checkUsable(child, "split, on the child");
              }
              child.close();
              bench.checkUsable(bench.comm(), "the end of its child");
            });
  }

  /** Rule 12.7. */
  @Test
  default void rule_12_07_negative_colors_are_refused() {
    kit()
        .run(
            2,
            Capability.SPLIT,
            bench -> {
              Refused.asUsage(
                  ErrorCode.OUT_OF_RANGE, "the colour -2", () -> bench.comm().split(-2, 0));
              bench.checkUsable("a colour was refused");
            });
  }
}
