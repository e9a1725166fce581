package org.ccl4j.core;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.ccl4j.api.CclException;
import org.ccl4j.api.CclLibraryException;
import org.ccl4j.api.CclTimeoutException;
import org.ccl4j.api.CclUsageException;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.RankContext;
import org.ccl4j.api.UniqueId;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How ranks meet, without devices and without a library. */
class RendezvousTest {
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final Duration SHORT = Duration.ofMillis(300);

  private final TestStore store = new TestStore();
  private final Set<Integer> makers = ConcurrentHashMap.newKeySet();
  private final ExecutorService pool =
      Executors.newCachedThreadPool(task -> new Thread(null, task, "rank", 128 * 1024));

  private int brokenMaker = -1;
  private Duration timeoutOfRankZero = LONG;

  @AfterEach
  void stop() {
    pool.shutdownNow();
  }

  private static Roster.Hello hello(int rank, int size) {
    return new Roster.Hello(
        new Roster.Facts(size, "test/stub", "1.0", "[]", "", ""),
        "host " + rank / 8,
        "bus " + rank % 8);
  }

  private Rendezvous rendezvous(int rank, int size, Duration timeout, int ids) {
    return rendezvous(rank, size, timeout, ids, hello(rank, size));
  }

  private Rendezvous rendezvous(int rank, int size, Duration timeout, int ids, Roster.Hello hello) {
    return new Rendezvous(
        RankContext.of(rank, size, store),
        timeout.toNanos(),
        hello,
        new Rendezvous.Party() {
          @Override
          public UniqueId newUniqueId() {
            makers.add(rank);
            if (rank == brokenMaker) {
              throw new CclLibraryException(ErrorCode.LIBRARY_ERROR, "no ids here");
            }
            return UniqueId.of("test/stub", ByteBuffer.allocate(4).putInt(rank).array());
          }

          @Override
          public int uniqueIdCount() {
            return ids;
          }

          @Override
          public void requireWanted() {}
        });
  }

  private Future<Object> start(Callable<List<UniqueId>> meet) {
    Callable<Object> call =
        () -> {
          try {
            return meet.call();
          } catch (CclException e) {
            return e;
          }
        };
    return pool.submit(call);
  }

  private Map<Integer, Future<Object>> start(int size, IntPredicate comes, int ids) {
    Map<Integer, Future<Object>> started = new TreeMap<>();
    for (int rank = 0; rank < size; rank++) {
      if (comes.test(rank)) {
        Rendezvous mine = rendezvous(rank, size, rank == 0 ? timeoutOfRankZero : LONG, ids);
        started.put(rank, start(mine::meet));
      }
    }
    return started;
  }

  private static Object get(Future<Object> future) throws Exception {
    return future.get(90, TimeUnit.SECONDS);
  }

  private static CclException failure(Object result, ErrorCode code, String... parts) {
    CclException e = assertInstanceOf(CclException.class, result);
    assertEquals(code, e.code(), e.getMessage());
    for (String part : parts) {
      assertTrue(e.getMessage().contains(part), part + " in " + e.getMessage());
    }
    return e;
  }

  private static List<UniqueId> ids(int... ranks) {
    return IntStream.of(ranks)
        .mapToObj(r -> UniqueId.of("test/stub", ByteBuffer.allocate(4).putInt(r).array()))
        .toList();
  }

  /** What a meeting leaves: seats for all, and the newest verdict. */
  private void assertTidy(int size, int meeting) {
    Set<String> left =
        store.content().keySet().stream()
            .filter(key -> !key.startsWith("ccl/seat/"))
            .collect(Collectors.toSet());
    assertEquals(Set.of("ccl/" + meeting + "/verdict"), left);
    assertEquals(size + 1, store.content().size());
  }

  // --- the tree ---

  @Test
  void anyNumberOfRanksMeetsAgainAndAgainAndLeavesLittle() throws Exception {
    for (int size : new int[] {1, 2, 63, 64, 65, 130}) {
      TestStore fresh = new TestStore();
      for (int meeting = 1; meeting <= 3; meeting++) {
        List<Future<Object>> started = new ArrayList<>();
        for (int rank = 0; rank < size; rank++) {
          int mine = rank;
          RankContext ranks = RankContext.of(rank, size, fresh);
          started.add(
              start(
                  () ->
                      new Rendezvous(ranks, LONG.toNanos(), hello(mine, ranks.size()), party(mine))
                          .meet()));
        }
        for (Future<Object> each : started) {
          assertEquals(ids(0), get(each));
        }
        assertEquals(size + 1, fresh.content().size(), fresh.content().keySet()::toString);
        assertTrue(fresh.content().containsKey("ccl/" + meeting + "/verdict"));
      }
    }
  }

