package org.ccl4j.nccl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.ccl4j.api.Capability;
import org.ccl4j.api.DataType;
import org.ccl4j.api.MemoryStatistic;
import org.ccl4j.api.ProbeResult;
import org.ccl4j.api.Signal;
import org.ccl4j.api.Signals;
import org.ccl4j.api.Status;
import org.ccl4j.api.Tuning;
import org.ccl4j.api.TuningOption;
import org.ccl4j.api.UniqueId;
import org.ccl4j.api.WindowOption;
import org.ccl4j.api.config.Settings;
import org.ccl4j.spi.Backend;
import org.ccl4j.spi.BackendCommunicator;
import org.ccl4j.spi.BackendCommunicator.Child;
import org.ccl4j.spi.BackendCommunicator.Tunable;
import org.ccl4j.spi.Result;
import org.ccl4j.spi.StatusCode;
import org.ccl4j.stub.Allocations;
import org.ccl4j.stub.StubControl;
import org.ccl4j.stub.StubFixture;
import org.ccl4j.stub.StubLibrary;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the kit does not reach: the binding's own duties and the functions of newer libraries. */
class NcclBackendTest {
  private static final long SOON = TimeUnit.MILLISECONDS.toNanos(300);
  private static final int SUM = 0;
  private static final int INVALID_ARGUMENT = 4;

  private final ExecutorService ranks = Executors.newCachedThreadPool();
  private int violations;

  @BeforeEach
  void start() {
    StubControl.configure("devices", "4");
    violations = StubControl.violations();
  }

  @AfterEach
  void end() {
    ranks.shutdownNow();
    assertEquals(violations, StubControl.violations(), StubControl.lastViolation());
  }

  private <T> List<T> onAll(List<Callable<T>> bodies) throws Exception {
    List<Future<T>> futures = new ArrayList<>();
    for (Callable<T> body : bodies) {
      futures.add(ranks.submit(body));
    }
    List<T> values = new ArrayList<>();
    for (Future<T> future : futures) {
      values.add(future.get(60, TimeUnit.SECONDS));
    }
    return values;
  }

  @Test
  void anOldLibraryIsAvailableWithWhatItHas() {
    ProbeResult.Available found = available(StubLibrary.NCCL_2_18);

    assertEquals("2.18.6", found.version());
    assertEquals(4, found.devices());
    assertTrue(found.capabilities().contains(Capability.SPLIT));
    assertTrue(found.capabilities().contains(Capability.TUNING));
    assertFalse(found.capabilities().contains(Capability.FLOAT8));
    assertFalse(found.capabilities().contains(Capability.NATIVE_GATHER));
    assertFalse(found.capabilities().contains(Capability.LIBRARY_MEMORY));
  }

  @Test
  void theNewestLibraryHasEverything() {
    // No version of NCCL has these; devices are shared where the environment asks for it.
    EnumSet<Capability> all =
        EnumSet.complementOf(
            EnumSet.of(
                Capability.NATIVE_ALL_TO_ALL_V,
                Capability.ALL_REDUCE_BIAS,
                Capability.SHARED_DEVICES,
                Capability.SIGNAL_WAIT_ABORT));
    assertEquals(all, available(StubLibrary.NCCL_2_32).capabilities());
    all.remove(Capability.CALL_TUNING);
    assertEquals(all, available(StubLibrary.NCCL_2_30).capabilities());
  }

  @Test
  void aLibraryWithoutAllTypesAndOperatorsIsTooOld() {
    ProbeResult.Unavailable found =
        assertInstanceOf(
            ProbeResult.Unavailable.class,
            new NcclBackendProvider().probe(Stub.of(StubLibrary.NCCL_2_7).settings()));

    assertTrue(found.reason().contains("NCCL 2.7.8"), found.reason());
    assertTrue(found.reason().contains("neither BFLOAT16 nor the operator AVG"), found.reason());
    assertTrue(found.remedy().contains("2.10 or newer"), found.remedy());
  }

  /** Both export the same names; what they need tells them apart. */
  @ParameterizedTest
  @EnumSource(names = {"RCCL_2_21", "RCCL_2_30"})
  void rcclUnderTheNameOfNcclIsRefusedByItsOwnName(StubLibrary library) {
    ProbeResult.Unavailable found =
        assertInstanceOf(
            ProbeResult.Unavailable.class,
            new NcclBackendProvider().probe(Stub.of(library).settings()));

    assertTrue(
        found
            .reason()
            .startsWith(library.file() + " is AMD's RCCL: it is linked with libamdhip64-stub.so.6"),
        found::reason);
    assertTrue(found.remedy().startsWith("Use the backend for AMD's RCCL if there"), found::remedy);
  }

