package org.ccl4j.tck;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.ccl4j.api.Capability;
import org.ccl4j.api.Communicator;
import org.ccl4j.api.ConnectOptions;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.RankContext;
import org.ccl4j.api.UniqueId;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

/** Area 20: grow. */
@SuppressWarnings("MemberName") // the rule's number leads each name
public interface GrowRules extends ConformanceRules {

  private static Communicator connectFew(Bench bench, int size) {
    return bench
        .ccl()
        .connect(
            bench.device(),
            RankContext.of(bench.rank(), size, bench.store("few")),
            ConnectOptions.DEFAULT);
  }

  /** Grows from some ranks to all; the rank that has the id makes it. */
  private static Communicator growToAll(Bench bench, Communicator few, int maker) {
    if (bench.rank() == maker) {
      UniqueId id = few.newGrowthId();
      bench.publish("growth", id.toText());
      return few.grow(bench.size(), Optional.of(id), ConnectOptions.DEFAULT);
    }
    return few.grow(bench.size(), Optional.empty(), ConnectOptions.DEFAULT);
  }

  private static Communicator join(Bench bench) {
    UniqueId id = UniqueId.parse(bench.read("growth"));
    return bench
        .ccl()
        .connectGrown(bench.device(), id, bench.rank(), bench.size(), ConnectOptions.DEFAULT);
  }

  private static void expectAll(Bench bench, Communicator grown) {
    Assertions.assertEquals(bench.size(), grown.size(), "size of the grown communicator");
    Assertions.assertEquals(bench.rank(), grown.rank(), "rank in the grown communicator");
    bench.checkUsable(grown, "growing to " + bench.size() + " ranks");
  }

  /** Rule 20.1. */
  @Test
  default void rule_20_01_new_ranks_come_after_those_that_are_there() {
    kit()
        .run(
            4,
            Capability.GROW,
            bench -> {
              if (bench.rank() < 2) {
                Communicator few = connectFew(bench, 2);
                bench.checkUsable(few, "connecting two of four ranks");
                try (Communicator grown = growToAll(bench, few, 1)) {
                  expectAll(bench, grown);
                }
                few.close();
              } else {
                try (Communicator grown = join(bench)) {
                  expectAll(bench, grown);
                }
              }
            });
  }

  /** Rule 20.2. */
  @Test
  default void rule_20_02_a_single_rank_can_grow() {
    kit()
        .run(
            3,
            Capability.GROW,
            bench -> {
              Communicator grown =
                  bench.rank() == 0 ? growToAll(bench, connectFew(bench, 1), 0) : join(bench);
              expectAll(bench, grown);
              grown.close();
            });
  }

  /** Rule 20.3. */
  @Test
  default void rule_20_03_the_grown_communicator_outlives_its_parent() {
    kit()
        .run(
            3,
            Capability.GROW,
            bench -> {
              if (bench.rank() < 2) {
                Communicator few = connectFew(bench, 2);
                Communicator grown = growToAll(bench, few, 0);
                bench.checkUsable(few, "growing, on the parent");
                few.close();
                Assertions.assertFalse(grown.isClosed(), "closed with its parent");
                expectAll(bench, grown);
                grown.close();
              } else {
                Communicator grown = join(bench);
                expectAll(bench, grown);
                grown.close();
              }
            });
  }

  /** Rule 20.4. */
  @Test
  default void rule_20_04_ranks_can_meet_over_a_store_to_grow() {
    kit()
        .run(
            3,
            Capability.GROW,
            bench -> {
              RankContext all =
                  RankContext.of(bench.rank(), bench.size(), bench.store("growth to three"));
              if (bench.rank() < 2) {
                Communicator few = connectFew(bench, 2);
                try (Communicator grown = few.grow(all, ConnectOptions.DEFAULT)) {
                  expectAll(bench, grown);
                }
                few.close();
              } else {
                try (Communicator grown =
                    bench.ccl().connectGrown(bench.device(), all, ConnectOptions.DEFAULT)) {
                  expectAll(bench, grown);
                }
              }
            });
  }

  /** Rule 20.5. */
  @Test
  default void rule_20_05_sizes_ranks_and_ids_that_make_no_sense_are_refused() {
    kit()
        .run(
            1,
            Capability.GROW,
            bench -> {
              Communicator comm = bench.comm();
              UniqueId foreign = bench.ccl().newUniqueId();
              for (int size : new int[] {1, 0, -1}) {
                Refused.asUsage(
                    ErrorCode.OUT_OF_RANGE,
                    "growing to " + size,
                    () -> comm.grow(size, Optional.empty(), ConnectOptions.DEFAULT));
              }
              Refused.asUsage(
                  ErrorCode.INVALID_UNIQUE_ID,
                  "an id that was made elsewhere",
                  () -> comm.grow(2, Optional.of(foreign), ConnectOptions.DEFAULT));
              Refused.asUsage(
                  ErrorCode.INVALID_ARGUMENT,
                  "no id on the only rank",
                  () -> comm.grow(2, Optional.empty(), ConnectOptions.DEFAULT));
              int[][] bad = {{0, 2}, {2, 2}, {-1, 2}, {1, 1}, {1, 0}};
              for (int[] place : bad) {
                Refused.asUsage(
                    ErrorCode.OUT_OF_RANGE,
                    "new rank " + place[0] + " of " + place[1],
                    () ->
                        bench
                            .ccl()
                            .connectGrown(
                                bench.device(),
                                foreign,
                                place[0],
                                place[1],
                                ConnectOptions.DEFAULT));
              }
              bench.checkUsable("growths were refused");
            });
  }

  /** Rule 20.6. */
  @Test
  default void rule_20_06_missing_rank_ends_growing_in_time_and_the_id_stays_good() {
    kit()
        .run(
            1,
            Capability.GROW,
            bench -> {
              Communicator comm = bench.ccl().connectAll(List.of(bench.device())).get(0);
              UniqueId id = comm.newGrowthId();
              Refused.with(
                  ErrorCode.CONNECT_TIMEOUT,
                  "growing while the new rank stays away",
                  () ->
                      comm.grow(
                          2,
                          Optional.of(id),
                          ConnectOptions.DEFAULT.withTimeout(Duration.ofMillis(300))));
              Refused.asUsage(
                  ErrorCode.ILLEGAL_STATE, "a second id beside the first", comm::newGrowthId);
              comm.abort();
              bench.checkUsable("a growth ran out of time");
            });
  }
}
