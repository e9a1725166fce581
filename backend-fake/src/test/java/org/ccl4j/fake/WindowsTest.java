package org.ccl4j.fake;

import static org.ccl4j.fake.FakeFixture.ok;
import static org.ccl4j.fake.FakeFixture.value;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.ccl4j.api.DataType;
import org.ccl4j.api.UniqueId;
import org.ccl4j.api.WindowOption;
import org.ccl4j.spi.Backend.ConnectRequest;
import org.ccl4j.spi.BackendCommunicator;
import org.ccl4j.spi.Result;
import org.ccl4j.spi.StatusCode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the fake says about windows and signals that are used wrongly. */
@Timeout(120)
class WindowsTest {
  private static final int COUNT = 2_500_000;
  private static final int BYTES = COUNT * Integer.BYTES;

  private final FakeFixture fake = open();
  private final List<BackendCommunicator> comms = connect();
  private final long stream = fake.stream(0);

  /** The fake under test. */
  FakeFixture open() {
    return new FakeFixture(2);
  }

  @AfterEach
  void close() {
    fake.close();
  }

  private static <T> List<T> onRanks(Function<Integer, T> body) {
    List<CompletableFuture<T>> both =
        IntStream.range(0, 2)
            .mapToObj(rank -> FakeFixture.inThread(() -> body.apply(rank)))
            .toList();
    return both.stream().map(CompletableFuture::join).toList();
  }

  private List<BackendCommunicator> connect() {
    UniqueId id = UniqueId.of(FakeBackendProvider.ID, value(fake.backend.newUniqueId()));
    return onRanks(
        rank ->
            value(
                fake.backend.connect(
                    new ConnectRequest(id, rank, 2, rank, "c", FakeFixture.DEADLINE))));
  }

  private Result<Long> window(int rank, long address, long bytes) {
    return comms.get(rank).registerWindow(address, bytes, Set.of(), FakeFixture.DEADLINE);
  }

  private List<Long> windows(long first, long second) {
    return onRanks(rank -> value(window(rank, rank == 0 ? first : second, BYTES)));
  }

  private int put(long from, long window, long offset, int count) {
    return comms.get(0).putSignal(from, count, DataType.INT32, 1, window, offset, 0, 0, stream);
  }

  private void assertFailed(int status, String said) {
    assertEquals(status, comms.get(0).asyncError());
    assertTrue(comms.get(0).lastError().contains(said), comms.get(0).lastError());
  }

  @Test
  void aLongPutArrivesWhole() {
    long other = fake.stream(1);
    long memory = fake.filled(1, COUNT, 7, other);
    fake.synchronize(1, other);
    List<Long> windows = windows(fake.allocate(0, BYTES), memory);
    long source = fake.filled(0, COUNT, 42, stream);
    ok(put(source, windows.get(0), 4, COUNT - 2));
    ok(comms.get(1).waitSignal(new int[] {0}, new int[] {1}, 0, 0, other));
    int[] values = fake.download(1, memory, COUNT, other);
    assertEquals(7, values[0]);
    assertEquals(7, values[COUNT - 1]);
    for (int i = 1; i < COUNT - 1; i++) {
      assertEquals(42, values[i], "element " + i);
    }
  }

  @Test
  void aPutIntoAnEndThatWasClosedIsFoundOut() {
    List<Long> windows = windows(fake.allocate(0, BYTES), fake.allocate(1, BYTES));
    ok(comms.get(1).deregisterWindow(windows.get(1)));
    ok(put(fake.filled(0, 4, 1, stream), windows.get(0), 0, 4));
    fake.synchronize(0, stream);
    assertFailed(Codes.INVALID_USAGE, "rank 1 has closed its end of window 0");
  }

  @Test
  void ranksThatBringWindowsOfDifferentSizesAreToldSo() {
    List<Integer> statuses =
        onRanks(rank -> window(rank, fake.allocate(rank, BYTES), BYTES - rank).status());
    assertEquals(List.of(Codes.INVALID_USAGE, Codes.INVALID_USAGE), statuses);
    String said = comms.get(0).lastError();
    assertTrue(said.contains(BYTES + " bytes") && said.contains(BYTES - 1 + " bytes"), said);
  }

  @Test
  void theSymmetricOptionIsComparedToo() {
    List<Integer> statuses =
        onRanks(
            rank ->
                comms
                    .get(rank)
                    .registerWindow(
                        fake.allocate(rank, 4096),
                        4096,
                        rank == 0 ? Set.of() : Set.of(WindowOption.COLLECTIVE_SYMMETRIC),
                        FakeFixture.DEADLINE)
                    .status());
    assertEquals(List.of(Codes.INVALID_USAGE, Codes.INVALID_USAGE), statuses);
  }