  @Test
  void theLastToGiveACommunicatorBackDoesNotWaitForTheWorkOfAnother() {
    try (StubFixture fixture = Stub.of(StubLibrary.NCCL_2_30).open()) {
      List<BackendCommunicator> busy = fixture.all(0, 1);
      List<BackendCommunicator> ending = fixture.all(0, 1);
      long[] streams = {fixture.stream(0), fixture.stream(1)};
      long[] memory = {fixture.memory(0, 64), fixture.memory(1, 64)};
      // It waits for rank 0, which this thread has yet to serve.
      fixture.ok(busy.get(1).allReduce(memory[1], memory[1], 1, DataType.INT32, 0, streams[1]));

      ending.forEach(fixture::end);

      fixture.ok(busy.get(0).allReduce(memory[0], memory[0], 1, DataType.INT32, 0, streams[0]));
      fixture.await(0, streams[0]);
      fixture.await(1, streams[1]);
      busy.forEach(fixture::end);
    }
  }

  private static ProbeResult.Available available(StubLibrary library) {
    return assertInstanceOf(
        ProbeResult.Available.class, new NcclBackendProvider().probe(Stub.of(library).settings()));
  }

  @Test
  void aMachineWithoutDevicesIsSaidToBeOne() {
    StubControl.configure("devices", "0");

    ProbeResult.Unavailable found =
        assertInstanceOf(
            ProbeResult.Unavailable.class,
            new NcclBackendProvider().probe(Stub.of(StubLibrary.NCCL_2_30).settings()));

    assertTrue(found.reason().contains("NCCL 2.30.7 is there"), found.reason());
    assertTrue(found.reason().contains("no device"), found.reason());
  }

  @Test
  void twoVersionsWorkSideBySide() {
    try (StubFixture newer = Stub.of(StubLibrary.NCCL_2_30).open();
        StubFixture older = Stub.of(StubLibrary.NCCL_2_18).open()) {
      BackendCommunicator one = newer.all(0).get(0);
      BackendCommunicator other = older.all(0).get(0);

      assertEquals(StatusCode.UNSUPPORTED, older.backend().groupSimulateEnd().status());
      assertTrue(newer.value(newer.backend().parameters()).contains("NCCL_DEBUG"));
      assertEquals(StatusCode.UNSUPPORTED, older.backend().parameters().status());
      newer.end(one);
      older.end(other);
    }
  }

  @Test
  void whatOnlyOtherLibrariesHaveIsNotHere() {
    assertTrue(
        Collections.disjoint(
            available(StubLibrary.NCCL_2_30).capabilities(),
            Set.of(Capability.NATIVE_ALL_TO_ALL_V, Capability.ALL_REDUCE_BIAS)));
    try (StubFixture fixture = Stub.of(StubLibrary.NCCL_2_30).open()) {
      BackendCommunicator alone = fixture.all(0).get(0);
      long[] one = {0};
      assertEquals(
          StatusCode.UNSUPPORTED, alone.allToAllV(0, one, one, 0, one, one, DataType.INT8, 0));
      assertEquals(
          StatusCode.UNSUPPORTED, alone.allReduceWithBias(0, 0, 0, 0, DataType.INT8, 0, 0));
      fixture.end(alone);
    }
  }

  private static Set<TuningOption> options(Predicate<TuningOption> which) {
    Set<TuningOption> options = EnumSet.allOf(TuningOption.class);
    options.removeIf(which.negate());
    return options;
  }

  @Test
  void optionsAreThoseOfTheVersion() {
    try (StubFixture newest = Stub.of(StubLibrary.NCCL_2_32).open();
        StubFixture newer = Stub.of(StubLibrary.NCCL_2_30).open();
        StubFixture older = Stub.of(StubLibrary.NCCL_2_18).open();
        StubFixture oldest = Stub.of(StubLibrary.NCCL_2_10).open()) {
      assertEquals(options(TuningOption::isOfCommunicators), newest.backend().tuning());
      assertEquals(options(TuningOption::isOfCalls), newest.backend().callTuning());
      assertEquals(Set.of(), newer.backend().callTuning());
      Set<TuningOption> lacking = options(TuningOption::isOfCommunicators);
      lacking.removeAll(newer.backend().tuning());
      assertEquals(
          EnumSet.range(TuningOption.IMPLICIT_LAUNCH_ORDER, TuningOption.SWITCH_USES_LEFT_OUT),
          lacking);
      assertEquals(
          Set.of(
              TuningOption.CLUSTER_SIZE,
              TuningOption.MIN_CTAS,
              TuningOption.MAX_CTAS,
              TuningOption.NETWORK,
              TuningOption.SPLIT_SHARE),
          older.backend().tuning());
      assertEquals(Set.of(), oldest.backend().tuning());
    }
  }

