package org.ccl4j.core;

import static org.ccl4j.core.World.assertCode;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.ccl4j.api.Capability;
import org.ccl4j.api.Ccl;
import org.ccl4j.api.CclException;
import org.ccl4j.api.CclTimeoutException;
import org.ccl4j.api.CclUsageException;
import org.ccl4j.api.Communicator;
import org.ccl4j.api.ConnectOptions;
import org.ccl4j.api.Device;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.RankContext;
import org.ccl4j.api.Store;
import org.ccl4j.api.UniqueId;
import org.ccl4j.bootstrap.InMemoryStore;
import org.ccl4j.spi.StatusCode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How ranks find each other, and what they hear when they do not. */
class ConnectTest {
  private static final ConnectOptions SHORT =
      ConnectOptions.DEFAULT.withTimeout(Duration.ofMillis(50));

  private final StubBackend stub = new StubBackend();
  private final Ccl ccl = stub.open();
  private final Store store = new InMemoryStore();
  private final ExecutorService pool = Executors.newCachedThreadPool();

  @AfterEach
  void close() {
    pool.shutdownNow();
    ccl.close();
  }

  /** Connects all ranks, each in a thread of its own; what failed stands as its exception. */
  private List<Object> connect(int ranks, RankBody body) throws Exception {
    List<Future<Object>> futures = new ArrayList<>();
    for (int rank = 0; rank < ranks; rank++) {
      int mine = rank;
      Callable<Object> call =
          () -> {
            try {
              return body.connect(mine);
            } catch (CclException e) {
              return e;
            }
          };
      futures.add(pool.submit(call));
    }
    List<Object> results = new ArrayList<>();
    for (Future<Object> future : futures) {
      results.add(future.get(60, TimeUnit.SECONDS));
    }
    return results;
  }

  private interface RankBody {
    Communicator connect(int rank);
  }

  private Communicator connect(int rank, int size, ConnectOptions options) {
    return ccl.connect(ccl.device(rank), RankContext.of(rank, size, store), options);
  }

  private static CclException failure(Object result) {
    return assertThrows(
        CclException.class,
        () -> {
          if (result instanceof CclException e) {
            throw e;
          }
        });
  }

  @Test
  void allRanksConnectWithTheIdOfRankZero() throws Exception {
    for (int round = 0; round < 3; round++) {
      List<Object> comms = connect(4, rank -> connect(rank, 4, ConnectOptions.DEFAULT));
      for (int rank = 0; rank < 4; rank++) {
        Communicator comm = (Communicator) comms.get(rank);
        assertEquals(rank, comm.rank());
        assertEquals(4, comm.size());
        assertEquals(rank, comm.device().ordinal());
        assertEquals(((Communicator) comms.get(0)).name(), comm.name(), "one name for all ranks");
      }
    }
    assertEquals(3, stub.calls("newUniqueId").size(), "one id for each communicator");
    assertEquals(12, stub.calls("connect").size());
  }

  @Test
  void aSingleRankConnectsAlone() {
    Communicator comm = connect(0, 1, ConnectOptions.DEFAULT.withName("alone"));
    assertEquals(1, comm.size());
    assertEquals("alone", comm.name());
  }

  @Test
  void ofManyMeetingsOnlyTheSeatsAndTheNewestVerdictStayInTheStore() throws Exception {
    for (int round = 0; round < 5; round++) {
      connect(2, rank -> connect(rank, 2, ConnectOptions.DEFAULT));
    }
    for (int meeting = 1; meeting <= 5; meeting++) {
      assertEquals(meeting == 5, store.get("ccl/" + meeting + "/verdict").isPresent());
      for (String key : List.of("hello/0", "hello/1", "here/0", "call", "id/1")) {
        assertTrue(store.get("ccl/" + meeting + "/" + key).isEmpty(), key);
      }
    }
    for (int rank = 0; rank < 2; rank++) {
      assertEquals(5, Seat.parse("seat", store.get("ccl/seat/" + rank).orElseThrow()).meeting());
    }
  }

  @Test
  void missingRanksAreNamed() throws Exception {
    List<Object> results =
        connect(
            2,
            rank -> connect(rank, 4, ConnectOptions.DEFAULT.withTimeout(Duration.ofMillis(200))));
    for (Object result : results) {
      CclException e = failure(result);
      assertTrue(e instanceof CclTimeoutException);
      assertEquals(ErrorCode.CONNECT_TIMEOUT, e.code());
      assertTrue(e.getMessage().contains("ranks 2, 3 of 4"), e.getMessage());
    }
    assertEquals(List.of(), stub.calls("connect", "newUniqueId"));
  }

  @Test
  void aMissingRankZeroIsNamedByTheOthers() {
    CclException e = assertCode(ErrorCode.CONNECT_TIMEOUT, () -> connect(1, 2, SHORT));
    assertTrue(e.getMessage().contains("rank 0 of 2"), e.getMessage());
  }

