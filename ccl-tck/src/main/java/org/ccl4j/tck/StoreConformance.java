package org.ccl4j.tck;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.ccl4j.api.CclException;
import org.ccl4j.api.CclTimeoutException;
import org.ccl4j.api.CclUsageException;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.Store;
import org.ccl4j.bootstrap.InMemoryStore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/**
 * What every {@link Store} promises, as tests. A store keeps the contract when a subclass like this
 * passes:
 *
 * <pre>{@code
 * class MyStoreTest extends StoreConformance {
 *   @Override
 *   protected Store open() {
 *     return new MyStore();
 *   }
 * }
 * }</pre>
 */
public abstract class StoreConformance {
  private static final Duration LONG = Duration.ofSeconds(60);

  private final List<Store> opened = new ArrayList<>();
  // Replaced before each test.
  private Store store = new InMemoryStore();
  private Store other = new InMemoryStore();

  /** For subclasses. */
  protected StoreConformance() {}

  /**
   * Opens the store of a new job.
   *
   * @return a store without keys, which is closed after the test
   */
  protected abstract Store open();

  /**
   * Opens the same store once more, as another rank would.
   *
   * @param first what {@link #open()} gave
   * @return another view of the same keys; the first one itself where ranks share the object
   */
  protected Store again(Store first) {
    return first;
  }

  /**
   * The longest key in characters.
   *
   * @return less than the contract's where a prefix takes its part
   */
  protected int longestKey() {
    return Store.MAX_KEY_LENGTH;
  }

  @BeforeEach
  final void openStores() {
    store = remember(open());
    other = remember(again(store));
  }

  private Store remember(Store made) {
    opened.add(made);
    return made;
  }