  @Test
  void theNewestLibraryTakesEveryOptionAtBothEndsOfItsRange() {
    Tuning lowest = Tuning.DEFAULT.withNetwork("Socket");
    Tuning highest = lowest;
    for (TuningOption option : options(TuningOption::isOfCommunicators)) {
      if (option != TuningOption.NETWORK) {
        lowest = lowest.with(option, option.lowest());
        highest = highest.with(option, option.highest());
      }
    }
    try (StubFixture fixture = Stub.of(StubLibrary.NCCL_2_32).open()) {
      for (Tuning tuning : List.of(lowest, highest)) {
        fixture
            .value(
                fixture
                    .backend()
                    .connectAll(
                        new int[] {0}, new Backend.Terms("options", tuning, StubFixture.PATIENCE)))
            .forEach(fixture::end);
      }
    }
  }

  /** What {@link Tuning} says, and what is left out, as the library finds it. */
  @Test
  void aCallHasATuningOfItsOwn() {
    Tuning all =
        Tuning.DEFAULT
            .with(TuningOption.MIN_CTAS, 1)
            .with(TuningOption.MAX_CTAS, 4)
            .with(TuningOption.SWITCH_CTAS, 3)
            .with(TuningOption.CLUSTER_SIZE, 2)
            .with(TuningOption.ALGORITHMS_REQUIRED, 0)
            .with(TuningOption.CTA_POLICY, 3)
            .with(TuningOption.PROFILER_TAG, Integer.MAX_VALUE)
            .withAlgorithms("ring,tree");
    try (StubFixture fixture = Stub.of(StubLibrary.NCCL_2_32).open()) {
      BackendCommunicator alone = fixture.all(0).get(0);
      for (Tunable operation : Tunable.values()) {
        assertEquals(StatusCode.OK, tuned(alone, operation, all), operation::name);
        assertEquals(
            "min=1 max=4 switch=3 cluster=2 algorithms=ring,tree required=0 policy=3"
                + " tag=2147483647",
            StubControl.lastCallConfig(),
            operation::name);
        assertEquals(
            StatusCode.OK, tuned(alone, operation, Tuning.DEFAULT.withAlgorithms("^nvls")));
        assertEquals(
            "min=U max=U switch=U cluster=U algorithms=^nvls required=1 policy=U tag=0"
                .replace("U", String.valueOf(Integer.MIN_VALUE)),
            StubControl.lastCallConfig(),
            operation::name);
      }
      int refused = tuned(alone, Tunable.ALL_REDUCE, Tuning.DEFAULT.withAlgorithms("star"));
      assertNotEquals(StatusCode.OK, refused);
      assertTrue(alone.lastError().contains("star"), alone.lastError());
      fixture.end(alone);
    }
  }

  @Test
  void aTuningOfACallAllocatesNothing() {
    Tuning tuning = Tuning.DEFAULT.with(TuningOption.MAX_CTAS, 2).withAlgorithms("ring");
    try (StubFixture fixture = Stub.of(StubLibrary.NCCL_2_32).open()) {
      BackendCommunicator alone = fixture.all(0).get(0);
      long stream = fixture.stream(0);
      long at = fixture.memory(0, 64);
      new Allocations(fixture, stream)
          .assertNone(
              () ->
                  alone.tuned(
                      Tunable.ALL_REDUCE, at, at, 8, DataType.INT32, SUM, 0, tuning, stream));
      fixture.await(0, stream);
      fixture.end(alone);
      fixture.ok(fixture.devices().free(0, at));
      fixture.ok(fixture.devices().destroyStream(0, stream));
    }
  }

  private static int tuned(BackendCommunicator comm, Tunable operation, Tuning tuning) {
    return comm.tuned(operation, 0, 0, 0, DataType.INT32, 0, 0, tuning, 0);
  }

