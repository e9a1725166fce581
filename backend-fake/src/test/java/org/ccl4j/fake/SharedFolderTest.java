package org.ccl4j.fake;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.stream.Stream;
import org.ccl4j.api.CclException;
import org.ccl4j.api.config.Settings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SharedFolderTest {
  @TempDir Path parent;

  private Path own() throws IOException {
    return parent.resolve("ccl4j-fake-" + Files.getAttribute(parent, "unix:uid"));
  }

  private FakeFixture open() {
    return new FakeFixture(
        Map.of("ccl.fake.transport", "shm", "ccl.fake.shm.directory", parent.toString()));
  }

  private void assertRefused(String part) {
    CclException e = assertThrows(CclException.class, this::open);
    assertTrue(String.valueOf(e.getMessage()).contains(part), e::getMessage);
  }

  @Test
  void everythingIsReadableByTheOwnerAlone() throws IOException {
    try (FakeFixture fake = open()) {
      fake.allocate(0, 1000);
      try (Stream<Path> all = Files.walk(own())) {
        all.forEach(
            path -> {
              try {
                String mode = PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
                assertTrue(mode.endsWith("------"), path + " " + mode);
              } catch (IOException e) {
                throw new AssertionError(e);
              }
            });
      }
    }
  }

  @Test
  void theLastBackendRemovesTheMemory() throws IOException {
    FakeFixture first = open();
    try (FakeFixture second = open()) {
      second.allocate(0, 1000);
      first.close();
      try (Stream<Path> homes = Files.list(own())) {
        assertEquals(1, homes.count());
      }
    }
    try (Stream<Path> homes = Files.list(own())) {
      assertEquals(0, homes.count());
    }
  }

  @Test
  void aFolderThatOthersCanReadIsRefused() throws IOException {
    Files.createDirectory(own());
    Files.setPosixFilePermissions(own(), PosixFilePermissions.fromString("rwxr-xr-x"));
    assertRefused("rwxr-xr-x");
  }

  @Test
  void aLinkInsteadOfTheFolderIsRefused() throws IOException {
    Path elsewhere = Files.createDirectory(parent.resolve("elsewhere"));
    Files.createSymbolicLink(own(), elsewhere);
    assertRefused("is not a folder that belongs to this user alone");
  }

  @Test
  void aParentThatIsNotThereIsRefusedWithTheKeyToSet() {
    CclException e =
        assertThrows(
            CclException.class,
            () ->
                new FakeFixture(
                    Map.of(
                        "ccl.fake.transport",
                        "shm",
                        "ccl.fake.shm.directory",
                        parent.resolve("none").toString())));
    assertTrue(String.valueOf(e.getMessage()).contains("ccl.fake.shm.directory"), e::getMessage);
  }

  @Test
  void whatTheDeadLeftIsSweptByTheNext() throws IOException {
    open().close();
    Path dead = Files.createDirectory(own().resolve("p-1-0000000000000000"));
    Files.write(dead.resolve(HomeWatch.LOCK_FILE), new byte[0]);
    Files.write(dead.resolve("slab-0"), new byte[5000]);
    Path young = Files.createDirectory(own().resolve("new-1-1"));
    Path old = Files.createDirectory(own().resolve("new-1-2"));
    Path foreign = Files.createDirectory(own().resolve("something-else"));
    Path board = Files.write(own().resolve("b-00"), new byte[100]);
    FileTime longAgo = FileTime.from(Instant.now().minus(Duration.ofHours(1)));
    Files.setLastModifiedTime(old, longAgo);
    Files.setLastModifiedTime(foreign, longAgo);
    Files.setLastModifiedTime(board, longAgo);
    try (FakeFixture fake = open()) {
      assertFalse(Files.exists(dead), "the home of a process that has ended");
      assertFalse(Files.exists(old), "a home that was never finished");
      assertFalse(Files.exists(board), "a board nobody is at");
      assertTrue(Files.exists(young), "a home that is just being made");
      assertTrue(Files.exists(foreign), "what is not the fake's");
      assertTrue(fake.allocate(0, 8) != 0);
    }
  }

  @Test
  void autoTakesSharedMemoryWhereALauncherStartedSeveralRanks() {
    assertEquals(Transport.THREADS, Transport.of(Settings.of(Map.of())));
    Map<String, String> torchrun =
        Map.of("RANK", "0", "WORLD_SIZE", "2", "LOCAL_RANK", "0", "LOCAL_WORLD_SIZE", "2");
    assertEquals(Transport.SHM, Transport.of(Settings.of(key -> null, torchrun::get)));
    CclException e =
        assertThrows(
            CclException.class,
            () -> Transport.of(Settings.of(Map.of("ccl.fake.transport", "tcp"))));
    assertTrue(String.valueOf(e.getMessage()).contains("threads, shm and auto"), e::getMessage);
  }
}