  @Test
  void aRankThatCameTooLateMeetsTheOthersInTheirNextAttempt() throws Exception {
    assertCode(ErrorCode.CONNECT_TIMEOUT, () -> connect(0, 2, SHORT));
    List<Object> comms = connect(2, rank -> connect(rank, 2, ConnectOptions.DEFAULT));
    assertEquals(0, ((Communicator) comms.get(0)).rank());
    assertEquals(1, ((Communicator) comms.get(1)).rank());
  }

  @Test
  void twoRanksOfOneDeviceAreRefusedOnEveryRank() throws Exception {
    List<Object> results =
        connect(
            3,
            rank ->
                ccl.connect(
                    ccl.device(rank == 2 ? 1 : rank),
                    RankContext.of(rank, 3, store),
                    ConnectOptions.DEFAULT));
    for (Object result : results) {
      CclException e = failure(result);
      assertTrue(e instanceof CclUsageException);
      assertEquals(ErrorCode.DUPLICATE_DEVICE, e.code());
      assertTrue(e.getMessage().contains("ranks 1 and 2"), e.getMessage());
      assertTrue(e.getMessage().contains("bus1"), e.getMessage());
    }
    assertEquals(List.of(), stub.calls("connect", "newUniqueId"));
  }

  @Test
  void ranksShareADeviceWhereTheLibraryLetsThemAndEachHasACclOfItsOwn() throws Exception {
    stub.capabilities = EnumSet.allOf(Capability.class);
    try (Ccl first = stub.open();
        Ccl second = stub.open()) {
      List<Object> apart =
          connect(
              2,
              rank ->
                  (rank == 0 ? first : second)
                      .connect(
                          (rank == 0 ? first : second).device(1),
                          RankContext.of(rank, 2, store),
                          ConnectOptions.DEFAULT));
      assertEquals(1, ((Communicator) apart.get(1)).rank());
      stub.forget();
      List<Object> together =
          connect(
              2,
              rank ->
                  first.connect(
                      first.device(1),
                      RankContext.of(rank, 2, store.prefixed("together")),
                      ConnectOptions.DEFAULT));
      for (Object result : together) {
        CclException e = failure(result);
        assertEquals(ErrorCode.DUPLICATE_DEVICE, e.code());
        assertTrue(e.getMessage().contains("a Ccl of its own"), e.getMessage());
      }
      assertEquals(List.of(), stub.calls("connect"));
    }
  }

  @Test
  void ranksThatDifferAreNamedWithWhatTheyHaveOnEveryRank() throws Exception {
    StubBackend older = new StubBackend();
    older.version = "0.9";
    StubBackend other = new StubBackend();
    other.id = "test/other";
    StubBackend lacking = new StubBackend();
    lacking.capabilities = EnumSet.complementOf(EnumSet.of(Capability.NATIVE_GATHER));
    StubBackend configured = new StubBackend();
    configured.configuration = "transport=\nother:3";
    Map<StubBackend, List<String>> expected =
        Map.of(
            older, List.of("library version", "'1.0' on ranks 0, 1", "'0.9' on rank 2"),
            other, List.of("backend", "'test/stub' on ranks 0, 1", "'test/other' on rank 2"),
            lacking, List.of("capabilities", "NATIVE_GATHER", "on ranks 0, 1", "on rank 2"),
            configured, List.of("configuration", "'' on ranks 0, 1", "'transport=\nother:3' on"));
    for (StubBackend different : expected.keySet()) {
      try (Ccl second = different.open()) {
        List<Object> results =
            connect(
                3,
                rank ->
                    (rank == 2 ? second : ccl)
                        .connect(
                            (rank == 2 ? second : ccl).device(rank),
                            RankContext.of(rank, 3, store)));
        for (Object result : results) {
          CclException e = failure(result);
          assertTrue(e instanceof CclUsageException, e.toString());
          assertEquals(ErrorCode.RANKS_DIFFER, e.code());
          for (String part : expected.getOrDefault(different, List.of("?"))) {
            assertTrue(e.getMessage().contains(part), e.getMessage());
          }
        }
      }
    }
    assertEquals(List.of(), stub.calls("connect", "newUniqueId"));
  }

  @Test
  void ranksThatDifferInSizeAreRefused() throws Exception {
    List<Object> results =
        connect(2, rank -> connect(rank, rank == 0 ? 2 : 3, ConnectOptions.DEFAULT));
    for (Object result : results) {
      CclException e = failure(result);
      assertEquals(ErrorCode.RANKS_DIFFER, e.code());
      assertTrue(
          e.getMessage().contains("number of ranks is '2' on rank 0 and '3' on rank 1"),
          e.getMessage());
    }
  }