  @Test
  void theLowerBoundOfBlocksMayBeSetAlone() {
    try (StubFixture fixture = Stub.of(StubLibrary.NCCL_2_30).open()) {
      Tuning tuning = Tuning.DEFAULT.with(TuningOption.MIN_CTAS, 4).withNetwork("Socket");

      BackendCommunicator made =
          fixture
              .value(
                  fixture
                      .backend()
                      .connectAll(
                          new int[] {1}, new Backend.Terms("blocks", tuning, StubFixture.PATIENCE)))
              .get(0);

      fixture.end(made);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"NCCL_2_10", "NCCL_2_18", "NCCL_2_30"})
  void aMissingRankEndsTheConnectingInTime(StubLibrary library) {
    try (StubFixture fixture = Stub.of(library).open()) {
      long begun = System.nanoTime();

      Result<BackendCommunicator> result =
          fixture
              .backend()
              .connect(new Backend.ConnectRequest(fixture.id(), 0, 2, 0, "lonely", SOON));

      assertEquals(StatusCode.NOT_READY, result.status());
      assertTrue(System.nanoTime() - begun >= SOON, "not before the time");
      assertEquals("", fixture.backend().lastError());
    }
  }

  @Test
  void severalIdsMakeOneCommunicator() throws Exception {
    try (StubFixture fixture = Stub.of(StubLibrary.NCCL_2_30).open()) {
      assertEquals(1, fixture.backend().uniqueIdCount(2));
      assertEquals(8, fixture.backend().uniqueIdCount(1024));
      List<UniqueId> ids = List.of(fixture.id(), fixture.id());

      List<BackendCommunicator> made =
          onAll(List.of(() -> join(fixture, ids, 0), () -> join(fixture, ids, 1)));

      onAll(made.stream().<Callable<Boolean>>map(comm -> () -> ended(fixture, comm)).toList());
    }
  }

  private static BackendCommunicator join(StubFixture fixture, List<UniqueId> ids, int rank) {
    return fixture.value(
        fixture
            .backend()
            .connect(
                new Backend.ConnectRequest(
                    ids, rank, 2, rank, StubFixture.terms(StubFixture.PATIENCE))));
  }

  private static boolean ended(StubFixture fixture, BackendCommunicator comm) {
    fixture.end(comm);
    return true;
  }

  @Test
  void aRankOfNoColourGetsNothing() throws Exception {
    try (StubFixture fixture = Stub.of(StubLibrary.NCCL_2_18).open()) {
      List<BackendCommunicator> all = fixture.all(0, 1);

      List<Result<Child>> made =
          onAll(
              List.of(
                  () -> all.get(0).split(-1, 0, StubFixture.terms(StubFixture.PATIENCE)),
                  () -> all.get(1).split(3, 0, StubFixture.terms(StubFixture.PATIENCE))));

      assertEquals(StatusCode.OK, made.get(0).status());
      assertNull(made.get(0).value());
      Child child = fixture.value(made.get(1));
      assertEquals(0, child.rank());
      assertEquals(1, child.size());
      fixture.end(child.communicator());
      all.forEach(fixture::end);
    }
  }

  @Test
  void theRemainingRanksShrink() throws Exception {
    try (StubFixture fixture = Stub.of(StubLibrary.NCCL_2_30).open()) {
      List<BackendCommunicator> all = fixture.all(0, 1, 2);
      int[] gone = {1};

      List<Child> made =
          onAll(
              List.of(
                  () ->
                      fixture.value(
                          all.get(0).shrink(gone, false, StubFixture.terms(StubFixture.PATIENCE))),
                  () ->
                      fixture.value(
                          all.get(2)
                              .shrink(gone, false, StubFixture.terms(StubFixture.PATIENCE)))));

      assertEquals(List.of(0, 1), made.stream().map(Child::rank).toList());
      assertEquals(List.of(2, 2), made.stream().map(Child::size).toList());
      made.forEach(child -> fixture.end(child.communicator()));
      all.forEach(fixture::end);
    }
  }

  @Test
  void theRemainingRanksShrinkUnderAnOperationThatHangs() throws Exception {
    try (StubFixture fixture = Stub.of(StubLibrary.NCCL_2_30).open()) {
      List<BackendCommunicator> all = fixture.all(0, 1);
      connectPeers(fixture, all);
      long stream = fixture.stream(0);
      long memory = fixture.memory(0, 64);
      fixture.ok(all.get(0).allReduce(memory, memory, 16, DataType.INT32, SUM, stream));
      assertEquals(StatusCode.NOT_READY, fixture.devices().synchronizeStream(0, stream, SOON));

      Child child =
          fixture.value(
              all.get(0).shrink(new int[] {1}, true, StubFixture.terms(StubFixture.PATIENCE)));

      assertEquals(1, child.size());
      fixture.await(0, stream);
      fixture.end(child.communicator());
      all.forEach(comm -> fixture.ok(comm.abort()));
      fixture.ok(fixture.devices().free(0, memory));
      fixture.ok(fixture.devices().destroyStream(0, stream));
    }
  }