  private static Rendezvous.Party party(int rank) {
    return new Rendezvous.Party() {
      @Override
      public UniqueId newUniqueId() {
        return ids(rank).get(0);
      }

      @Override
      public int uniqueIdCount() {
        return 1;
      }

      @Override
      public void requireWanted() {}
    };
  }

  @Test
  void thousandsOfRanksMeetWithFiveRequestsEachAndNoneMakesManyInARow() throws Exception {
    int size = 4_100; // three levels: rank 4096 is inner on the second
    Map<Integer, Future<Object>> all = start(size, rank -> true, 1);
    for (Future<Object> each : all.values()) {
      assertEquals(ids(0), get(each));
    }
    // A wait that ended without a value costs itself and a look whether all is over.
    int inner = size / Rendezvous.FAN + 1;
    assertTrue(
        store.requests() <= 5 * size + 3 * inner + 2 * store.timeouts(),
        () -> "requests: " + store.requests() + ", of waits in vain: " + store.timeouts());
    assertTrue(
        store.mostRequestsOfOneThread() <= 3 * Rendezvous.FAN + 20,
        "of one rank: " + store.mostRequestsOfOneThread());
    assertTidy(size, 1);
  }

  @Test
  void missingRanksAreNamedOnAllRanksWhereverTheyAreInTheTree() throws Exception {
    timeoutOfRankZero = SHORT;
    Map<Integer, Future<Object>> come =
        start(200, rank -> rank != 7 && rank != 64 && (rank < 130 || rank > 140), 1);
    for (Future<Object> each : come.values()) {
      failure(get(each), ErrorCode.CONNECT_TIMEOUT, "ranks 7, 64, 130-140 of 200 had not come");
    }
    assertEquals(Set.of(), makers);
  }

  @Test
  void anInnerRankThatVanishesWhileItGathersIsNamed() throws Exception {
    timeoutOfRankZero = Duration.ofSeconds(3); // all others must come before, on a busy machine too
    store.set("ccl/1/here/64", new byte[0]); // and then its host was gone
    Map<Integer, Future<Object>> come = start(130, rank -> rank != 64, 1);
    for (Future<Object> each : come.values()) {
      failure(get(each), ErrorCode.CONNECT_TIMEOUT, "rank 64 of 130 had not come");
    }
  }

  @Test
  void aMissingRankZeroIsNamedByEachOfManyWithoutLookingForTheOthers() {
    int before = store.requests();
    Rendezvous one = rendezvous(70, 4_000, Duration.ofMillis(50), 1);
    failure(
        assertThrows(CclTimeoutException.class, one::meet),
        ErrorCode.CONNECT_TIMEOUT,
        "rank 0 of 4000 had not come");
    assertTrue(store.requests() - before < 20, "requests: " + store.requests());
  }

  // --- who may come ---

  @Test
  void ranksThatDifferInTheNumberOfRanksHearOfItBeforeAllHaveCome() throws Exception {
    Future<Object> zero = start(rendezvous(0, 4, LONG, 1)::meet);
    Future<Object> one = start(rendezvous(1, 2, LONG, 1)::meet);
    for (Future<Object> each : List.of(zero, one)) {
      failure(
          get(each),
          ErrorCode.RANKS_DIFFER,
          "number of ranks is '4' on rank 0 and '2' on rank 1; allowed is the same");
    }
  }

  @Test
  void aDifferenceFarFromRankZeroEndsTheMeetingOfAll() throws Exception {
    Map<Integer, Future<Object>> all = start(130, rank -> rank != 70, 1);
    Roster.Hello other =
        new Roster.Hello(
            new Roster.Facts(130, "test/stub", "2.0", "[]", "", ""), "host x", "bus 0");
    all.put(70, start(rendezvous(70, 130, LONG, 1, other)::meet));
    for (Future<Object> each : all.values()) {
      failure(get(each), ErrorCode.RANKS_DIFFER, "library version", "'2.0' on rank 70");
    }
    assertTidy(130, 1, "ccl/1/call");
  }

