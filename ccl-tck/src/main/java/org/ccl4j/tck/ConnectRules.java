package org.ccl4j.tck;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.ccl4j.api.Capability;
import org.ccl4j.api.CclException;
import org.ccl4j.api.Communicator;
import org.ccl4j.api.ConnectOptions;
import org.ccl4j.api.Device;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.RankContext;
import org.ccl4j.api.UniqueId;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

/** Area 1: unique ids and connecting. */
@SuppressWarnings("MemberName") // the rule's number leads each name
public interface ConnectRules extends ConformanceRules {

  /** Rule 1.1. */
  @Test
  default void rule_01_01_unique_ids_differ() {
    kit()
        .run(
            1,
            bench -> {
              UniqueId a = bench.ccl().newUniqueId();
              UniqueId b = bench.ccl().newUniqueId();
              Assertions.assertNotEquals(a, b, "two unique ids");
              Assertions.assertFalse(Arrays.equals(a.toBytes(), b.toBytes()), "their bytes");
            });
  }

  /** Rule 1.2. */
  @Test
  default void rule_01_02_unique_ids_travel_as_bytes() {
    connectOver(id -> UniqueId.of(id.backendId(), id.toBytes()));
  }

  /** Rule 1.3. */
  @Test
  default void rule_01_03_unique_ids_travel_as_text() {
    connectOver(
        id -> {
          String text = id.toText();
          Assertions.assertTrue(
              text.chars().allMatch(c -> c > ' ' && c < 127), "printable without blanks: " + text);
          return UniqueId.parse(" " + text + "\n");
        });
  }

  /** Brings an id from one rank to the others. */
  @FunctionalInterface
  interface Journey {
    UniqueId travel(UniqueId id);
  }

  private void connectOver(Journey journey) {
    kit()
        .run(
            3,
            bench -> {
              // The text of the first rank's id goes over the store in both rules.
              if (bench.rank() == 0) {
                bench.publish("id", bench.ccl().newUniqueId().toText());
              }
              UniqueId made = UniqueId.parse(bench.read("id"));
              UniqueId arrived = journey.travel(made);
              Assertions.assertEquals(made, arrived, "the id after its journey");
              Assertions.assertEquals(
                  bench.ccl().backend().id(), arrived.backendId(), "the id's backend");
              int rank = 2 - bench.rank();
              try (Communicator comm =
                  bench.ccl().connect(bench.device(), arrived, rank, 3, ConnectOptions.DEFAULT)) {
                Assertions.assertEquals(rank, comm.rank(), "rank");
                Assertions.assertEquals(3, comm.size(), "size");
                bench.checkUsable(comm, "connecting by unique id");
              }
            });
  }

  /** Rule 1.4. */
  @Test
  default void rule_01_04_foreign_and_damaged_ids_are_refused() {
    kit()
        .run(
            1,
            bench -> {
              byte[] good = bench.ccl().newUniqueId().toBytes();
              String backend = bench.ccl().backend().id();
              List<UniqueId> bad =
                  List.of(
                      UniqueId.of("other/library", good),
                      UniqueId.of(backend, Arrays.copyOf(good, good.length + 1)),
                      UniqueId.of(backend, Arrays.copyOf(good, good.length - 1)));
              for (UniqueId id : bad) {
                Refused.asUsage(
                    ErrorCode.INVALID_UNIQUE_ID,
                    "connecting with " + id,
                    () -> bench.ccl().connect(bench.device(), id, 0, 1, ConnectOptions.DEFAULT));
              }
              for (String text : List.of("", "ccl1", "ccl1:x", "ccl1:x:???", "ccl2:x:AAAA")) {
                Refused.asUsage(
                    ErrorCode.INVALID_UNIQUE_ID,
                    "the text '" + text + "'",
                    () -> UniqueId.parse(text));
              }
              bench.checkUsable("ids were refused");
            });
  }