  @Test
  void aCommunicatorGrows() throws Exception {
    try (StubFixture fixture = Stub.of(StubLibrary.NCCL_2_30).open()) {
      List<BackendCommunicator> old = fixture.all(0);
      byte[] id = fixture.value(old.get(0).newGrowthId());

      List<BackendCommunicator> made =
          onAll(
              List.of(
                  () ->
                      fixture
                          .value(old.get(0).grow(2, id, StubFixture.terms(StubFixture.PATIENCE)))
                          .communicator(),
                  () ->
                      fixture.value(
                          fixture
                              .backend()
                              .connectGrown(
                                  new Backend.ConnectRequest(
                                      List.of(UniqueId.of(Nccl.DESCRIPTOR.backendId(), id)),
                                      1,
                                      2,
                                      1,
                                      StubFixture.terms(StubFixture.PATIENCE))))));

      connectPeers(fixture, made);
      made.forEach(fixture::end);
      old.forEach(fixture::end);
    }
  }

  /** One all-reduce of all ranks, as a group of this thread. */
  private static void connectPeers(StubFixture fixture, List<BackendCommunicator> all) {
    long[] streams = new long[all.size()];
    long[] memory = new long[all.size()];
    for (int i = 0; i < all.size(); i++) {
      streams[i] = fixture.stream(i);
      memory[i] = fixture.memory(i, 64);
    }
    fixture.ok(fixture.backend().groupStart());
    for (int i = 0; i < all.size(); i++) {
      fixture.ok(all.get(i).allReduce(memory[i], memory[i], 16, DataType.INT32, SUM, streams[i]));
    }
    fixture.ok(fixture.backend().groupEnd());
    for (int i = 0; i < all.size(); i++) {
      fixture.await(i, streams[i]);
      fixture.ok(fixture.devices().free(i, memory[i]));
      fixture.ok(fixture.devices().destroyStream(i, streams[i]));
    }
  }

  @Test
  void memoryIsSuspendedAndCounted() {
    try (StubFixture fixture = Stub.of(StubLibrary.NCCL_2_30).open()) {
      BackendCommunicator comm = fixture.all(0).get(0);
      long total = fixture.value(comm.memoryStatistic(MemoryStatistic.TOTAL));

      fixture.ok(comm.suspend(StubFixture.PATIENCE));
      long suspended = fixture.value(comm.memoryStatistic(MemoryStatistic.SUSPENDED));
      fixture.ok(comm.resume(StubFixture.PATIENCE));

      assertTrue(total >= suspended && suspended > 0, total + " " + suspended);
      fixture.end(comm);
    }
  }

  /** Suspending waits for all ranks; what is suspended is resumed before it is destroyed. */
  @Test
  void aSuspendedCommunicatorEndsWell() throws Exception {
    try (StubFixture fixture = Stub.of(StubLibrary.NCCL_2_30).open()) {
      List<BackendCommunicator> all = fixture.all(0, 1);
      List<Integer> statuses =
          onAll(
              List.of(
                  () -> all.get(0).suspend(StubFixture.PATIENCE),
                  () -> all.get(1).suspend(StubFixture.PATIENCE)));
      statuses.forEach(fixture::ok);

      all.forEach(fixture::end); // on one thread: none waits for the next
    }
  }

  @Test
  void suspendingAloneEndsInTime() {
    try (StubFixture fixture = Stub.of(StubLibrary.NCCL_2_30).open()) {
      List<BackendCommunicator> all = fixture.all(0, 1);

      assertEquals(StatusCode.NOT_READY, all.get(0).suspend(TimeUnit.MILLISECONDS.toNanos(50)));

      assertNotEquals(StatusCode.OK, all.get(0).asyncError());
      all.forEach(comm -> fixture.ok(comm.abort()));
    }
  }