  @AfterEach
  final void closeStores() {
    for (int i = opened.size() - 1; i >= 0; i--) {
      opened.get(i).close();
      opened.get(i).close(); // closing twice is allowed
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(US_ASCII);
  }

  private static void assertCode(ErrorCode expected, Executable call) {
    assertEquals(expected, assertThrows(CclException.class, call).code());
  }

  @Test
  final void aKeyHasTheValueThatWasSetLast() {
    store.set("k", bytes("one"));
    store.set("k", bytes("two"));
    assertArrayEquals(bytes("two"), store.get("k").orElseThrow());
  }

  @Test
  final void whatOneRankSetsAnotherReads() {
    store.set("k", bytes("v"));
    assertArrayEquals(bytes("v"), other.get("k").orElseThrow());
    assertEquals(3, other.add("n", 3));
    assertEquals(5, store.add("n", 2));
    assertTrue(other.compareAndSet("k", Optional.of(bytes("v")), bytes("w")));
    assertArrayEquals(bytes("w"), store.get("k").orElseThrow());
    assertTrue(store.delete("k"));
    assertTrue(other.get("k").isEmpty());
  }

  @Test
  final void whatOneRankSetsWakesAnother() throws Exception {
    for (int round = 0; round < 20; round++) {
      String key = "k" + round;
      List<Callable<byte[]>> bodies = new ArrayList<>();
      bodies.add(() -> other.await(key, LONG));
      bodies.add(
          () -> {
            store.set(key, bytes("v"));
            return bytes("v");
          });
      inThreads(bodies, value -> assertArrayEquals(bytes("v"), value));
    }
  }

  @Test
  final void addAndCompareAndSetWakeWhoeverWaits() throws Exception {
    List<Callable<byte[]>> bodies = new ArrayList<>();
    bodies.add(() -> other.await("n", LONG));
    bodies.add(() -> other.await("c", LONG));
    bodies.add(
        () -> {
          store.add("n", 7);
          store.compareAndSet("c", Optional.empty(), bytes("7"));
          return bytes("7");
        });
    inThreads(bodies, value -> assertArrayEquals(bytes("7"), value));
  }

  @Test
  final void keysMayHoldAnyText() {
    List<String> keys =
        List.of(
            "a/b", "a%2Fb", "..", "../x", "A", "a", "\u0000", "\n", "\u00e4\u20ac", "\ud83d\ude00");
    for (int i = 0; i < keys.size(); i++) {
      store.set(keys.get(i), bytes("v" + i));
    }
    for (int i = 0; i < keys.size(); i++) {
      assertArrayEquals(bytes("v" + i), other.get(keys.get(i)).orElseThrow(), keys.get(i));
    }
    String longest = "\u20ac".repeat(longestKey());
    store.set(longest, bytes("v"));
    assertArrayEquals(bytes("v"), other.get(longest).orElseThrow());
    assertCode(ErrorCode.INVALID_ARGUMENT, () -> store.set("half \ud83d", bytes("v")));
  }

  @Test
  final void aValueHoldsAnyBytes() {
    byte[] all = new byte[Store.MAX_VALUE_BYTES];
    for (int i = 0; i < all.length; i++) {
      all[i] = (byte) (i + (i >> 8));
    }
    store.set("k", all);
    assertArrayEquals(all, other.get("k").orElseThrow());
    assertTrue(other.compareAndSet("k", Optional.of(all), bytes("v")));
  }

  @Test
  final void aKeyCanBeSetAgainAfterItWasDeleted() {
    store.set("k", bytes("1"));
    assertTrue(other.delete("k"));
    assertCode(ErrorCode.STORE_TIMEOUT, () -> store.await("k", Duration.ofMillis(5)));
    store.set("k", bytes("2"));
    assertArrayEquals(bytes("2"), other.await("k", LONG));
  }

  @Test
  final void aPrefixedViewKeepsTheContract() {
    Store view = store.prefixed("job/1");
    assertEquals(1, view.add("n", 1));
    assertTrue(view.compareAndSet("c", Optional.empty(), bytes("v")));
    assertArrayEquals(bytes("v"), view.await("c", LONG));
    assertTrue(view.delete("c"));
    assertCode(ErrorCode.STORE_TIMEOUT, () -> view.await("c", Duration.ofMillis(5)));
    view.close();
    assertEquals(2, store.add("job/1/n", 1));
  }

  @Test
  final void addsOfTwoRanksAllCount() throws Exception {
    List<Callable<Long>> bodies = new ArrayList<>();
    for (Store rank : List.of(store, other, store, other)) {
      bodies.add(
          () -> {
            for (int n = 0; n < 200; n++) {
              rank.add("n", 1);
            }
            return 0L;
          });
    }
    inThreads(bodies, ignored -> {});
    assertEquals(800, store.add("n", 0));
  }

  @Test
  final void aKeyThatWasNeverSetHasNoValue() {
    assertTrue(store.get("k").isEmpty());
  }

  @Test
  final void anEmptyValueIsAValue() {
    store.set("k", new byte[0]);
    assertEquals(0, store.get("k").orElseThrow().length);
    assertEquals(0, store.await("k", LONG).length);
  }

  @Test
  final void valuesAreCopiedInAndOut() {
    byte[] given = bytes("abc");
    store.set("k", given);
    given[0] = 'x';
    store.get("k").orElseThrow()[1] = 'x';
    store.await("k", LONG)[2] = 'x';
    assertArrayEquals(bytes("abc"), store.get("k").orElseThrow());
  }

  @Test
  final void compareAndSetCopiesItsValueToo() {
    byte[] given = bytes("abc");
    assertTrue(store.compareAndSet("k", Optional.empty(), given));
    given[0] = 'x';
    assertArrayEquals(bytes("abc"), store.get("k").orElseThrow());
  }

  @Test
  final void keysAndValuesHaveBounds() {
    String longest = "k".repeat(longestKey());
    store.set(longest, new byte[Store.MAX_VALUE_BYTES]);
    assertEquals(Store.MAX_VALUE_BYTES, store.get(longest).orElseThrow().length);

    for (String wrong : List.of("", longest + "k")) {
      assertCode(ErrorCode.OUT_OF_RANGE, () -> store.set(wrong, bytes("v")));
      assertCode(ErrorCode.OUT_OF_RANGE, () -> store.get(wrong));
      assertCode(ErrorCode.OUT_OF_RANGE, () -> store.await(wrong, LONG));
      assertCode(ErrorCode.OUT_OF_RANGE, () -> store.add(wrong, 1));
      assertCode(ErrorCode.OUT_OF_RANGE, () -> store.delete(wrong));
      assertCode(
          ErrorCode.OUT_OF_RANGE, () -> store.compareAndSet(wrong, Optional.empty(), bytes("v")));
    }
    byte[] tooLong = new byte[Store.MAX_VALUE_BYTES + 1];
    assertCode(ErrorCode.OUT_OF_RANGE, () -> store.set("k", tooLong));
    assertCode(ErrorCode.OUT_OF_RANGE, () -> store.compareAndSet("k", Optional.empty(), tooLong));
    assertTrue(store.get("k").isEmpty());
  }

  @Test
  @SuppressWarnings("NullAway") // what a caller without null checks passes
  void nullIsRefusedWithACode() {
    assertCode(ErrorCode.NULL_ARGUMENT, () -> store.set(null, bytes("v")));
    assertCode(ErrorCode.NULL_ARGUMENT, () -> store.set("k", null));
    assertCode(ErrorCode.NULL_ARGUMENT, () -> store.await("k", null));
    assertCode(ErrorCode.NULL_ARGUMENT, () -> store.compareAndSet("k", null, bytes("v")));
  }

  @Test
  final void awaitReturnsAtOnceWhatIsThere() {
    store.set("k", bytes("v"));
    assertArrayEquals(bytes("v"), store.await("k", Duration.ofNanos(1)));
  }

  @Test
  final void awaitReturnsWhatAnotherThreadSetsLater() throws Exception {
    List<Callable<byte[]>> bodies = new ArrayList<>();
    bodies.add(() -> store.await("k", LONG));
    bodies.add(
        () -> {
          store.set("other", bytes("x"));
          store.set("k", bytes("v"));
          return bytes("v");
        });
    inThreads(bodies, value -> assertArrayEquals(bytes("v"), value));
  }

  @Test
  final void awaitEndsAtItsDeadlineAndNamesTheKey() {
    CclTimeoutException e =
        assertThrows(CclTimeoutException.class, () -> store.await("missing", Duration.ofMillis(5)));
    assertEquals(ErrorCode.STORE_TIMEOUT, e.code());
    assertTrue(e.getMessage().contains("missing"), e.getMessage());
  }

  @Test
  final void awaitRefusesATimeoutThatIsNotPositive() {
    assertCode(ErrorCode.OUT_OF_RANGE, () -> store.await("k", Duration.ZERO));
    assertCode(ErrorCode.OUT_OF_RANGE, () -> store.await("k", Duration.ofSeconds(-1)));
  }

  @Test
  final void awaitTakesTheLongestTimeout() {
    store.set("k", bytes("v"));
    assertArrayEquals(bytes("v"), store.await("k", Duration.ofSeconds(Long.MAX_VALUE)));
  }

  @Test
  final void anInterruptEndsAwaitAndStaysSet() {
    Thread.currentThread().interrupt();
    CclException e = assertThrows(CclTimeoutException.class, () -> store.await("k", LONG));
    assertEquals(ErrorCode.INTERRUPTED, e.code());
    assertTrue(Thread.interrupted(), "the interrupt flag");
  }

  @Test
  final void anInterruptEndsAnAwaitThatIsUnderWay() throws Exception {
    Thread waiter =
        new Thread(
            () -> {
              CclException e =
                  assertThrows(CclTimeoutException.class, () -> store.await("never", LONG));
              store.set("result", bytes(e.code().name()));
            });
    waiter.start();
    while (waiter.getState() != Thread.State.TIMED_WAITING) {
      Thread.onSpinWait();
    }
    waiter.interrupt();
    assertEquals("INTERRUPTED", new String(store.await("result", LONG), US_ASCII));
    waiter.join(LONG.toMillis());
  }

  @Test
  final void aCounterStartsAtZeroAndIsItsDecimalDigits() {
    assertEquals(0, store.add("n", 0));
    assertEquals(5, store.add("n", 5));
    assertEquals(-2, store.add("n", -7));
    assertArrayEquals(bytes("-2"), store.get("n").orElseThrow());
    store.set("n", bytes("40"));
    assertEquals(42, store.add("n", 2));
  }

  @Test
  final void whatIsNoCounterIsNotAddedTo() {
    store.set("k", bytes("forty"));
    CclUsageException e = assertThrows(CclUsageException.class, () -> store.add("k", 1));
    assertEquals(ErrorCode.INVALID_ARGUMENT, e.code());
    assertArrayEquals(bytes("forty"), store.get("k").orElseThrow());
  }

  @Test
  final void compareAndSetSetsOnlyOverTheExpectedValue() {
    assertFalse(store.compareAndSet("k", Optional.of(bytes("a")), bytes("b")));
    assertTrue(store.get("k").isEmpty());
    assertTrue(store.compareAndSet("k", Optional.empty(), bytes("a")));
    assertFalse(store.compareAndSet("k", Optional.empty(), bytes("b")));
    assertFalse(store.compareAndSet("k", Optional.of(bytes("x")), bytes("b")));
    assertTrue(store.compareAndSet("k", Optional.of(bytes("a")), bytes("b")));
    assertArrayEquals(bytes("b"), store.get("k").orElseThrow());
  }

  @Test
  final void compareAndSetTellsAnEmptyValueFromNone() {
    store.set("k", new byte[0]);
    assertFalse(store.compareAndSet("k", Optional.empty(), bytes("b")));
    assertTrue(store.compareAndSet("k", Optional.of(new byte[0]), bytes("b")));
  }

  @Test
  final void deleteSaysWhetherThereWasAValue() {
    store.set("k", bytes("v"));
    assertTrue(store.delete("k"));
    assertFalse(store.delete("k"));
    assertTrue(store.get("k").isEmpty());
  }

  @Test
  final void aPrefixedViewIsApartFromOtherPrefixes() {
    store.prefixed("a").set("k", bytes("1"));
    store.prefixed("b").set("k", bytes("2"));
    assertArrayEquals(bytes("1"), store.get("a/k").orElseThrow());
    assertArrayEquals(bytes("2"), store.prefixed("b").get("k").orElseThrow());
  }

  @Test
  final void addsOfManyThreadsAllCount() throws Exception {
    int threads = 8;
    int adds = 250;
    List<Callable<Long>> bodies = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      bodies.add(
          () -> {
            for (int n = 0; n < adds; n++) {
              store.add("n", 1);
            }
            return 0L;
          });
    }
    inThreads(bodies, ignored -> {});
    assertEquals((long) threads * adds, store.add("n", 0));
  }

