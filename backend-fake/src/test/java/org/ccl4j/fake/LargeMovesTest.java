package org.ccl4j.fake;

import static org.ccl4j.fake.FakeFixture.ok;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.List;
import java.util.stream.IntStream;
import org.ccl4j.api.DataType;
import org.ccl4j.spi.BackendCommunicator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Moves of so many bytes that they are cut into large pieces where the JVM likes these. */
class LargeMovesTest {
  private static final int RANKS = 2;

  /** Of 4 bytes: just enough, and neither a whole number of small pieces nor of large ones. */
  private static final int COUNT = (1 << 21) + 12_345;

  private final FakeFixture fake = new FakeFixture(RANKS);
  private final List<BackendCommunicator> ranks = fake.communicators("c", RANKS);
  private final long[] streams = {fake.stream(0), fake.stream(1)};
  private final long[] sent = new long[RANKS];
  private final long[] received = new long[RANKS];

  LargeMovesTest() {
    for (int rank = 0; rank < RANKS; rank++) {
      sent[rank] = fake.filled(rank, COUNT, 0, streams[rank]);
      fake.upload(rank, sent[rank], values(rank), streams[rank]);
      received[rank] = fake.filled(rank, RANKS * COUNT, -1, streams[rank]);
    }
  }

  @AfterEach
  void close() {
    ranks.forEach(rank -> ok(rank.destroy()));
    fake.close();
  }

  /** Every element of every rank is another. */
  private static int[] values(int rank) {
    return IntStream.range(0, COUNT).map(i -> RANKS * i + rank).toArray();
  }

  @Test
  void everyPieceOfAnAllGatherComesToEachRank() {
    for (int rank = 0; rank < RANKS; rank++) {
      ok(
          ranks
              .get(rank)
              .allGather(sent[rank], received[rank], COUNT, DataType.INT32, streams[rank]));
    }
    int[] all = IntStream.concat(IntStream.of(values(0)), IntStream.of(values(1))).toArray();
    for (int rank = 0; rank < RANKS; rank++) {
      assertArrayEquals(all, fake.download(rank, received[rank], RANKS * COUNT, streams[rank]));
    }
  }

  @Test
  void everyPieceOfABroadcastComesToEachRank() {
    for (int rank = 0; rank < RANKS; rank++) {
      ok(
          ranks
              .get(rank)
              .broadcast(sent[rank], received[rank], COUNT, DataType.INT32, 1, streams[rank]));
    }
    for (int rank = 0; rank < RANKS; rank++) {
      assertArrayEquals(values(1), fake.download(rank, received[rank], COUNT, streams[rank]));
      // What lies behind it is as it was.
      long behind = received[rank] + (long) COUNT * Integer.BYTES;
      assertArrayEquals(new int[] {-1}, fake.download(rank, behind, 1, streams[rank]));
    }
  }
}
