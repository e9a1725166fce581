package org.ccl4j.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class RankTeamTest {
  @Test
  void noRankPassesTheBarrierBeforeAllAreThere() {
    int ranks = 5;
    AtomicInteger arrived = new AtomicInteger();
    RankTeam.run(
        ranks,
        (rank, meeting) -> {
          for (int round = 1; round <= 1000; round++) {
            arrived.incrementAndGet();
            meeting.seat(rank).await();
            assertEquals(round * ranks, arrived.get());
            meeting.seat(rank).await();
          }
        });
    assertEquals(1000 * ranks, arrived.get());
  }

  @Test
  void theFirstFailureEndsRanksThatWaitForIt() {
    IllegalStateException first = new IllegalStateException("rank 1 has enough");
    CountDownLatch never = new CountDownLatch(1);
    IllegalStateException thrown =
        assertThrows(
            IllegalStateException.class,
            () ->
                RankTeam.run(
                    3,
                    (rank, meeting) -> {
                      switch (rank) {
                        case 0 -> meeting.seat(rank).await();
                        case 1 -> throw first;
                        default -> {
                          try {
                            never.await();
                          } catch (InterruptedException e) {
                            throw new IllegalArgumentException("interrupted", e);
                          }
                        }
                      }
                    }));
    assertSame(first, thrown);
  }
}
