package org.ccl4j.fake;

import static org.ccl4j.fake.FakeFixture.value;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.ccl4j.api.Tuning;
import org.ccl4j.api.UniqueId;
import org.ccl4j.spi.Backend.ConnectRequest;
import org.ccl4j.spi.Backend.Terms;
import org.ccl4j.spi.BackendCommunicator;
import org.ccl4j.spi.Result;
import org.ccl4j.spi.StatusCode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RendezvousTest {
  private static final long SHORT = TimeUnit.MILLISECONDS.toNanos(30);

  private final FakeFixture fake = open();
  private final UniqueId id =
      UniqueId.of(FakeBackendProvider.ID, value(fake.backend.newUniqueId()));

  /** The fake under test. */
  FakeFixture open() {
    return new FakeFixture(4);
  }

  @AfterEach
  void close() {
    fake.close();
  }

  Result<BackendCommunicator> connect(UniqueId id, int rank, int size, int device, long timeout) {
    Result<BackendCommunicator> result =
        fake.backend.connect(new ConnectRequest(id, rank, size, device, "c", timeout));
    return result.ok() ? result : new Result<>(result.status(), null);
  }

  private CompletableFuture<Result<BackendCommunicator>> later(int rank, int size, int device) {
    return CompletableFuture.supplyAsync(
        () -> connect(id, rank, size, device, FakeFixture.DEADLINE));
  }

  static void assertRefused(Result<BackendCommunicator> result, String part) {
    assertEquals(Codes.INVALID_ARGUMENT, result.status());
    assertTrue(Codes.lastError().contains(part), Codes.lastError());
  }

  @Test
  void ranksOfSeveralBackendsMeet() throws Exception {
    try (FakeFixture other = open()) {
      CompletableFuture<Result<BackendCommunicator>> first = later(0, 2, 0);
      Result<BackendCommunicator> second =
          other.backend.connect(new ConnectRequest(id, 1, 2, 1, "c", FakeFixture.DEADLINE));
      assertTrue(second.ok());
      assertTrue(first.get(30, TimeUnit.SECONDS).ok());
    }
  }

  @Test
  void aRankThatGaveUpLeavesNothingBehind() throws Exception {
    assertEquals(StatusCode.NOT_READY, connect(id, 0, 2, 0, SHORT).status());
    CompletableFuture<Result<BackendCommunicator>> again = later(0, 2, 0);
    assertTrue(connect(id, 1, 2, 1, FakeFixture.DEADLINE).ok());
    assertTrue(again.get(30, TimeUnit.SECONDS).ok());
  }

  @Test
  void anIdIsGoodForOneCommunicator() {
    assertTrue(connect(id, 0, 1, 0, SHORT).ok());
    assertRefused(connect(id, 0, 1, 0, SHORT), "used before");
  }

  @Test
  void anIdOfAnotherProcessIsRefused() {
    byte[] bytes = id.toBytes();
    bytes[0]++;
    assertRefused(
        connect(UniqueId.of(FakeBackendProvider.ID, bytes), 0, 1, 0, SHORT), "another process");
  }

  @Test
  void contradictionsAreRefusedAndTheOthersGoOn() throws Exception {
    FutureTask<Result<BackendCommunicator>> first =
        new FutureTask<>(() -> connect(id, 0, 2, 0, FakeFixture.DEADLINE));
    Thread thread = new Thread(first);
    thread.start();
    FakeFixture.assertSoon(() -> thread.getState() == Thread.State.TIMED_WAITING);
    assertRefused(connect(id, 1, 3, 1, SHORT), "says there are 3 ranks, others said 2");
    assertRefused(connect(id, 0, 2, 1, SHORT), "rank 0 is there twice");
    assertRefused(connect(id, 1, 2, 0, SHORT), "both have device 0");
    assertTrue(connect(id, 1, 2, 1, FakeFixture.DEADLINE).ok());
    assertTrue(first.get(30, TimeUnit.SECONDS).ok());
  }

  @Test
  void aSplitThatOneRankMissesEndsForAll() {
    BackendCommunicator rank0 = fake.communicators("c", 2).get(0);
    assertEquals(
        StatusCode.NOT_READY, rank0.split(0, 0, new Terms("half", Tuning.DEFAULT, SHORT)).status());
  }
}