  /** Rule 1.5. */
  @Test
  default void rule_01_05_ranks_outside_the_size_are_refused() {
    kit()
        .run(
            1,
            bench -> {
              UniqueId id = bench.ccl().newUniqueId();
              int[][] bad = {{-1, 2}, {2, 2}, {0, 0}, {0, -1}};
              for (int[] place : bad) {
                Refused.asUsage(
                    ErrorCode.OUT_OF_RANGE,
                    "rank " + place[0] + " of " + place[1],
                    () ->
                        bench
                            .ccl()
                            .connect(
                                bench.device(), id, place[0], place[1], ConnectOptions.DEFAULT));
              }
              Refused.asUsage(
                  ErrorCode.OUT_OF_RANGE,
                  "a device that is not there",
                  () -> bench.ccl().device(bench.ccl().deviceCount()));
              Refused.asUsage(
                  ErrorCode.OUT_OF_RANGE, "the device -1", () -> bench.ccl().device(-1));
              bench.checkUsable("places were refused");
            });
  }

  /** Rule 1.6. */
  @Test
  default void rule_01_06_one_device_for_two_ranks_is_refused() {
    kit()
        .run(
            2,
            bench -> {
              boolean shared = bench.ccl().backend().can(Capability.SHARED_DEVICES);
              try (Device again = bench.ccl().device(bench.device().ordinal())) {
                List<Device> twice = List.of(bench.device(), again);
                if (shared) {
                  bench.ccl().connectAll(twice).forEach(Communicator::close);
                } else {
                  Refused.asUsage(
                      ErrorCode.DUPLICATE_DEVICE,
                      "connectAll with two handles of one device",
                      () -> bench.ccl().connectAll(twice));
                }
              }
              Refused.asUsage(
                  ErrorCode.INVALID_ARGUMENT,
                  "connectAll without devices",
                  () -> bench.ccl().connectAll(List.of()));
              // Both ranks bring device 0 to the common store.
              bench.meet("duplicate");
              RankContext place = RankContext.of(bench.rank(), 2, bench.store("duplicate"));
              try (Device zero = bench.ccl().device(0)) {
                if (shared) {
                  bench.ccl().connect(zero, place, ConnectOptions.DEFAULT).close();
                } else {
                  Refused.asUsage(
                      ErrorCode.DUPLICATE_DEVICE,
                      "two ranks with device 0",
                      () -> bench.ccl().connect(zero, place, ConnectOptions.DEFAULT));
                }
              }
              bench.checkUsable("a device was refused");
            });
  }

  /** Rule 1.7. */
  @Test
  default void rule_01_07_missing_rank_ends_connecting_in_time() {
    kit()
        .run(
            2,
            bench -> {
              if (bench.rank() == 0) {
                CclException late =
                    Refused.with(
                        ErrorCode.CONNECT_TIMEOUT,
                        "connecting while rank 1 stays away",
                        () ->
                            bench
                                .ccl()
                                .connect(
                                    bench.device(),
                                    RankContext.of(0, 2, bench.store("missing")),
                                    ConnectOptions.DEFAULT.withTimeout(Duration.ofMillis(300))));
                Assertions.assertTrue(
                    String.valueOf(late.getMessage()).contains("1"),
                    "the message names rank 1: " + late.getMessage());
              }
              bench.checkUsable("a rank stayed away elsewhere");
            });
  }

  /** Rule 1.8. */
  @Test
  default void rule_01_08_one_device_may_serve_several_communicators() {
    kit()
        .run(
            3,
            bench -> {
              try (Communicator a = bench.another(ConnectOptions.DEFAULT);
                  Communicator b = bench.another(ConnectOptions.DEFAULT)) {
                bench.checkUsable(b, "connecting twice more, on the second");
                bench.checkUsable(a, "connecting twice more, on the first");
              }
              bench.checkUsable("the other communicators were closed");
            });
  }

  /** Rule 1.9. */
  @Test
  default void rule_01_09_different_numbers_of_ranks_are_refused() {
    kit()
        .run(
            2,
            bench -> {
              bench.meet("sizes");
              RankContext ranks =
                  RankContext.of(bench.rank(), 2 + bench.rank(), bench.store("sizes"));
              Refused.asUsage(
                  ErrorCode.RANKS_DIFFER,
                  "connecting as one of " + ranks.size(),
                  () -> bench.ccl().connect(bench.device(), ranks, ConnectOptions.DEFAULT));
              bench.checkUsable("ranks that differ were refused");
            });
  }
}
