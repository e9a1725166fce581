package org.ccl4j.fake;

import static org.ccl4j.fake.FakeFixture.ok;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.ccl4j.api.DataType;
import org.ccl4j.spi.BackendCommunicator;
import org.ccl4j.spi.StatusCode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A rank that only gives goes ahead of the others as far as there is room, and no further. */
class FarAheadTest {
  private static final int CALLS = 3 * Layout.DEPTH;
  private static final int ROUNDS = 5;
  private static final long SHORT = TimeUnit.MILLISECONDS.toNanos(3);

  private final FakeFixture fake = new FakeFixture(2);
  private final List<BackendCommunicator> ranks = fake.communicators("c", 2);
  private final long[] streams = {fake.stream(0), fake.stream(1)};
  private final long[] others = {fake.stream(0), fake.stream(1)};
  private final long[] buffers = {
    fake.filled(0, CALLS, 0, streams[0]), fake.filled(1, CALLS, 0, streams[1])
  };

  @AfterEach
  void close() {
    ranks.forEach(rank -> ok(rank.destroy()));
    fake.close();
  }

  /** Makes the calls of one rank, one for each element. */
  private interface Call {
    int make(int rank, long element);
  }

  private void assertArrivesLate(Call call) {
    for (int round = 0; round < ROUNDS; round++) {
      int first = 1000 * round;
      int[] values = IntStream.range(first, first + CALLS).toArray();
      fake.upload(0, buffers[0], values, streams[0]);
      fake.synchronize(0, streams[0]);
      tellHowFar(round);
      makeAll(0, call);
      assertEquals(StatusCode.NOT_READY, fake.runtime.synchronizeStream(0, streams[0], SHORT));
      makeAll(1, call);
      assertArrayEquals(values, fake.download(1, buffers[1], CALLS, streams[1]));
      fake.synchronize(0, streams[0]);
    }
  }

  private void makeAll(int rank, Call call) {
    for (int i = 0; i < CALLS; i++) {
      ok(call.make(rank, buffers[rank] + (long) i * Integer.BYTES));
    }
  }

  /** Messages the other way: what they say of the receiver must not be taken for more. */
  private void tellHowFar(int messages) {
    long from = fake.filled(1, 1, 1, others[1]);
    long to = fake.filled(0, 1, 1, others[0]);
    for (int i = 0; i < messages; i++) {
      ok(ranks.get(1).send(from, 1, DataType.INT32, 0, others[1]));
      ok(ranks.get(0).recv(to, 1, DataType.INT32, 1, others[0]));
    }
    fake.synchronize(1, others[1]);
    fake.synchronize(0, others[0]);
  }

  @Test
  void sendsThatNobodyReceivesYetAreNotOverwritten() {
    assertArrivesLate(
        (rank, element) ->
            rank == 0
                ? ranks.get(0).send(element, 1, DataType.INT32, 1, streams[0])
                : ranks.get(1).recv(element, 1, DataType.INT32, 0, streams[1]));
  }

  @Test
  void broadcastsThatNobodyTakesYetAreNotOverwritten() {
    assertArrivesLate(
        (rank, element) ->
            ranks.get(rank).broadcast(element, element, 1, DataType.INT32, 0, streams[rank]));
  }
}
