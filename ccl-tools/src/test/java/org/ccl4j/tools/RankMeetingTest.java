package org.ccl4j.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RankMeetingTest {
  private static final int RANKS = 4;
  private static final int ROUNDS = 2000;

  private static void exchange(int rank, RankMeeting meeting) {
    RankMeeting.Seat seat = meeting.seat(rank);
    for (int round = 0; round < ROUNDS; round++) {
      assertEquals(10L * round + RANKS - 1, seat.max(10L * round + rank));
      assertEquals(RANKS * (long) round + 6, seat.sum(round + rank));
      assertEquals(round % 3 == 0, seat.decide(rank == 0 ? round % 3 == 0 : round % 2 == 0));
    }
  }

  @Test
  void allRanksGetTheSameAnswers() {
    RankTeam.run(RANKS, RankMeetingTest::exchange);
  }

  @Test
  void mappedFilesDoTheSame(@TempDir Path folder) {
    // Each rank maps the file by itself, as processes do.
    RankTeam.run(
        RANKS,
        (rank, unused) -> {
          try {
            exchange(rank, RankMeeting.ofProcesses(folder.resolve("meeting"), RANKS));
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }
}
