package org.ccl4j.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.ccl4j.api.config.Settings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ValuesTest {
  private static void assertOutOfRange(Executable call, String... parts) {
    CclUsageException e = assertThrows(CclUsageException.class, call);
    assertEquals(ErrorCode.OUT_OF_RANGE, e.code());
    assertEquals(ErrorCategory.FIX_CALL, e.category());
    for (String part : parts) {
      assertTrue(e.getMessage().contains(part), e.getMessage());
    }
  }

  @Test
  void errorCodesAreDifferentAndStable() {
    Set<String> texts = new HashSet<>();
    for (ErrorCode code : ErrorCode.values()) {
      assertTrue(texts.add(code.text()), code.text());
      assertTrue(code.text().matches("CCL-[1-5]\\d{3}"), code.text());
    }
    assertEquals("CCL-2003", ErrorCode.BUFFER_TOO_SMALL.text());
  }

  @Test
  void anExceptionLeadsWithItsCodeAndEndsWithItsCircumstances() {
    ErrorDetails details =
        ErrorDetails.NONE
            .withOperation("allReduce")
            .withCommunicator("dp", 3)
            .withDevice(1)
            .withStatus(Status.REMOTE_ERROR, 6, "gone");
    CclLibraryException e =
        new CclLibraryException(ErrorCode.REMOTE_FAILURE, "rank 2 left.", details, null);
    assertEquals(
        "CCL-3003 rank 2 left. [allReduce, rank 3 of dp, device 1, REMOTE_ERROR (code 6)]",
        e.getMessage());
    assertEquals(OptionalInt.of(3), e.details().rank());
    assertEquals(OptionalInt.of(6), e.details().vendorCode());
    assertEquals("gone", e.details().vendorText());
    assertEquals(Optional.of(Status.REMOTE_ERROR), e.details().status());
  }

  @Test
  void signalsAreBelowTheirNumbers() {
    Signals some = new Signals(3, 2);
    assertTrue(some.has(Signal.FIRST));
    assertTrue(some.has(new Signal(2, 1)));
    assertFalse(some.has(new Signal(3, 1)));
    assertFalse(some.has(new Signal(2, 2)));
    assertTrue(Signals.FIRST_ALONE.has(Signal.FIRST));
    assertFalse(Signals.NONE.has(Signal.FIRST));
    assertOutOfRange(() -> new Signals(-1, 1), "-1 signals", "1 contexts");
    assertOutOfRange(() -> new Signals(1, -1), "1 signals", "-1 contexts");
    assertOutOfRange(() -> new Signal(-1, 0), "-1");
    assertOutOfRange(() -> new Signal(0, -1), "-1");
  }

  @Test
  void anUnknownVendorCodeSurvives() {
    ErrorDetails details = ErrorDetails.NONE.withStatus(Status.UNKNOWN, 4711, "?");
    assertEquals(OptionalInt.of(4711), details.vendorCode());
    assertTrue(details.toString().contains("4711"), details.toString());
    assertEquals("", ErrorDetails.NONE.toString());
  }

  @Test
  void anExceptionCanBeSentToAnotherJvm() throws Exception {
    Selection selection = Selection.none("nothing there");
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(new CclSelectionException(ErrorCode.NO_BACKEND, selection));
    }
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      CclSelectionException back = (CclSelectionException) in.readObject();
      assertEquals(ErrorCode.NO_BACKEND, back.code());
      assertTrue(back.getMessage().contains("nothing there"), back.getMessage());
      assertNotNull(back.selection());
      assertSame(ErrorDetails.NONE, back.details());
    }
  }

  @Test
  void typesKnowTheirSizeAndKind() {
    assertEquals(12, DataType.values().length);
    assertEquals(6, Arrays.stream(DataType.values()).filter(DataType::isFloatingPoint).count());
    assertEquals(6, Arrays.stream(DataType.values()).filter(DataType::isInteger).count());
    assertEquals(
        List.of(DataType.UINT8, DataType.UINT32, DataType.UINT64),
        Arrays.stream(DataType.values()).filter(DataType::isUnsigned).toList());
    assertEquals(2, DataType.BFLOAT16.byteSize());
  }

  @Test
  void ranksAreChecked() {
    Store store = new NoStore();
    assertOutOfRange(() -> RankContext.of(4, 4, store), "rank is 4", "0 to 3");
    assertOutOfRange(() -> RankContext.of(-1, 4, store), "rank is -1");
    assertOutOfRange(() -> RankContext.of(0, 0, store), "size is 0");
    assertOutOfRange(() -> new RankContext(1, 4, 4, store), "localRank is 4", "0 to 3");
    assertOutOfRange(() -> new RankContext(1, 4, -1, store), "localRank is -1");
    assertEquals(3, RankContext.of(3, 4, store).localRank());
    assertEquals(3, new RankContext(0, 4, 3, store).localRank(), "hosts may be numbered anyhow");
  }

  @Test
  void aRankContextSaysWhereItCameFromAndClosesItsStore() {
    NoStore store = new NoStore();
    try (RankContext ranks = new RankContext(1, 2, 0, store, "torchrun (RANK=1)")) {
      assertTrue(ranks.toString().contains("torchrun (RANK=1)"), ranks.toString());
      assertEquals(List.of(), store.calls);
    }
    assertEquals(List.of("close"), store.calls);
    assertEquals("explicit", RankContext.of(0, 1, store).source());
  }

  @Test
  void ranksFromTheEnvironmentNeedTheModuleForThem() {
    CclUsageException e =
        assertThrows(
            CclUsageException.class,
            () -> RankContext.fromEnvironment(Settings.of(Map.of()), Duration.ofSeconds(1)));
    assertEquals(ErrorCode.NO_IMPLEMENTATION, e.code());
    assertTrue(e.getMessage().contains("org.ccl4j:ccl-bootstrap"), e.getMessage());
    assertOutOfRange(
        () -> RankContext.fromEnvironment(Settings.of(Map.of()), Duration.ZERO), "timeout is PT0S");
  }

  @Test
  void lengthsOfTimeMustBePositive() {
    assertOutOfRange(
        () -> CollectiveOptions.DEFAULT.withDeadline(Duration.ZERO), "deadline is PT0S");
    assertOutOfRange(
        () -> ConnectOptions.DEFAULT.withTimeout(Duration.ofSeconds(-1)), "timeout is PT-1S");
  }

  @Test
  void optionsKeepWhatWasSaid() {
    CollectiveOptions options =
        CollectiveOptions.DEFAULT.withLabel("layer 3").withDeadline(Duration.ofSeconds(2));
    assertTrue(options.hasDeadline());
    assertEquals(Optional.of(Duration.ofSeconds(2)), options.deadline());
    assertEquals("layer 3", options.label());
    assertFalse(CollectiveOptions.DEFAULT.hasDeadline());
    assertEquals(
        "dp", ConnectOptions.DEFAULT.withName("dp").withTimeout(Duration.ofSeconds(1)).name());
  }

  @Test
  void aTuningKeepsNumbersAndNames() {
    Tuning tuning =
        Tuning.DEFAULT
            .withAlgorithms("^nvls")
            .withNetwork("Socket")
            .with(TuningOption.MAX_CTAS, 4)
            .with(TuningOption.PROFILER_TAG, Integer.MAX_VALUE);
    assertEquals("^nvls", tuning.algorithms());
    assertEquals("Socket", tuning.network());
    assertEquals(4, tuning.value(TuningOption.MAX_CTAS, -1));
    assertEquals(-1, tuning.value(TuningOption.MIN_CTAS, -1));
    assertEquals(
        Set.of(
            TuningOption.ALGORITHMS,
            TuningOption.NETWORK,
            TuningOption.MAX_CTAS,
            TuningOption.PROFILER_TAG),
        tuning.options());
    assertEquals(
        "Tuning{MAX_CTAS=4, PROFILER_TAG=2147483647}[network=Socket][algorithms=^nvls]",
        tuning.toString());
    assertNotEquals(tuning, tuning.withAlgorithms("ring"));
    assertEquals(tuning, tuning.withAlgorithms("ring").withAlgorithms("^nvls"));
    assertTrue(CollectiveOptions.DEFAULT.withTuning(tuning).hasTuning());
    assertEquals(tuning, CollectiveOptions.DEFAULT.withTuning(tuning).withLabel("x").tuning());
    assertFalse(CollectiveOptions.DEFAULT.withTuning(Tuning.DEFAULT).hasTuning());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "ring\n", "r\u00edng", "a\0"})
  void namesOfAlgorithmsArePrintable(String names) {
    CclUsageException e =
        assertThrows(CclUsageException.class, () -> Tuning.DEFAULT.withAlgorithms(names));
    assertEquals(ErrorCode.INVALID_ARGUMENT, e.code());
  }

  @Test
  void aPrefixedStoreIsAViewOfTheSameStore() {
    NoStore store = new NoStore();
    Store view = store.prefixed("job").prefixed("gen1");
    view.set("id", new byte[0]);
    assertEquals(Optional.empty(), view.get("x"));
    assertEquals(List.of("set job/gen1/id", "get job/gen1/x"), store.calls);
    assertThrows(CclUsageException.class, () -> store.prefixed(""));
  }

  @Test
  void withoutTheImplementationOpenSaysWhatToAdd() {
    CclUsageException e = assertThrows(CclUsageException.class, Ccl::open);
    assertEquals(ErrorCode.NO_IMPLEMENTATION, e.code());
    assertEquals(ErrorCategory.FIX_SETUP, e.category());
    assertTrue(e.getMessage().contains("org.ccl4j:ccl-core"), e.getMessage());
  }

  @Test
  void packedOffsetsAreRunningSums() {
    assertEquals(
        List.of(0L, 3L, 3L),
        Arrays.stream(Packed.offsets("counts", new long[] {3, 0, 5})).boxed().toList());
  }

  private static final class NoStore implements Store {
    private final List<String> calls = new ArrayList<>();

    @Override
    public void set(String key, byte[] value) {
      calls.add("set " + key);
    }

    @Override
    public Optional<byte[]> get(String key) {
      calls.add("get " + key);
      return Optional.empty();
    }

    @Override
    public byte[] await(String key, Duration timeout) {
      throw new AssertionError("not called here");
    }

    @Override
    public long add(String key, long delta) {
      throw new AssertionError("not called here");
    }

    @Override
    public boolean compareAndSet(String key, Optional<byte[]> expected, byte[] value) {
      throw new AssertionError("not called here");
    }

    @Override
    public boolean delete(String key) {
      throw new AssertionError("not called here");
    }

    @Override
    public void close() {
      calls.add("close");
    }
  }
}