  /** The core asks without looking whether another thread ends the communicator. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aFailureMayBeAskedForWhileTheCommunicatorEndsAndAfterwards(boolean abort) {
    try (StubFixture fixture = Stub.of(StubLibrary.NCCL_2_30).open()) {
      List<BackendCommunicator> all = fixture.all(0, 1);
      BackendCommunicator asked = all.get(0);
      AtomicInteger times = new AtomicInteger();
      AtomicBoolean over = new AtomicBoolean();
      CompletableFuture<Integer> asking =
          CompletableFuture.supplyAsync(
              () -> {
                int status = StatusCode.OK;
                while (status == StatusCode.OK && !over.get()) {
                  status = asked.asyncError();
                  times.incrementAndGet();
                }
                return status;
              });
      while (times.get() == 0 && !asking.isDone()) {
        Thread.onSpinWait();
      }

      all.forEach(comm -> fixture.ok(abort ? comm.abort() : comm.destroy()));
      int before = times.get();
      while (times.get() < before + 2 && !asking.isDone()) {
        Thread.onSpinWait();
      }
      over.set(true);

      assertEquals(StatusCode.OK, asking.orTimeout(30, TimeUnit.SECONDS).join());
    }
  }

  /** The library's first one-sided call waits for all ranks; registering has made it. */
  @Test
  void aWaitForASignalReturnsBeforeAnybodyRaisesOne() throws Exception {
    try (StubFixture fixture = Stub.of(StubLibrary.NCCL_2_30).open()) {
      List<BackendCommunicator> all = fixture.all(0, 1);
      long[] memory = {
        fixture.value(fixture.backend().allocate(0, 4096)),
        fixture.value(fixture.backend().allocate(1, 4096))
      };
      onAll(
          List.of(
              () -> window(fixture, all.get(0), memory[0], 4096),
              () -> window(fixture, all.get(1), memory[1], 4096)));
      long[] streams = {fixture.stream(0), fixture.stream(1)};

      try {
        Future<Integer> waiting =
            ranks.submit(
                () -> all.get(1).waitSignal(new int[] {0}, new int[] {1}, 0, 0, streams[1]));
        fixture.ok(waiting.get(20, TimeUnit.SECONDS));
      } catch (TimeoutException e) {
        all.forEach(BackendCommunicator::abort); // or the thread stays inside the library
        throw e;
      }

      fixture.ok(all.get(0).signal(1, 0, 0, streams[0]));
      for (int i = 0; i < 2; i++) {
        fixture.await(i, streams[i]);
        fixture.ok(fixture.devices().destroyStream(i, streams[i]));
      }
      all.forEach(fixture::end);
      for (int i = 0; i < 2; i++) {
        fixture.ok(fixture.backend().free(i, memory[i]));
      }
    }
  }

  /** What it says about its signals is what the library takes, no more and no less. */
  @Test
  void theSignalsAreThoseThatTheLibraryTakes() {
    Tuning none = Tuning.DEFAULT.with(TuningOption.ONE_SIDED_CONTEXTS, 0);
    Tuning contexts = Tuning.DEFAULT.with(TuningOption.ONE_SIDED_CONTEXTS, 2);
    Tuning both = contexts.with(TuningOption.ONE_SIDED_SIGNALS, 3);

    assertTakes(Signals.FIRST_ALONE, StubLibrary.NCCL_2_30, Tuning.DEFAULT);
    assertTakes(Signals.FIRST_ALONE, StubLibrary.NCCL_2_30, contexts);
    assertTakes(new Signals(1, 0), StubLibrary.NCCL_2_30, none);
    assertTakes(Signals.FIRST_ALONE, StubLibrary.NCCL_2_32, Tuning.DEFAULT);
    assertTakes(new Signals(1, 2), StubLibrary.NCCL_2_32, contexts);
    assertTakes(new Signals(3, 2), StubLibrary.NCCL_2_32, both);
    assertTakes(new Signals(1, 0), StubLibrary.NCCL_2_32, none);
  }

  private static void assertTakes(Signals signals, StubLibrary library, Tuning tuning) {
    try (StubFixture fixture = Stub.of(library).open()) {
      Backend.Terms terms = new Backend.Terms("signals", tuning, StubFixture.PATIENCE);
      BackendCommunicator comm =
          fixture.value(fixture.backend().connectAll(new int[] {0}, terms)).get(0);
      long stream = fixture.stream(0);
      assertEquals(signals, comm.signals());
      for (int index = 0; index < 4; index++) {
        for (int context = 0; context < 3; context++) {
          int expected = signals.has(new Signal(index, context)) ? StatusCode.OK : INVALID_ARGUMENT;
          String which = library + " with " + tuning + ", " + index + " of " + context;
          int[] self = {0};
          int[] once = {1};
          assertEquals(expected, comm.signal(0, index, context, stream), which);
          assertEquals(expected, comm.waitSignal(self, once, index, context, stream), which);
        }
      }
      fixture.await(0, stream);
      fixture.end(comm);
      fixture.ok(fixture.devices().destroyStream(0, stream));
    }
  }