  @Test
  void aWaitSaysWhatHasCome() {
    ok(comms.get(1).signal(0, 0, 0, fake.stream(1)));
    ok(comms.get(0).waitSignal(new int[] {1}, new int[] {2}, 0, 0, stream));
    FakeFixture.assertSoon(
        () ->
            fake.runtime
                .describeStream(0, stream)
                .contains("rank 0 of c waits for signals: 1 of 2 came from rank 1"));
  }

  @Test
  void aWaitForARankThatHasLeftFails() {
    ok(comms.get(0).waitSignal(new int[] {1}, new int[] {1}, 0, 0, stream));
    ok(comms.get(1).finish(FakeFixture.DEADLINE));
    ok(comms.get(1).destroy());
    fake.synchronize(0, stream);
    assertFailed(Codes.REMOTE_ERROR, "rank 1 has closed the communicator");
  }

  @Test
  void registeringAWindowWithARankThatHasLeftFails() {
    ok(comms.get(1).destroy());
    assertEquals(Codes.REMOTE_ERROR, window(0, fake.allocate(0, 4096), 4096).status());
  }

  @Test
  void aWaitEndsWhenItsRankRevokes() {
    ok(comms.get(0).waitSignal(new int[] {1}, new int[] {1}, 0, 0, stream));
    ok(comms.get(0).revoke());
    fake.synchronize(0, stream);
    assertEquals(StatusCode.OK, comms.get(0).asyncError());
    assertEquals(Codes.INVALID_USAGE, comms.get(0).signal(1, 0, 0, stream));
  }

  @Test
  void signalsOfDifferentNumbersAreKeptApart() {
    long other = fake.stream(1);
    ok(comms.get(1).signal(0, 1, 0, other));
    ok(comms.get(1).signal(0, 0, 1, other));
    fake.synchronize(1, other);
    ok(comms.get(0).waitSignal(new int[] {1}, new int[] {1}, 1, 0, stream));
    ok(comms.get(0).waitSignal(new int[] {1}, new int[] {1}, 0, 1, stream));
    fake.synchronize(0, stream);
    ok(comms.get(0).waitSignal(new int[] {1}, new int[] {1}, 0, 0, stream));
    assertEquals(StatusCode.NOT_READY, fake.runtime.queryStream(0, stream));
    for (int[] none : new int[][] {{Layout.SIGNALS, 0}, {0, Layout.SIGNAL_CONTEXTS}}) {
      assertEquals(Codes.INVALID_ARGUMENT, comms.get(0).signal(1, none[0], none[1], stream));
    }
  }

  @Test
  void handlesEndOnceAndStrangeMemoryIsRefused() {
    BackendCommunicator comm = comms.get(0);
    long memory = fake.allocate(0, 8192);
    long registration = value(comm.register(memory, 8192));
    ok(comm.deregister(registration));
    assertEquals(Codes.INVALID_ARGUMENT, comm.deregister(registration));
    assertEquals(Codes.INVALID_ARGUMENT, comm.deregisterWindow(0));
    assertEquals(Codes.INVALID_ARGUMENT, comm.register(memory, 8193).status());
    assertEquals(Codes.INVALID_ARGUMENT, window(0, memory + 1, 4096).status());
    assertEquals(Codes.INVALID_ARGUMENT, window(0, memory, 8193).status());
    List<Long> windows = windows(fake.allocate(0, BYTES), fake.allocate(1, BYTES));
    assertEquals(Codes.INVALID_ARGUMENT, put(memory, windows.get(0), BYTES - 4, 2));
    assertEquals(Codes.INVALID_ARGUMENT, put(memory, windows.get(0), -4, 1));
    ok(comm.deregisterWindow(windows.get(0)));
    assertEquals(Codes.INVALID_ARGUMENT, put(memory, windows.get(0), 0, 1));
  }

  @Test
  void placesOfWindowsAreUsedAgain() {
    for (int i = 0; i < 2 * Layout.WINDOW_PLACES; i++) {
      List<Long> windows = onRanks(rank -> value(window(rank, fake.allocate(rank, 4096), 4096)));
      if (i % 2 == 0) {
        onRanks(rank -> comms.get(rank).deregisterWindow(windows.get(rank)));
      }
    }
    Result<Long> oneTooMany = window(0, fake.allocate(0, 4096), 4096);
    assertEquals(Codes.INVALID_USAGE, oneTooMany.status());
  }
}