  @Test
  final void ofManyThreadsExactlyOneWinsACompareAndSet() throws Exception {
    for (int round = 0; round < 50; round++) {
      String key = "k" + round;
      List<Callable<Boolean>> bodies = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        byte[] mine = bytes("thread" + i);
        bodies.add(() -> store.compareAndSet(key, Optional.empty(), mine));
      }
      List<Boolean> won = new ArrayList<>();
      inThreads(bodies, won::add);
      assertEquals(1, won.stream().filter(w -> w).count(), "winners of " + key);
    }
  }

  @Test
  final void oneSetWakesAllThatWait() throws Exception {
    List<Callable<byte[]>> bodies = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      bodies.add(() -> store.await("go", LONG));
    }
    bodies.add(
        () -> {
          store.set("go", bytes("now"));
          return bytes("now");
        });
    inThreads(bodies, value -> assertArrayEquals(bytes("now"), value));
  }

  private interface Check<T> {
    void check(T result);
  }

  /** Runs the bodies at once, each in a thread of its own, and checks what they return. */
  private static <T> void inThreads(List<Callable<T>> bodies, Check<T> check) throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(bodies.size());
    try {
      CyclicBarrier start = new CyclicBarrier(bodies.size());
      List<Future<T>> futures = new ArrayList<>();
      for (Callable<T> body : bodies) {
        futures.add(
            pool.submit(
                () -> {
                  start.await(LONG.toSeconds(), TimeUnit.SECONDS);
                  return body.call();
                }));
      }
      for (Future<T> future : futures) {
        check.check(future.get(LONG.toSeconds(), TimeUnit.SECONDS));
      }
    } finally {
      pool.shutdownNow();
    }
  }
}