  @Test
  void aRankBeyondTheSizeOfRankZeroHearsOfIt() throws Exception {
    List<Object> results =
        connect(2, rank -> connect(rank == 0 ? 0 : 2, rank == 0 ? 1 : 3, ConnectOptions.DEFAULT));
    assertTrue(results.get(0) instanceof Communicator);
    CclException e = failure(results.get(1));
    assertEquals(ErrorCode.RANKS_DIFFER, e.code());
    assertTrue(e.getMessage().contains("'1' on rank 0 and '3' on rank 2"), e.getMessage());
  }

  @Test
  void aFailureOfRankZeroReachesTheOthers() throws Exception {
    stub.failing("newUniqueId", StubBackend.UNHEARD_OF);
    List<Object> results = connect(2, rank -> connect(rank, 2, ConnectOptions.DEFAULT));
    assertEquals(ErrorCode.LIBRARY_ERROR, failure(results.get(0)).code());
    assertEquals(ErrorCode.REMOTE_FAILURE, failure(results.get(1)).code());
  }

  @Test
  void interruptsEndTheRendezvous() {
    Thread.currentThread().interrupt();
    assertCode(ErrorCode.INTERRUPTED, () -> connect(1, 2, ConnectOptions.DEFAULT));
    assertTrue(Thread.interrupted());
  }

  @Test
  void closingTheDeviceOrTheLibraryEndsARendezvousThatNobodyWantsAnyMore() throws Exception {
    for (boolean library : new boolean[] {false, true}) {
      Ccl own = new StubBackend().open();
      Device device = own.device(1);
      Store fresh = new InMemoryStore();
      Future<Object> waiting =
          pool.submit(
              () ->
                  assertCode(
                      ErrorCode.CLOSED, () -> own.connect(device, RankContext.of(1, 2, fresh))));
      fresh.await("ccl/1/hello/1", Duration.ofSeconds(60));
      if (!library) {
        device.close();
      }
      own.close();
      waiting.get(60, TimeUnit.SECONDS);
    }
  }

  @Test
  void aLibraryThatTakesSeveralIdsGetsThemOnEveryRankInOneOrder() throws Exception {
    stub.idCount = 3;
    connect(4, rank -> connect(rank, 4, ConnectOptions.DEFAULT));
    assertEquals(3, stub.calls("newUniqueId").size());
    assertEquals(4, stub.connectIds.size());
    List<UniqueId> ids = stub.connectIds.get(0);
    assertEquals(3, ids.stream().distinct().count());
    assertEquals(List.of(ids, ids, ids, ids), stub.connectIds);
  }

  @Test
  void aNativeConnectThatRunsOutOfTimeSaysSo() {
    stub.failing("connect", StatusCode.NOT_READY);
    assertCode(CclTimeoutException.class, ErrorCode.CONNECT_TIMEOUT, () -> connect(0, 1, SHORT));
    stub.failing("connect", StubBackend.REMOTE_ERROR);
    assertCode(ErrorCode.REMOTE_FAILURE, () -> connect(0, 1, SHORT));
  }

  @Test
  void anInterruptDuringTheNativeConnectIsNoTimeout() {
    stub.failing("connect", StatusCode.NOT_READY);
    UniqueId id = ccl.newUniqueId();
    Device device = ccl.device(0);
    Thread.currentThread().interrupt();
    assertCode(ErrorCode.INTERRUPTED, () -> ccl.connect(device, id, 0, 1, ConnectOptions.DEFAULT));
    assertTrue(Thread.interrupted());
  }

  @Test
  void aStoreWithForeignContentIsNamed() throws Exception {
    store.set("ccl/1/hello/1", new byte[] {1, 2, 3});
    CclException e =
        assertCode(ErrorCode.STORE_FAILED, () -> connect(0, 2, ConnectOptions.DEFAULT));
    assertTrue(e.getMessage().contains("ccl/1/hello/1"), e.getMessage());
  }

  // --- by id ---

  @Test
  void connectingByIdChecksIdRankAndSize() {
    Device device = ccl.device(0);
    UniqueId id = ccl.newUniqueId();
    ConnectOptions options = ConnectOptions.DEFAULT;
    assertNotEquals(id, ccl.newUniqueId());
    stub.forget();
    assertCode(ErrorCode.OUT_OF_RANGE, () -> ccl.connect(device, id, -1, 2, options));
    assertCode(ErrorCode.OUT_OF_RANGE, () -> ccl.connect(device, id, 2, 2, options));
    assertCode(ErrorCode.OUT_OF_RANGE, () -> ccl.connect(device, id, 0, 0, options));
    UniqueId other = UniqueId.of("test/other", id.toBytes());
    assertCode(ErrorCode.INVALID_UNIQUE_ID, () -> ccl.connect(device, other, 0, 1, options));
    UniqueId tooLong = UniqueId.of("test/stub", new byte[StubBackend.ID_BYTES + 1]);
    assertCode(ErrorCode.INVALID_UNIQUE_ID, () -> ccl.connect(device, tooLong, 0, 1, options));
    assertEquals(List.of(), stub.calls());
    assertEquals(1, ccl.connect(device, id, 1, 2, options).rank());
  }