  @Test
  void aPutArrivesBeforeItsSignal() throws Exception {
    try (StubFixture fixture = Stub.of(StubLibrary.NCCL_2_30).open()) {
      List<BackendCommunicator> all = fixture.all(0, 1);
      long bytes = 4096;
      List<Long> memory =
          List.of(
              fixture.value(fixture.backend().allocate(0, bytes)),
              fixture.value(fixture.backend().allocate(1, bytes)));
      List<Long> windows =
          onAll(
              List.of(
                  () -> window(fixture, all.get(0), memory.get(0), bytes),
                  () -> window(fixture, all.get(1), memory.get(1), bytes)));
      long[] streams = {fixture.stream(0), fixture.stream(1)};
      long source = memory.get(0) + 1024;
      fixture.ok(fixture.devices().fill(0, source, (byte) 7, 16, streams[0]));

      fixture.ok(
          all.get(0).putSignal(source, 4, DataType.INT32, 1, windows.get(0), 32, 0, 0, streams[0]));
      fixture.ok(all.get(1).waitSignal(new int[] {0}, new int[] {1}, 0, 0, streams[1]));
      ByteBuffer host = ByteBuffer.allocateDirect(16).order(ByteOrder.nativeOrder());
      fixture.ok(fixture.devices().copyToHost(1, host, memory.get(1) + 32, streams[1]));
      fixture.await(1, streams[1]);
      fixture.await(0, streams[0]);

      assertEquals(0x07070707, host.getInt(0));
      assertEquals(0x07070707, host.getInt(12));
      onAll(
          List.of(
              () -> all.get(0).deregisterWindow(windows.get(0)),
              () -> all.get(1).deregisterWindow(windows.get(1))));
      all.forEach(fixture::end);
      fixture.ok(fixture.backend().free(0, memory.get(0)));
      fixture.ok(fixture.backend().free(1, memory.get(1)));
      fixture.ok(fixture.devices().destroyStream(0, streams[0]));
      fixture.ok(fixture.devices().destroyStream(1, streams[1]));
    }
  }

  private static long window(
      StubFixture fixture, BackendCommunicator comm, long address, long bytes) {
    return fixture.value(
        comm.registerWindow(
            address, bytes, Set.of(WindowOption.COLLECTIVE_SYMMETRIC), StubFixture.PATIENCE));
  }

  @Test
  void aGroupIsSimulated() {
    try (StubFixture fixture = Stub.of(StubLibrary.NCCL_2_30).open()) {
      BackendCommunicator comm = fixture.all(0).get(0);
      long stream = fixture.stream(0);
      long memory = fixture.memory(0, 64);

      fixture.ok(fixture.backend().groupStart());
      fixture.ok(comm.allReduce(memory, memory, 16, DataType.INT32, SUM, stream));
      double micros = fixture.value(fixture.backend().groupSimulateEnd());

      assertTrue(micros >= 0, () -> micros + " µs");
      fixture.end(comm);
      fixture.ok(fixture.devices().free(0, memory));
      fixture.ok(fixture.devices().destroyStream(0, stream));
    }
  }

  @Test
  void memoryIsNotFreedUnderWorkThatWaits() {
    try (StubFixture fixture = Stub.of(StubLibrary.NCCL_2_30).open()) {
      List<BackendCommunicator> all = fixture.all(0, 1);
      connectPeers(fixture, all);
      long[] streams = {fixture.stream(0), fixture.stream(1)};
      long[] memory = {fixture.memory(0, 64), fixture.memory(1, 64)};
      fixture.ok(all.get(0).allReduce(memory[0], memory[0], 16, DataType.INT32, SUM, streams[0]));

      fixture.ok(fixture.devices().free(0, memory[0])); // the runtime itself would wait here
      fixture.ok(all.get(1).allReduce(memory[1], memory[1], 16, DataType.INT32, SUM, streams[1]));

      fixture.await(0, streams[0]);
      fixture.await(1, streams[1]);
      fixture.ok(fixture.devices().free(1, memory[1]));
      all.forEach(fixture::end);
      fixture.ok(fixture.devices().destroyStream(0, streams[0]));
      fixture.ok(fixture.devices().destroyStream(1, streams[1]));
    }
  }