  private void assertTidy(int size, int meeting, String more) {
    Map<String, String> content = store.content();
    assertTrue(content.containsKey(more), content.keySet()::toString);
    store.delete(more);
    assertTidy(size, meeting);
  }

  @Test
  void oneDeviceOfOneMachineIsRefusedForTwoRanksByName() throws Exception {
    List<Future<Object>> all = new ArrayList<>();
    for (int rank = 0; rank < 3; rank++) {
      all.add(
          start(
              rendezvous(
                      rank,
                      3,
                      LONG,
                      1,
                      new Roster.Hello(
                          hello(0, 3).facts(), rank == 1 ? "host b" : "host a", "0000:07:00.0"))
                  ::meet));
    }
    for (Future<Object> each : all) {
      failure(
          get(each),
          ErrorCode.DUPLICATE_DEVICE,
          "ranks 0 and 2 both brought the device with bus id 0000:07:00.0 of machine host a");
    }
  }

  @Test
  void aSecondProcessWithTheSameRankIsRefusedAtOnceAndTheFirstGoesOn() throws Exception {
    Seat first = new Seat("another process", 1, false, "m", "torchrun (RANK=1), since noon");
    store.set("ccl/seat/1", first.toBytes());
    CclException e =
        failure(
            assertThrows(CclUsageException.class, () -> rendezvous(1, 2, LONG, 1).meet()),
            ErrorCode.DUPLICATE_RANK,
            "rank 1 is taken by another process (torchrun (RANK=1), since noon)",
            "this one has it from: explicit",
            "CCL_JOB_ID");
    assertTrue(e instanceof CclUsageException);
    assertEquals(Set.of("ccl/seat/1"), store.content().keySet(), "nothing is left by the second");
    assertEquals(first, Seat.parse("", store.get("ccl/seat/1").orElseThrow()));
  }

  @Test
  void oneRankInTwoThreadsIsRefusedAndTheFirstGoesOn() throws Exception {
    Future<Object> first = start(rendezvous(1, 2, LONG, 1)::meet);
    while (store.get("ccl/1/hello/1").isEmpty()) {
      Thread.onSpinWait();
    }
    failure(
        assertThrows(CclUsageException.class, () -> rendezvous(1, 2, LONG, 1).meet()),
        ErrorCode.DUPLICATE_RANK,
        "rank 1 is connecting over this store already");
    assertEquals(ids(0), rendezvous(0, 2, LONG, 1).meet());
    assertEquals(ids(0), get(first));
  }

  // --- several ids ---

  @Test
  void severalIdsAreMadeOnRanksThatLieApartAndReachAllInOneOrder() throws Exception {
    Map<Integer, Future<Object>> all = start(5, rank -> true, 3);
    for (Future<Object> each : all.values()) {
      assertEquals(ids(0, 1, 3), get(each));
    }
    assertEquals(Set.of(0, 1, 3), makers);
    assertTidy(5, 1, "ccl/1/call");
  }

  @Test
  void noMoreIdsAreMadeThanThereAreRanks() throws Exception {
    for (Future<Object> each : start(2, rank -> true, 100).values()) {
      assertEquals(ids(0, 1), get(each));
    }
  }

  @Test
  void aRankThatCannotMakeItsIdIsNamedOnAllRanks() throws Exception {
    brokenMaker = 2;
    Map<Integer, Future<Object>> all = start(4, rank -> true, 2);
    for (Map.Entry<Integer, Future<Object>> each : all.entrySet()) {
      Object result = get(each.getValue());
      if (each.getKey() == 2) {
        failure(result, ErrorCode.LIBRARY_ERROR, "no ids here");
      } else {
        failure(result, ErrorCode.REMOTE_FAILURE, "rank 2 could not make an id", "no ids here");
      }
    }
  }

  @Test
  void whereRanksDifferNoIdIsMade() throws Exception {
    Future<Object> zero = start(rendezvous(0, 3, LONG, 3)::meet);
    Future<Object> one = start(rendezvous(1, 3, LONG, 3)::meet);
    Future<Object> two =
        start(
            rendezvous(
                    2,
                    3,
                    LONG,
                    3,
                    new Roster.Hello(new Roster.Facts(3, "a/b", "1.0", "[]", "", ""), "h", "b"))
                ::meet);
    for (Future<Object> each : List.of(zero, one, two)) {
      failure(get(each), ErrorCode.RANKS_DIFFER, "'a/b' on rank 2");
    }
    assertEquals(Set.of(), makers);
  }

