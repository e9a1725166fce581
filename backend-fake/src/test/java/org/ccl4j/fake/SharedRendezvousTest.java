package org.ccl4j.fake;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.ccl4j.api.UniqueId;
import org.ccl4j.spi.StatusCode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The same over files, and what they leave behind. */
class SharedRendezvousTest extends RendezvousTest {
  @TempDir static Path folder;

  @Override
  FakeFixture open() {
    return new FakeFixture(
        Map.of(
            "ccl.fake.devices", "4",
            "ccl.fake.transport", "shm",
            "ccl.fake.shm.directory", folder.toString()));
  }

  /** What lies in the user's folder but for the homes of living processes. */
  private static List<String> boards() throws IOException {
    try (Stream<Path> users = Files.list(folder)) {
      Path own = users.findFirst().orElseThrow();
      try (Stream<Path> entries = Files.list(own)) {
        return entries
            .map(entry -> String.valueOf(entry.getFileName()))
            .filter(name -> !name.startsWith("p-"))
            .toList();
      }
    }
  }

  @Override
  @Test
  void aRankThatGaveUpLeavesNothingBehind() throws Exception {
    super.aRankThatGaveUpLeavesNothingBehind();
    assertEquals(List.of(), boards(), "a board whose ranks have all come has no name any more");
    assertEquals(
        StatusCode.NOT_READY, connect(otherId(), 0, 2, 0, 1_000_000).status(), "nobody else came");
    assertEquals(List.of(), boards(), "the last one takes the board along");
  }

  private UniqueId otherId() {
    try (FakeFixture other = open()) {
      return UniqueId.of(FakeBackendProvider.ID, FakeFixture.value(other.backend.newUniqueId()));
    }
  }

  @Override
  @Test
  void anIdOfAnotherProcessIsRefused() {
    UniqueId threads;
    try (FakeFixture other = new FakeFixture(4)) {
      threads = UniqueId.of(FakeBackendProvider.ID, FakeFixture.value(other.backend.newUniqueId()));
    }
    assertRefused(connect(threads, 0, 1, 0, 1_000_000), "ccl.fake.transport=threads");
    // An id of this kind is good in any process, and nobody can guess one.
    assertTrue(connect(otherId(), 0, 1, 0, FakeFixture.DEADLINE).ok());
  }
}