  @Test
  @SuppressWarnings("NullAway")
  void nullsAndForeignDevicesAreRefused() {
    Device device = ccl.device(0);
    RankContext ranks = RankContext.of(0, 1, store);
    UniqueId id = ccl.newUniqueId();
    assertCode(ErrorCode.NULL_ARGUMENT, () -> ccl.connect(null, ranks));
    assertCode(ErrorCode.NULL_ARGUMENT, () -> ccl.connect(device, null));
    assertCode(ErrorCode.NULL_ARGUMENT, () -> ccl.connect(device, ranks, null));
    assertCode(
        ErrorCode.NULL_ARGUMENT,
        () -> ccl.connect(device, (UniqueId) null, 0, 1, ConnectOptions.DEFAULT));
    assertCode(ErrorCode.NULL_ARGUMENT, () -> ccl.connect(device, id, 0, 1, null));
    assertCode(ErrorCode.NULL_ARGUMENT, () -> ccl.connectAll(null));
    assertCode(ErrorCode.NULL_ARGUMENT, () -> ccl.group(null));
    assertCode(ErrorCode.NULL_ARGUMENT, () -> ccl.capture(null, () -> {}));
    Device closed = ccl.device(0);
    closed.close();
    assertCode(ErrorCode.CLOSED, () -> ccl.connect(closed, ranks));
    try (Ccl other = new StubBackend().open()) {
      assertCode(ErrorCode.FOREIGN_OBJECT, () -> other.connect(device, ranks));
      assertCode(ErrorCode.FOREIGN_OBJECT, () -> other.connectAll(List.of(device)));
    }
    assertCode(ErrorCode.OUT_OF_RANGE, () -> ccl.device(-1));
    assertCode(ErrorCode.OUT_OF_RANGE, () -> ccl.device(4));
  }

  // --- all at once ---

  @Test
  void connectAllGivesRanksInTheOrderOfTheDevices() {
    List<Device> devices = List.of(ccl.device(2), ccl.device(0), ccl.device(3));
    List<Communicator> comms = ccl.connectAll(devices);
    for (int i = 0; i < devices.size(); i++) {
      assertEquals(i, comms.get(i).rank());
      assertEquals(3, comms.get(i).size());
      assertSame(devices.get(i), comms.get(i).device());
    }
    assertEquals(List.of("connectAll((2, 0, 3))"), stub.calls("connectAll"));
  }

  @Test
  void connectAllRefusesDevicesThatAreThereTwiceOrNotAtAll() {
    assertCode(
        ErrorCode.DUPLICATE_DEVICE,
        () -> ccl.connectAll(List.of(ccl.device(0), ccl.device(1), ccl.device(0))));
    assertCode(ErrorCode.INVALID_ARGUMENT, () -> ccl.connectAll(List.of()));
    assertEquals(List.of(), stub.calls("connectAll"));
  }

  @Test
  void connectAllTakesADeviceForSeveralRanksWhereTheLibraryDoes() {
    stub.capabilities = EnumSet.allOf(Capability.class);
    try (Ccl sharing = stub.open()) {
      List<Communicator> comms =
          sharing.connectAll(List.of(sharing.device(1), sharing.device(0), sharing.device(1)));
      assertEquals(2, comms.get(2).rank());
      assertEquals(List.of("connectAll((1, 0, 1))"), stub.calls("connectAll"));
    }
  }

  @Test
  void aCommunicatorWhoseBarrierElementCannotBeAllocatedIsAborted() {
    List<Device> devices = List.of(ccl.device(0), ccl.device(1));
    stub.failing("allocate", StubBackend.OUT_OF_MEMORY);
    assertCode(ErrorCode.OUT_OF_MEMORY, () -> ccl.connectAll(devices));
    assertEquals(2, stub.calls("abort").size());
    stub.working("allocate");
  }

  @Test
  void aSplitThatRunsOutOfTimeSaysSo() {
    Communicator comm = connect(0, 1, ConnectOptions.DEFAULT);
    stub.failing("split", StatusCode.NOT_READY);
    assertCode(ErrorCode.CONNECT_TIMEOUT, () -> comm.split(0, 0, SHORT));
    assertTrue(comm.failure().isEmpty());
    stub.working("split");
    Communicator child = comm.split(1, 0).orElseThrow();
    assertEquals(comm.name() + "/1", child.name());
    assertSame(comm.device(), child.device());
  }
}
