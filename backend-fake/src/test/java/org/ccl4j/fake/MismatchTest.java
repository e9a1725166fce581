package org.ccl4j.fake;

import static org.ccl4j.fake.FakeFixture.ok;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.ccl4j.api.DataType;
import org.ccl4j.api.Tuning;
import org.ccl4j.api.TuningOption;
import org.ccl4j.spi.BackendCommunicator;
import org.ccl4j.spi.StatusCode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Calls that do not fit together fail at once, say what each rank called, and hurt nobody else. */
class MismatchTest {
  private final FakeFixture fake = new FakeFixture(3);
  private final List<BackendCommunicator> ranks = fake.communicators("c", 3);
  private final long[] streams = {fake.stream(0), fake.stream(1), fake.stream(2)};
  private final long[] buffers = {
    fake.filled(0, 64, 1, streams[0]),
    fake.filled(1, 64, 1, streams[1]),
    fake.filled(2, 64, 1, streams[2])
  };

  @AfterEach
  void close() {
    fake.close();
  }

  private void assertMismatch(
      BiConsumer<BackendCommunicator, Integer> right, Runnable wrong, String... parts) {
    right.accept(ranks.get(0), 0);
    assertEquals(StatusCode.OK, ranks.get(0).asyncError());
    wrong.run();
    assertFailed(Codes.INVALID_USAGE, parts);
  }

  private void assertFailed(int code, String... parts) {
    for (int rank = 0; rank < 3; rank++) {
      BackendCommunicator communicator = ranks.get(rank);
      FakeFixture.assertSoon(() -> communicator.asyncError() == code);
      fake.synchronize(rank, streams[rank]); // the streams drain
    }
    String text = ranks.get(0).lastError();
    for (String part : parts) {
      assertTrue(text.contains(part), text);
    }
    // Later calls are refused, and another communicator of the same devices and streams works.
    assertEquals(code, allReduce(1, 4, DataType.INT32, Ops.SUM));
    List<BackendCommunicator> others = fake.communicators("other", 3);
    long[] fresh = new long[3];
    for (int rank = 0; rank < 3; rank++) {
      fresh[rank] = fake.filled(rank, 4, rank + 1, streams[rank]);
      ok(
          others
              .get(rank)
              .allReduce(fresh[rank], fresh[rank], 4, DataType.INT32, Ops.SUM, streams[rank]));
    }
    for (int rank = 0; rank < 3; rank++) {
      assertArrayEquals(new int[] {6, 6, 6, 6}, fake.download(rank, fresh[rank], 4, streams[rank]));
    }
  }

  private int allReduce(int rank, long count, DataType type, int op) {
    return ranks.get(rank).allReduce(buffers[rank], buffers[rank], count, type, op, streams[rank]);
  }

  @Test
  void differentCounts() {
    assertMismatch(
        (c, rank) -> ok(allReduce(rank, 4, DataType.INT32, Ops.SUM)),
        () -> ok(allReduce(1, 5, DataType.INT32, Ops.SUM)),
        "rank 0: allReduce(count=4, type=INT32, op=sum)",
        "rank 1: allReduce(count=5, type=INT32, op=sum)",
        "rank 2: has not called");
  }

  @Test
  void differentTypesOfTheSameSize() {
    assertMismatch(
        (c, rank) -> ok(allReduce(rank, 4, DataType.INT32, Ops.SUM)),
        () -> ok(allReduce(2, 4, DataType.FLOAT32, Ops.SUM)),
        "rank 2: allReduce(count=4, type=FLOAT32, op=sum)");
  }

  @Test
  void differentTunings() {
    assertMismatch(
        (c, rank) -> ok(allReduce(rank, 4, DataType.INT32, Ops.SUM)),
        () ->
            ok(
                ranks
                    .get(1)
                    .tuned(
                        BackendCommunicator.Tunable.ALL_REDUCE,
                        buffers[1],
                        buffers[1],
                        4,
                        DataType.INT32,
                        Ops.SUM,
                        0,
                        Tuning.DEFAULT.with(TuningOption.MAX_CTAS, 2),
                        streams[1])),
        "rank 0: allReduce(count=4, type=INT32, op=sum)",
        "rank 1: allReduce(count=4, type=INT32, op=sum, tuning #");
  }

  @Test
  void differentOperators() {
    assertMismatch(
        (c, rank) -> ok(allReduce(rank, 4, DataType.INT32, Ops.SUM)),
        () -> ok(allReduce(2, 4, DataType.INT32, Ops.MAX)),
        "op=max");
  }

