package org.ccl4j.fake;

import static org.ccl4j.fake.FakeFixture.ok;
import static org.ccl4j.fake.FakeFixture.value;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.ccl4j.api.DataType;
import org.ccl4j.api.Tuning;
import org.ccl4j.api.UniqueId;
import org.ccl4j.spi.Backend.ConnectRequest;
import org.ccl4j.spi.Backend.Terms;
import org.ccl4j.spi.BackendCommunicator;
import org.ccl4j.spi.Result;
import org.ccl4j.spi.StatusCode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Ranks as processes that die. This JVM is rank 0. */
@Timeout(120)
class SharedMemoryFaultsTest {
  private static final int COUNT = OtherProcess.COUNT;

  @TempDir Path folder;

  // Set before each test.
  @SuppressWarnings("NullAway.Init")
  private FakeFixture fake;

  @SuppressWarnings("NullAway.Init")
  private UniqueId id;

  private long stream;
  private long buffer;

  @BeforeEach
  void open() {
    fake = OtherProcess.open(folder);
    id = UniqueId.of(FakeBackendProvider.ID, value(fake.backend.newUniqueId()));
    stream = fake.stream(0);
    buffer = fake.filled(0, COUNT, 1, stream);
  }

  @AfterEach
  void close() {
    fake.close();
  }

  private Result<BackendCommunicator> connect(int size) {
    return fake.backend.connect(new ConnectRequest(id, 0, size, 0, "c", FakeFixture.DEADLINE));
  }

  private int sum(BackendCommunicator communicator) {
    return communicator.allReduce(buffer, buffer, COUNT, DataType.INT32, Ops.SUM, stream);
  }

  /** Lists names alone: what they stand for may go away at any moment. */
  private long homes() throws IOException {
    long count = 0;
    try (DirectoryStream<Path> owners = Files.newDirectoryStream(folder)) {
      for (Path owner : owners) {
        try (Stream<Path> all = Files.list(owner)) {
          count += all.filter(path -> String.valueOf(path.getFileName()).startsWith("p-")).count();
        }
      }
    }
    return count;
  }

  @Test
  void ranksInSeveralProcessesGetTheSum() throws Exception {
    try (OtherProcess one = OtherProcess.start(folder, id, 1, 3);
        OtherProcess two = OtherProcess.start(folder, id, 2, 3)) {
      BackendCommunicator communicator = value(connect(3));
      assertEquals("connected", one.hear());
      assertEquals("connected", two.hear());
      one.tell("sum");
      two.tell("sum");
      ok(sum(communicator));
      int[] values = fake.download(0, buffer, COUNT, stream);
      for (int value : values) {
        assertEquals(1 + 2 + 3, value);
      }
      assertEquals("6", one.hear());
      assertEquals("6", two.hear());
    }
  }

  @Test
  void ranksInSeveralProcessesFindTheirBiasesAndParts() throws Exception {
    try (OtherProcess one = OtherProcess.start(folder, id, 1, 3);
        OtherProcess two = OtherProcess.start(folder, id, 2, 3)) {
      BackendCommunicator communicator = value(connect(3));
      assertEquals("connected", one.hear());
      assertEquals("connected", two.hear());
      one.tell("biased sum");
      two.tell("biased sum");
      long result = fake.filled(0, COUNT, 0, stream);
      ok(OtherProcess.biasedSum(fake, communicator, 0, buffer, result, stream));
      for (int value : fake.download(0, result, COUNT, stream)) {
        assertEquals(1000 + 1 + 2 + 3, value);
      }
      assertEquals("1006", one.hear());
      assertEquals("1006", two.hear());
      one.tell("exchange");
      two.tell("exchange");
      assertEquals(
          80_000, OtherProcess.exchange(fake, communicator, 0, 3, buffer, stream), "rank 0");
      assertEquals("140000", one.hear());
      assertEquals("200000", two.hear());
    }
  }

  @Test
  void aKilledProcessIsNamedToAllThatWaitForIt() throws Exception {
    try (OtherProcess one = OtherProcess.start(folder, id, 1, 3);
        OtherProcess two = OtherProcess.start(folder, id, 2, 3)) {
      BackendCommunicator communicator = value(connect(3));
      assertEquals("connected", one.hear());
      assertEquals("connected", two.hear());
      ok(sum(communicator));
      one.tell("fail");
      long start = System.nanoTime();
      two.kill();
      fake.synchronize(0, stream); // the stream drains
      assertTrue(System.nanoTime() - start < TimeUnit.SECONDS.toNanos(20), "in reasonable time");
      assertEquals(Codes.REMOTE_ERROR, communicator.asyncError());
      String expected = "the process of rank 2 (pid " + two.pid() + ") has ended";
      assertTrue(communicator.lastError().contains(expected), communicator.lastError());
      String heard = one.hear();
      assertTrue(heard.contains(expected), heard);
      FakeFixture.assertSoon(() -> leftHomes() == 2);
    }
  }

  @Test
  void aWaitForTheSignalOfAKilledProcessEnds() throws Exception {
    try (OtherProcess one = OtherProcess.start(folder, id, 1, 2)) {
      BackendCommunicator communicator = value(connect(2));
      assertEquals("connected", one.hear());
      ok(communicator.waitSignal(new int[] {1}, new int[] {1}, 0, 0, stream));
      one.tell("signal");
      fake.synchronize(0, stream);
      ok(communicator.waitSignal(new int[] {1}, new int[] {1}, 0, 0, stream));
      one.kill();
      fake.synchronize(0, stream); // the stream drains
      assertEquals(Codes.REMOTE_ERROR, communicator.asyncError());
    }
  }

