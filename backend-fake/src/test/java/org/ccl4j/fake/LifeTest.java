package org.ccl4j.fake;

import static org.ccl4j.fake.FakeFixture.ok;
import static org.ccl4j.fake.FakeFixture.value;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.ccl4j.api.DataType;
import org.ccl4j.api.MemoryStatistic;
import org.ccl4j.api.Tuning;
import org.ccl4j.api.UniqueId;
import org.ccl4j.spi.Backend.ConnectRequest;
import org.ccl4j.spi.Backend.Terms;
import org.ccl4j.spi.BackendCommunicator;
import org.ccl4j.spi.BackendCommunicator.Child;
import org.ccl4j.spi.Result;
import org.ccl4j.spi.StatusCode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Shrink, grow, revoke and suspend, as the core does not let anybody misuse them. */
@Timeout(120)
class LifeTest {
  private static final int COUNT = 100_000;
  private static final Terms SHORT =
      new Terms("late", Tuning.DEFAULT, TimeUnit.MILLISECONDS.toNanos(200));
  private static final Terms LONG = new Terms("child", Tuning.DEFAULT, FakeFixture.DEADLINE);

  private final FakeFixture fake = open();

  /** The fake under test. */
  FakeFixture open() {
    return new FakeFixture(4);
  }

  @AfterEach
  void close() {
    fake.close();
  }

  private <T> List<T> onRanks(int ranks, Function<Integer, T> body) {
    List<CompletableFuture<T>> all =
        IntStream.range(0, ranks)
            .mapToObj(rank -> FakeFixture.inThread(() -> body.apply(rank)))
            .toList();
    return all.stream().map(CompletableFuture::join).toList();
  }

  private List<BackendCommunicator> connect(int ranks) {
    UniqueId id = UniqueId.of(FakeBackendProvider.ID, value(fake.backend.newUniqueId()));
    return onRanks(
        ranks,
        rank ->
            value(
                fake.backend.connect(
                    new ConnectRequest(id, rank, ranks, rank, "c", FakeFixture.DEADLINE))));
  }

  private static void assertSaid(Result<?> result, int status, String part) {
    assertEquals(status, result.status());
    assertTrue(Codes.lastError().contains(part), Codes.lastError());
  }

  @Test
  void whoWaitsInVainForAShrinkIsToldForWhom() {
    List<BackendCommunicator> comms = connect(4);
    CompletableFuture<Result<Child>> other =
        FakeFixture.inThread(() -> comms.get(1).shrink(new int[] {2, 3}, false, LONG));
    FakeFixture.assertSoon(() -> !other.isDone());
    // Rank 0 finds rank 1 with another set, whenever that one comes in its time.
    Result<Child> mine = comms.get(0).shrink(new int[] {3}, false, SHORT);
    assertSaid(mine, StatusCode.NOT_READY, "rank 2 has not called");
    assertSaid(
        comms.get(0).shrink(new int[] {3}, false, SHORT),
        StatusCode.NOT_READY,
        "rank 1 called with other ranks left out");
    value(comms.get(0).shrink(new int[] {2, 3}, false, LONG));
    assertEquals(StatusCode.OK, other.join().status());
  }

  @Test
  void theSameShrinkTwiceGivesTwoCommunicators() {
    List<BackendCommunicator> comms = connect(2);
    for (int round = 0; round < 3; round++) {
      Child alone = value(comms.get(1).shrink(new int[] {0}, false, LONG));
      assertEquals(List.of(0, 1), List.of(alone.rank(), alone.size()));
      ok(alone.communicator().destroy());
    }
  }

  @Test
  void growthsThatDoNotFitTogetherAreRefused() {
    List<BackendCommunicator> comms = connect(2);
    byte[] id = value(comms.get(0).newGrowthId());
    assertSaid(comms.get(1).grow(3, null, SHORT), StatusCode.NOT_READY, "no rank has called grow");
    CompletableFuture<Result<Child>> first =
        FakeFixture.inThread(() -> comms.get(0).grow(3, id, LONG));
    FakeFixture.assertSoon(
        () -> comms.get(1).grow(4, null, SHORT).status() == Codes.INVALID_ARGUMENT);
    assertSaid(comms.get(1).grow(4, null, SHORT), Codes.INVALID_ARGUMENT, "said 3");
    byte[] second = value(comms.get(1).newGrowthId());
    assertSaid(comms.get(1).grow(3, second, SHORT), Codes.INVALID_ARGUMENT, "two ranks");
    UniqueId of = UniqueId.of(FakeBackendProvider.ID, id);
    assertSaid(
        fake.backend.connect(new ConnectRequest(of, 2, 3, 2, "c", FakeFixture.DEADLINE)),
        Codes.INVALID_ARGUMENT,
        "that of a growth");
    UniqueId plain = UniqueId.of(FakeBackendProvider.ID, value(fake.backend.newUniqueId()));
    assertSaid(
        fake.backend.connectGrown(new ConnectRequest(plain, 2, 3, 2, "c", FakeFixture.DEADLINE)),
        Codes.INVALID_ARGUMENT,
        "not that of a growth");
    CompletableFuture<Result<Child>> other =
        FakeFixture.inThread(() -> comms.get(1).grow(3, null, LONG));
    value(fake.backend.connectGrown(new ConnectRequest(of, 2, 3, 2, "c", FakeFixture.DEADLINE)));
    assertEquals(0, value(first.join()).rank());
    assertEquals(1, value(other.join()).rank());
  }