  @Test
  void differentRoots() {
    assertMismatch(
        (c, rank) -> ok(c.broadcast(buffers[0], buffers[0], 4, DataType.INT32, 0, streams[0])),
        () -> ok(ranks.get(1).broadcast(buffers[1], buffers[1], 4, DataType.INT32, 1, streams[1])),
        "broadcast(count=4, type=INT32, root=0)",
        "root=1");
  }

  @Test
  void differentOperations() {
    assertMismatch(
        (c, rank) -> ok(allReduce(rank, 4, DataType.INT32, Ops.SUM)),
        () -> ok(ranks.get(1).allGather(buffers[1], buffers[1], 4, DataType.INT32, streams[1])),
        "rank 0: allReduce",
        "rank 1: allGather");
  }

  @Test
  void sendAndReceiveOfDifferentCounts() {
    assertMismatch(
        (c, rank) -> ok(c.send(buffers[0], 4, DataType.INT32, 2, streams[0])),
        () -> ok(ranks.get(2).recv(buffers[2], 3, DataType.INT32, 0, streams[2])),
        "rank 0: send(count=4, type=INT32, peer=2)",
        "rank 2: recv(count=3, type=INT32, peer=0)");
  }

  private int biased(int rank, long count, int op) {
    return ranks
        .get(rank)
        .allReduceWithBias(
            buffers[rank],
            buffers[rank],
            buffers[rank] + 32 * Integer.BYTES,
            count,
            DataType.INT32,
            op,
            streams[rank]);
  }

  @Test
  void aBiasOnOneRankAlone() {
    assertMismatch(
        (c, rank) -> ok(biased(rank, 4, Ops.SUM)),
        () -> ok(allReduce(1, 4, DataType.INT32, Ops.SUM)),
        "rank 0: allReduceWithBias(count=4, type=INT32, op=sum)",
        "rank 1: allReduce(count=4, type=INT32, op=sum)",
        "rank 2: has not called");
  }

  @Test
  void biasesOfDifferentCounts() {
    assertMismatch(
        (c, rank) -> ok(biased(rank, 4, Ops.MAX)),
        () -> ok(biased(2, 5, Ops.MAX)),
        "rank 0: allReduceWithBias(count=4, type=INT32, op=max)",
        "rank 2: allReduceWithBias(count=5, type=INT32, op=max)");
  }

  @Test
  void aBiasThatIsNoMemoryIsRefused() {
    assertEquals(
        Codes.INVALID_ARGUMENT,
        ranks
            .get(0)
            .allReduceWithBias(buffers[0], buffers[0], 0, 4, DataType.INT32, Ops.SUM, streams[0]));
    assertEquals(StatusCode.OK, ranks.get(0).asyncError());
  }

  private int allToAllV(int rank, long[] sendCounts, long[] recvCounts) {
    long[] offsets = {0, 8, 16};
    return ranks
        .get(rank)
        .allToAllV(
            buffers[rank],
            sendCounts,
            offsets,
            buffers[rank] + 32 * Integer.BYTES,
            recvCounts,
            offsets,
            DataType.INT32,
            streams[rank]);
  }

  @Test
  void anAllToAllWithCountsThatDiffer() {
    assertMismatch(
        (c, rank) -> ok(allToAllV(rank, new long[] {1, 2, 3}, new long[] {1, 2, 3})),
        () -> ok(allToAllV(1, new long[] {2, 1, 1}, new long[] {5, 1, 1})),
        "rank 0: send(count=2, type=INT32, peer=1)",
        "rank 1: recv(count=5, type=INT32, peer=0)");
  }

  @Test
  void anAllToAllWhoseOtherSideExpectsNothing() {
    assertMismatch(
        (c, rank) -> ok(allToAllV(rank, new long[] {1, 2, 3}, new long[] {1, 2, 3})),
        () -> ok(allToAllV(1, new long[] {2, 1, 1}, new long[] {0, 1, 1})),
        "rank 1: recv(count=0, type=INT32, peer=0)");
  }

  @Test
  void anAllToAllWithAPartThatIsNoMemoryIsRefusedWhole() {
    assertEquals(
        Codes.INVALID_ARGUMENT, allToAllV(0, new long[] {1, 1, 1000}, new long[] {1, 1, 1}));
    assertEquals(StatusCode.OK, ranks.get(0).asyncError());
    fake.synchronize(0, streams[0]); // nothing of it was enqueued
  }