  @Test
  void thoseThatAreLeftAfterAKillGoOnTogether() throws Exception {
    try (OtherProcess one = OtherProcess.start(folder, id, 1, 3);
        OtherProcess two = OtherProcess.start(folder, id, 2, 3)) {
      BackendCommunicator communicator = value(connect(3));
      assertEquals("connected", one.hear());
      assertEquals("connected", two.hear());
      ok(sum(communicator));
      two.kill();
      one.tell("shrink");
      Terms terms = new Terms("shrunk", Tuning.DEFAULT, FakeFixture.DEADLINE);
      BackendCommunicator.Child child = value(communicator.shrink(new int[] {2}, true, terms));
      assertEquals(2, child.size());
      ok(communicator.abort());
      fake.synchronize(0, stream);
      long fresh = fake.filled(0, COUNT, 1, stream);
      ok(child.communicator().allReduce(fresh, fresh, COUNT, DataType.INT32, Ops.SUM, stream));
      assertEquals(1 + 2, fake.download(0, fresh, COUNT, stream)[COUNT - 1]);
      assertEquals("3", one.hear());
      assertEquals(StatusCode.OK, child.communicator().asyncError());
    }
  }

  private long leftHomes() {
    try {
      return homes();
    } catch (IOException e) {
      return -1; // changed while it was looked at
    }
  }

  @Test
  void aProcessThatIsKilledInTheMiddleOfItsWorkStopsNobody() throws Exception {
    try (OtherProcess one = OtherProcess.start(folder, id, 1, 2)) {
      BackendCommunicator communicator = value(connect(2));
      assertEquals("connected", one.hear());
      one.tell("sum for ever");
      assertEquals("summing", one.hear());
      for (int i = 0; i < 200; i++) {
        ok(sum(communicator));
        fake.synchronize(0, stream);
      }
      one.kill();
      while (communicator.asyncError() == StatusCode.OK) {
        sum(communicator);
        fake.synchronize(0, stream);
      }
      assertTrue(communicator.lastError().contains("rank 1"), communicator.lastError());
      // The device is as good as before.
      BackendCommunicator alone = fake.communicators("alone", 1).get(0);
      long fresh = fake.filled(0, 4, 7, stream);
      ok(alone.allReduce(fresh, fresh, 4, DataType.INT32, Ops.SUM, stream));
      assertEquals(7, fake.download(0, fresh, 4, stream)[3]);
    }
  }

  @Test
  void aProcessThatDiesIsNoticedWithoutAnyCall() throws Exception {
    try (OtherProcess one = OtherProcess.start(folder, id, 1, 2)) {
      BackendCommunicator communicator = value(connect(2));
      assertEquals("connected", one.hear());
      one.kill();
      FakeFixture.assertSoon(() -> communicator.asyncError() == Codes.REMOTE_ERROR);
    }
  }

  @Test
  void aRankThatDiesWhileOthersConnectIsNamed() throws Exception {
    try (OtherProcess one = OtherProcess.start(folder, id, 1, 3)) {
      FakeFixture.assertSoon(() -> ranksOnBoard() == 1);
      one.kill();
      assertEquals(Codes.REMOTE_ERROR, connect(3).status());
      String expected = "the process of rank 1 (pid " + one.pid() + ")";
      assertTrue(Codes.lastError().contains(expected), Codes::lastError);
    }
  }

  /** How many ranks have come to the board that is still open. */
  private long ranksOnBoard() {
    try (Stream<Path> all = Files.walk(folder)) {
      Path board =
          all.filter(path -> String.valueOf(path.getFileName()).startsWith("b-"))
              .findFirst()
              .orElse(null);
      if (board == null) {
        return 0;
      }
      try (FileChannel channel = FileChannel.open(board, StandardOpenOption.READ)) {
        Board words = new Board(channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size()));
        return words.get(Layout.ARRIVED);
      }
    } catch (IOException | UncheckedIOException e) {
      return -1; // changed while it was looked at
    }
  }

  @Test
  void whatKilledProcessesLeftGoesWithTheNextUser() throws Exception {
    try (OtherProcess lone = OtherProcess.start(folder, id, 0, 1)) {
      assertEquals("connected", lone.hear());
      assertEquals(2, homes());
      lone.kill();
      assertEquals(2, homes());
    }
    fake.close();
    OtherProcess.open(folder).close();
    assertEquals(0, homes());
  }

  @Test
  void aFullFileSystemIsAnErrorWithTheNumberNeeded() throws Exception {
    Path small = Files.createDirectory(folder.resolve("small"));
    assumeTrue(
        run("mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", small.toString()) == 0,
        "a small file system can be mounted here (needs root)");
    try (FakeFixture cramped = OtherProcess.open(small)) {
      Result<Long> memory = cramped.runtime.allocate(0, 4 << 20);
      assertEquals(Codes.OUT_OF_MEMORY, memory.status());
      assertTrue(Codes.lastError().contains("4194304 bytes are needed in"), Codes::lastError);
      assertTrue(Codes.lastError().contains("--shm-size"), Codes::lastError);
      // What was taken meanwhile is free again for something smaller.
      long address = cramped.allocate(0, 1 << 20);
      UniqueId other = UniqueId.of(FakeBackendProvider.ID, value(cramped.backend.newUniqueId()));
      Result<BackendCommunicator> board =
          cramped.backend.connect(new ConnectRequest(other, 0, 40, 0, "c", FakeFixture.DEADLINE));
      assertEquals(Codes.SYSTEM_ERROR, board.status());
      assertTrue(
          Codes.lastError().contains("needs " + SharedBoard.bytes(40) + " bytes"),
          Codes::lastError);
      ok(cramped.runtime.free(0, address));
    } finally {
      assertEquals(0, run("umount", "-l", small.toString()));
    }
  }

  private static int run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getInputStream().readAllBytes();
    return process.waitFor();
  }
}