  @Test
  void connectingDoesNotWaitForTheWorkOfAnotherCommunicator() throws Exception {
    try (StubFixture fixture = Stub.of(StubLibrary.NCCL_2_30).open()) {
      List<BackendCommunicator> busy = fixture.all(0, 1);
      long[] streams = {fixture.stream(0), fixture.stream(1)};
      long[] memory = {fixture.memory(0, 64), fixture.memory(1, 64)};
      // It waits for rank 0, which the thread that connects has yet to serve.
      fixture.ok(busy.get(1).allReduce(memory[1], memory[1], 1, DataType.INT32, 0, streams[1]));

      List<BackendCommunicator> made =
          ranks.submit(() -> fixture.all(0, 1)).get(60, TimeUnit.SECONDS);

      fixture.ok(busy.get(0).allReduce(memory[0], memory[0], 1, DataType.INT32, 0, streams[0]));
      fixture.await(0, streams[0]);
      fixture.await(1, streams[1]);
      made.forEach(fixture::end);
      busy.forEach(fixture::end);
    }
  }

  @Test
  void aStreamThatCapturesIsNotAskedWhenACommunicatorEnds() {
    try (StubFixture fixture = Stub.of(StubLibrary.NCCL_2_30).open()) {
      BackendCommunicator ending = fixture.all(0).get(0);
      long stream = fixture.stream(0);
      long memory = fixture.memory(0, 64);
      fixture.ok(ending.allReduce(memory, memory, 1, DataType.INT32, 0, stream));
      fixture.await(0, stream);
      fixture.ok(fixture.devices().beginCapture(0, stream));

      fixture.end(ending);

      Result<Long> graph = fixture.devices().endCapture(0, stream);
      assertEquals(StatusCode.OK, graph.status());
      fixture.ok(fixture.devices().destroyGraph(0, Objects.requireNonNull(graph.value())));
    }
  }

  @Test
  void aWaitThatWasGivenUpDoesNotBorrowTheTextOfAnotherFailure() {
    try (StubFixture fixture = Stub.of(StubLibrary.NCCL_2_30).open()) {
      BackendCommunicator first = fixture.all(0, 1).get(0);
      assertFalse(fixture.backend().allocate(99, 4096).ok());
      assertFalse(first.lastError().isEmpty(), "the library's own, of whatever there was");

      // Rank 1 never comes.
      assertEquals(StatusCode.NOT_READY, first.split(0, 0, StubFixture.terms(SOON)).status());

      assertNotEquals(StatusCode.OK, first.asyncError());
      assertEquals("", first.lastError());
    }
  }

  @Test
  void withoutAConfigurationNoRankCanJoin() {
    Settings settings =
        Stub.of(StubLibrary.NCCL_2_30).settings().with(Map.of("ccl.native.config", "off"));
    ProbeResult.Available found =
        assertInstanceOf(ProbeResult.Available.class, new NcclBackendProvider().probe(settings));
    assertFalse(found.capabilities().contains(Capability.GROW));
    assertTrue(found.capabilities().contains(Capability.SHRINK));
  }

  @Test
  void codesOfBothLibrariesAreExplained() {
    try (StubFixture fixture = Stub.of(StubLibrary.NCCL_2_30).open()) {
      assertEquals(Status.REMOTE_ERROR, fixture.backend().describe(6).status());
      assertEquals("ncclRemoteError", fixture.backend().describe(6).name());
      assertEquals(Status.UNKNOWN, fixture.backend().describe(77).status());
      assertEquals(Status.OUT_OF_MEMORY, fixture.devices().describe(2).status());
      Result<Long> refused = fixture.devices().allocate(0, 1L << 50);
      assertEquals(Status.OUT_OF_MEMORY, fixture.devices().describe(refused.status()).status());
      Result<Long> noDevice = fixture.backend().allocate(99, 4096);
      assertEquals(Status.INVALID_ARGUMENT, fixture.backend().describe(noDevice.status()).status());
    }
  }

  @Test
  void variablesThatMustBeEqualAreTold() {
    Settings settings = Stub.of(StubLibrary.NCCL_2_30).settings();
    Settings withAlgorithm =
        Settings.of(key -> null, name -> name.equals("NCCL_ALGO") ? "Ring" : null)
            .with(
                Map.of(
                    Nccl.LIBRARY.key(), settings.get(Nccl.LIBRARY).orElseThrow(),
                    Nccl.RUNTIME.key(), settings.get(Nccl.RUNTIME).orElseThrow()));
    try (Backend backend = new NcclBackendProvider().open(withAlgorithm)) {
      assertEquals("NCCL_ALGO=Ring", backend.configuration());
    }
  }
}