  @Test
  void aRankThatLeavesWhileOthersWait() {
    ok(allReduce(0, 4, DataType.INT32, Ops.SUM));
    ok(ranks.get(1).destroy());
    assertFailed(
        Codes.REMOTE_ERROR, "rank 1 has closed the communicator", "rank 2: has not called");
  }

  @Test
  void aRankThatLeavesBeforeItsReceiveIsMet() {
    ok(ranks.get(0).recv(buffers[0], 4, DataType.INT32, 1, streams[0]));
    ok(ranks.get(1).destroy());
    assertFailed(Codes.REMOTE_ERROR, "rank 1 has closed the communicator", "recv(count=4");
  }

  @Test
  void aCallAfterARankHasLeft() {
    ok(ranks.get(1).destroy());
    ok(allReduce(0, 4, DataType.INT32, Ops.SUM));
    assertFailed(Codes.REMOTE_ERROR, "rank 0 called allReduce", "but rank 1 has closed");
  }

  @Test
  void whatTwoRanksGaveThatBothWaitForNobodyIsComparedAllTheSame() {
    List<BackendCommunicator> pair = fake.communicators("pair", 2);
    // Not one that is on its way anyway: no stream holds such calls.
    FakeFixture.assertSoon(MismatchTest::helperSleeps);
    for (int rank = 0; rank < 2; rank++) {
      long buffer = buffers[rank];
      ok(pair.get(rank).broadcast(buffer, buffer, 4, DataType.INT32, rank, streams[rank]));
      fake.synchronize(rank, streams[rank]);
    }
    for (BackendCommunicator communicator : pair) {
      FakeFixture.assertSoon(() -> communicator.asyncError() == Codes.INVALID_USAGE);
    }
    String text = pair.get(0).lastError();
    assertTrue(text.contains("rank 0: broadcast(count=4, type=INT32, root=0)"), text);
    assertTrue(text.contains("rank 1: broadcast(count=4, type=INT32, root=1)"), text);
  }

  private static boolean helperSleeps() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals("ccl-fake-helper"))
        .allMatch(thread -> thread.getState() == Thread.State.WAITING);
  }

  @Test
  void aRankThatLeavesWithoutTakingWhatItWasGiven() {
    ok(ranks.get(0).broadcast(buffers[0], buffers[0], 4, DataType.INT32, 0, streams[0]));
    fake.synchronize(0, streams[0]);
    ok(ranks.get(2).destroy());
    FakeFixture.assertSoon(() -> ranks.get(0).asyncError() == Codes.REMOTE_ERROR);
    String text = ranks.get(1).lastError();
    assertTrue(text.contains("rank 2 has closed the communicator"), text);
  }

  @Test
  void anAbortEndsWhatOthersWaitFor() {
    ok(allReduce(0, 4, DataType.INT32, Ops.SUM));
    ok(ranks.get(2).abort());
    assertFailed(Codes.REMOTE_ERROR, "rank 2 aborted the communicator c");
  }

  @Test
  void anUnmatchedCallWaitsAndSaysForWhom() {
    ok(allReduce(0, 4, DataType.INT32, Ops.SUM));
    ok(allReduce(0, 4, DataType.INT32, Ops.SUM));
    assertEquals(
        StatusCode.NOT_READY,
        fake.runtime.synchronizeStream(0, streams[0], TimeUnit.MILLISECONDS.toNanos(20)));
    String text = fake.runtime.describeStream(0, streams[0]);
    assertTrue(
        text.contains(
            "rank 0 of c is in allReduce(count=4, type=INT32, op=sum) and waits for other ranks"),
        text);
    assertTrue(text.contains("rank 1: has not called"), text);
    assertTrue(text.contains("1 more operations are enqueued behind it"), text);
    for (int rank : new int[] {1, 1, 2, 2}) {
      ok(allReduce(rank, 4, DataType.INT32, Ops.SUM));
    }
    fake.synchronize(0, streams[0]);
  }

  @Test
  void aDestroyedOperatorIsRefused() {
    int op = FakeFixture.value(ranks.get(0).createPreMulSum(DataType.INT32, FakeFixture.host(4)));
    ok(ranks.get(0).destroyOperator(op));
    assertEquals(Codes.INVALID_ARGUMENT, allReduce(0, 4, DataType.INT32, op));
    assertEquals(Codes.INVALID_ARGUMENT, ranks.get(0).destroyOperator(op));
    assertEquals(StatusCode.OK, ranks.get(0).asyncError());
  }
}