  // --- giving up and coming again ---

  @Test
  void aRankThatGaveUpMeetsTheOthersWhereTheyWaitForIt() throws Exception {
    failure(
        assertThrows(CclException.class, () -> rendezvous(1, 3, SHORT, 1).meet()),
        ErrorCode.CONNECT_TIMEOUT,
        "ranks 0, 2 of 3");
    Map<Integer, Future<Object>> others = start(3, rank -> rank != 1, 1);
    assertEquals(ids(0), rendezvous(1, 3, LONG, 1).meet());
    for (Future<Object> each : others.values()) {
      assertEquals(ids(0), get(each));
    }
    assertTidy(3, 1);
  }

  @Test
  void ranksThatGaveUpAndStayAwayAreNamed() throws Exception {
    assertThrows(CclException.class, () -> rendezvous(1, 2, SHORT, 1).meet());
    failure(
        assertThrows(CclException.class, () -> rendezvous(0, 2, SHORT, 1).meet()),
        ErrorCode.CONNECT_TIMEOUT,
        "rank 1 of 2 had come and given up");
  }

  @Test
  void afterAMeetingThatEndedLateAllMeetInTheNextOne() throws Exception {
    assertThrows(CclException.class, () -> rendezvous(1, 3, SHORT, 1).meet());
    assertThrows(CclException.class, () -> rendezvous(0, 3, SHORT, 1).meet());
    assertThrows(CclException.class, () -> rendezvous(0, 3, SHORT, 1).meet());
    for (Future<Object> each : start(3, rank -> true, 1).values()) {
      assertEquals(ids(0), get(each));
    }
  }

  @Test
  void anInterruptedRankSaysSoAndCanComeAgain() throws Exception {
    Thread.currentThread().interrupt();
    failure(
        assertThrows(CclTimeoutException.class, () -> rendezvous(1, 2, LONG, 1).meet()),
        ErrorCode.INTERRUPTED);
    assertTrue(Thread.interrupted(), "the flag stays set");
    for (Future<Object> each : start(2, rank -> true, 1).values()) {
      assertEquals(ids(0), get(each));
    }
  }

  @Test
  void theOthersNeedNotWaitForARankZeroThatWasInterrupted() throws Exception {
    Future<Object> one = start(rendezvous(1, 3, LONG, 1)::meet);
    while (store.get("ccl/1/hello/1").isEmpty()) {
      Thread.onSpinWait();
    }
    store.set("ccl/seat/0", Seat.mine(0, false, "before").toBytes());
    Thread zero =
        new Thread(
            () -> assertThrows(CclTimeoutException.class, () -> rendezvous(0, 3, LONG, 1).meet()));
    zero.start();
    while (store.get("ccl/1/here/0").isEmpty()) {
      Thread.onSpinWait();
    }
    zero.interrupt();
    failure(get(one), ErrorCode.REMOTE_FAILURE, "rank 0 could not go on", "interrupted");
    zero.join(TimeUnit.SECONDS.toMillis(60));
  }

  // --- a store that fails ---

  @Test
  void requestsThatFailAreMadeAgainWhetherOrNotTheyWereCarriedOut() throws Exception {
    for (int every : new int[] {2, 3, 5}) {
      store.failEvery = every;
      Map<Integer, Future<Object>> all = start(9, rank -> true, 3);
      for (Future<Object> each : all.values()) {
        assertEquals(ids(0, 3, 6), get(each));
      }
    }
  }

  @Test
  void aStoreThatNeverWorksEndsTheMeetingWithItsOwnErrorInTime() {
    store.failEvery = 1;
    failure(
        assertThrows(CclException.class, () -> rendezvous(1, 2, SHORT, 1).meet()),
        ErrorCode.STORE_FAILED,
        "is to fail");
  }

  @Test
  void valuesThatNoRankWroteAreNamed() {
    for (String value : List.of("", "x", "6:roster", "6:roster1:1", "3:abc", "-1:", "9:short")) {
      store.set("ccl/1/hello/1", value.getBytes(UTF_8));
      store.delete("ccl/seat/0");
      failure(
          assertThrows(CclException.class, () -> rendezvous(0, 2, LONG, 1).meet(), value),
          ErrorCode.STORE_FAILED,
          "ccl/1/hello/1");
    }
  }
}
