package org.ccl4j.fake;

import static org.ccl4j.fake.FakeFixture.value;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.ccl4j.api.UniqueId;
import org.ccl4j.fake.RandomProgramsTest.RankProgram;
import org.ccl4j.spi.Backend.ConnectRequest;
import org.ccl4j.spi.BackendCommunicator;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The programs of {@link RandomProgramsTest} with a process for each rank. */
@Timeout(300)
class RandomProgramsOfProcessesTest {
  @TempDir private static Path folder;

  /**
   * One rank: an order is a seed and the ids of the two communicators, the answer what it found.
   */
  static final class Rank {
    private Rank() {}

    public static void main(String[] args) throws Exception {
      int rank = Integer.parseInt(args[1]);
      int ranks = Integer.parseInt(args[2]);
      int steps = Integer.parseInt(args[3]);
      BufferedReader orders =
          new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
      try (FakeFixture fake = OtherProcess.open(Path.of(args[0]))) {
        for (String order = orders.readLine(); order != null; order = orders.readLine()) {
          String[] words = order.split(" ", -1);
          int seed = Integer.parseInt(words[0]);
          BackendCommunicator first = connect(fake, words[1], rank, ranks);
          BackendCommunicator second = connect(fake, words[2], rank, ranks);
          int[] found = new RankProgram(fake, rank, ranks, steps, seed, first, second).call();
          int[] expected = RandomProgramsTest.model(ranks, steps, seed)[rank];
          say(
              Arrays.equals(expected, found)
                  ? "right"
                  : "expected " + Arrays.toString(expected) + ", found " + Arrays.toString(found));
        }
      }
    }

    private static BackendCommunicator connect(FakeFixture fake, String id, int rank, int ranks) {
      return value(
          fake.backend.connect(
              new ConnectRequest(
                  UniqueId.parse(id), rank, ranks, rank, "c", FakeFixture.DEADLINE)));
    }

    private static void say(String text) {
      System.out.println(text);
      System.out.flush();
    }
  }

  @ParameterizedTest(name = "{0} ranks, {1} steps, seeds {2} to {2} + {3}")
  @CsvSource({"2, 300, 1000, 8", "3, 150, 2000, 3", "4, 100, 3000, 2"})
  void everyRankEndsWithWhatTheModelSays(int ranks, int steps, int firstSeed, int seeds)
      throws IOException {
    List<OtherProcess> processes = new ArrayList<>();
    try (FakeFixture fake = OtherProcess.open(folder)) {
      for (int rank = 0; rank < ranks; rank++) {
        processes.add(
            OtherProcess.start(Rank.class, folder.toString(), "" + rank, "" + ranks, "" + steps));
      }
      for (int seed = firstSeed; seed < firstSeed + seeds; seed++) {
        String order = seed + " " + id(fake) + " " + id(fake);
        for (OtherProcess process : processes) {
          process.tell(order);
        }
        for (OtherProcess process : processes) {
          assertEquals("right", process.hear(), "seed " + seed);
        }
      }
    } finally {
      processes.forEach(OtherProcess::close);
    }
  }

  private static String id(FakeFixture fake) {
    return UniqueId.of(FakeBackendProvider.ID, value(fake.backend.newUniqueId())).toText();
  }
}