  @Test
  void aRevokedRankIsNamedToThoseThatWaitForItAndNothingOfItIsTouched() {
    List<BackendCommunicator> comms = connect(2);
    long[] streams = {fake.stream(0), fake.stream(1)};
    long mine = fake.filled(0, COUNT, 1, streams[0]);
    long theirs = fake.filled(1, COUNT, 2, streams[1]);
    ok(comms.get(0).allReduce(mine, mine, COUNT, DataType.INT32, Ops.SUM, streams[0]));
    assertEquals(StatusCode.NOT_READY, fake.runtime.synchronizeStream(0, streams[0], 1_000_000));
    ok(comms.get(0).revoke());
    fake.synchronize(0, streams[0]);
    ok(comms.get(1).allReduce(theirs, theirs, COUNT, DataType.INT32, Ops.SUM, streams[1]));
    assertEquals(StatusCode.NOT_READY, fake.runtime.synchronizeStream(1, streams[1], 20_000_000));
    String waits = fake.runtime.describeStream(1, streams[1]);
    assertTrue(waits.contains("rank 0: has revoked"), waits);
    assertEquals(1, fake.download(0, mine, COUNT, streams[0])[COUNT - 1]);
    ok(comms.get(1).revoke());
    fake.synchronize(1, streams[1]);
    assertEquals(StatusCode.OK, comms.get(0).asyncError());
    assertEquals(
        Codes.INVALID_USAGE,
        comms.get(0).allReduce(mine, mine, COUNT, DataType.INT32, Ops.SUM, streams[0]));
  }

  @Test
  void manyRevocationsBesideManyOperationsLeaveEitherTheWholeResultOrNone() {
    for (int round = 0; round < 50; round++) {
      List<BackendCommunicator> comms = connect(2);
      List<int[]> results =
          onRanks(
              2,
              rank -> {
                long stream = fake.stream(rank);
                long buffer = fake.filled(rank, COUNT, 1 + rank, stream);
                fake.synchronize(rank, stream);
                ok(
                    comms
                        .get(rank)
                        .allReduce(buffer, buffer, COUNT, DataType.INT32, Ops.SUM, stream));
                ok(comms.get(rank).revoke());
                int[] result = fake.download(rank, buffer, COUNT, stream);
                ok(fake.runtime.free(rank, buffer));
                return result;
              });
      for (int rank = 0; rank < 2; rank++) {
        int first = results.get(rank)[0];
        assertTrue(first == 3 || first == 1 + rank, "rank " + rank + " has " + first);
        for (int value : results.get(rank)) {
          assertEquals(first, value, "rank " + rank + " in round " + round);
        }
      }
      comms.forEach(comm -> ok(comm.destroy()));
    }
  }

  @Test
  void suspendingWithOperationsInFlightIsRefused() {
    List<BackendCommunicator> comms = connect(2);
    long stream = fake.stream(0);
    long mine = fake.filled(0, COUNT, 1, stream);
    ok(comms.get(0).allReduce(mine, mine, COUNT, DataType.INT32, Ops.SUM, stream));
    assertEquals(Codes.INVALID_USAGE, comms.get(0).suspend(1));
    ok(comms.get(0).abort());
  }

  @Test
  void suspendingWaitsForAllRanks() throws Exception {
    List<BackendCommunicator> comms = connect(2);
    CompletableFuture<Integer> first =
        CompletableFuture.supplyAsync(() -> comms.get(0).suspend(FakeFixture.DEADLINE));
    assertEquals(0L, value(comms.get(0).memoryStatistic(MemoryStatistic.SUSPENDED)));
    ok(comms.get(1).suspend(FakeFixture.DEADLINE));
    ok(first.get(60, TimeUnit.SECONDS));
    for (BackendCommunicator comm : comms) {
      assertEquals(1L, value(comm.memoryStatistic(MemoryStatistic.SUSPENDED)));
      assertTrue(value(comm.memoryStatistic(MemoryStatistic.TOTAL)) > 0);
    }
    assertEquals(StatusCode.NOT_READY, comms.get(1).resume(1));
    assertEquals(1L, value(comms.get(1).memoryStatistic(MemoryStatistic.SUSPENDED)));
    comms.forEach(comm -> ok(comm.abort()));
  }
}
