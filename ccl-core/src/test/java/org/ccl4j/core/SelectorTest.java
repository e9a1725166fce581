package org.ccl4j.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import org.ccl4j.api.Ccl;
import org.ccl4j.api.CclException;
import org.ccl4j.api.CclLibraryException;
import org.ccl4j.api.CclSelectionException;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.OpenOptions;
import org.ccl4j.api.ProbeResult;
import org.ccl4j.api.Selection;
import org.ccl4j.api.config.Settings;
import org.ccl4j.spi.Backend;
import org.ccl4j.spi.BackendProvider;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each row of the decision table, with a class path of its own. */
class SelectorTest {
  @TempDir Path folder;

  // --- providers ---

  /** The ids of the providers whose probe was called, in order. */
  private static final List<String> PROBED = new CopyOnWriteArrayList<>();

  @BeforeEach
  void nothingWasProbed() {
    PROBED.clear();
  }

  /** A provider that says what its constructor was told. */
  abstract static class Said implements BackendProvider {
    private final String id;
    private final int priority;
    private final boolean simulated;
    private final boolean available;

    Said(String id, int priority, boolean simulated, boolean available) {
      this.id = id;
      this.priority = priority;
      this.simulated = simulated;
      this.available = available;
    }

    @Override
    public String id() {
      return id;
    }

    @Override
    public int priority() {
      return priority;
    }

    @Override
    public boolean simulated() {
      return simulated;
    }

    @Override
    public ProbeResult probe(Settings settings) {
      PROBED.add(id);
      return available
          ? new ProbeResult.Available("1", "here", 1, java.util.Set.of())
          : new ProbeResult.Unavailable("no library for " + id, "install the library of " + id);
    }

    @Override
    public Backend open(Settings settings) {
      StubBackend stub = new StubBackend();
      stub.id = id;
      return stub;
    }
  }

  public static final class Fake extends Said {
    public Fake() {
      super("cpu/fake", 0, true, true);
    }
  }

  public static final class BetterFake extends Said {
    public BetterFake() {
      super("cpu/better", 5, true, true);
    }
  }

  public static final class AbsentFake extends Said {
    public AbsentFake() {
      super("cpu/absent", 9, true, false);
    }
  }

  public static final class RealA extends Said {
    public RealA() {
      super("a/one", 100, false, true);
    }
  }

  public static final class RealB extends Said {
    public RealB() {
      super("b/two", 100, false, true);
    }
  }

  public static final class BetterReal extends Said {
    public BetterReal() {
      super("c/three", 200, false, true);
    }
  }

  public static final class AbsentReal extends Said {
    public AbsentReal() {
      super("d/four", 300, false, false);
    }
  }

  /** Its short form is that of {@link RealA}. */
  public static final class OtherOne extends Said {
    public OtherOne() {
      super("z/one", 1, false, true);
    }
  }

  /** Its id is that of {@link RealA}. */
  public static final class TwinOfA extends Said {
    public TwinOfA() {
      super("a/one", 50, false, true);
    }
  }

  public static final class ThrowingId extends Said {
    public ThrowingId() {
      super("never/seen", 999, false, true);
    }

    @Override
    public String id() {
      throw new IllegalStateException("id is broken");
    }
  }

  public static final class ThrowingProbe extends Said {
    public ThrowingProbe() {
      super("broken/probe", 999, false, true);
    }

    @Override
    public ProbeResult probe(Settings settings) {
      throw new NoClassDefFoundError("com/example/Missing");
    }
  }

  @SuppressWarnings("NullAway") // a provider that breaks the contract
  public static final class NullProbe extends Said {
    public NullProbe() {
      super("broken/null", 999, false, true);
    }

    @Override
    public ProbeResult probe(Settings settings) {
      return null;
    }
  }

  /** Its probe says what only the selection may say. */
  public static final class EvasiveProbe extends Said {
    public EvasiveProbe() {
      super("broken/evasive", 999, false, true);
    }

    @Override
    public ProbeResult probe(Settings settings) {
      return new ProbeResult.Unexamined();
    }
  }

  public static final class ThrowingConstructor extends Said {
    public ThrowingConstructor() {
      super("never/seen", 999, false, true);
      throw new IllegalStateException("constructor is broken");
    }
  }

  public static final class ThrowingOpen extends Said {
    public ThrowingOpen() {
      super("broken/open", 100, false, true);
    }

    @Override
    public Backend open(Settings settings) {
      throw new UnsatisfiedLinkError("no such symbol");
    }
  }

  // --- class paths ---

  private OpenOptions options(Class<?>... providers) {
    return options(Arrays.stream(providers).map(Class::getName).collect(Collectors.joining("\n")));
  }

  private OpenOptions options(String services) {
    try {
      Path file = folder.resolve("META-INF/services/" + BackendProvider.class.getName());
      Files.createDirectories(file.getParent());
      Files.writeString(file, services);
      URLClassLoader loader =
          new URLClassLoader(new URL[] {folder.toUri().toURL()}, getClass().getClassLoader());
      return OpenOptions.DEFAULT.withSettings(Settings.of(Map.of())).withClassLoader(loader);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static void assertChosen(String id, String reasonPart, OpenOptions options) {
    Selection selection = Ccl.survey(options);
    assertEquals(id, selection.chosen(), selection.reason());
    assertNull(selection.failure());
    assertTrue(selection.reason().contains(reasonPart), selection.reason());
    try (Ccl ccl = Ccl.open(options)) {
      assertEquals(id, ccl.backend().id());
      assertEquals(isNamed(options) ? asOpenedByName(selection) : selection, ccl.selection());
    }
  }

  private static boolean isNamed(OpenOptions options) {
    return options.backend() != null || options.settings().origin(CoreSettings.BACKEND).isPresent();
  }

  private static Selection asOpenedByName(Selection survey) {
    return new Selection(
        survey.chosen(),
        survey.reason(),
        survey.failure(),
        survey.candidates().stream()
            .map(
                c ->
                    c.id().equals(survey.chosen())
                        ? c
                        : new Selection.Candidate(
                            c.id(), c.priority(), c.simulated(), new ProbeResult.Unexamined()))
            .toList());
  }

  private static Selection assertFails(ErrorCode code, OpenOptions options) {
    Selection selection = Ccl.survey(options);
    assertNull(selection.chosen());
    assertEquals(code, selection.failure(), selection.reason());
    CclSelectionException e =
        assertThrows(CclSelectionException.class, () -> Ccl.open(options).close());
    assertEquals(code, e.code());
    assertEquals(selection, e.selection());
    for (Selection.Candidate candidate : selection.candidates()) {
      assertTrue(e.getMessage().contains(candidate.id()), e.getMessage());
    }
    return selection;
  }

  // --- named ---

  @Test
  void theOptionWinsOverPropertyAndEnvironment() {
    OpenOptions options =
        options(RealA.class, RealB.class, Fake.class)
            .withSettings(
                Settings.of(
                    key -> "ccl.backend".equals(key) ? "a/one" : null,
                    name -> "CCL_BACKEND".equals(name) ? "b/two" : null))
            .withBackend("cpu/fake");
    assertChosen("cpu/fake", "OpenOptions.withBackend", options);
  }

  @Test
  void thePropertyWinsOverTheEnvironment() {
    OpenOptions options =
        options(RealA.class, RealB.class)
            .withSettings(
                Settings.of(
                    key -> "ccl.backend".equals(key) ? "a/one" : null,
                    name -> "CCL_BACKEND".equals(name) ? "b/two" : null));
    assertChosen("a/one", "system property ccl.backend", options);
  }

  @Test
  void theEnvironmentIsTheLastToName() {
    OpenOptions options =
        options(RealA.class, RealB.class)
            .withSettings(
                Settings.of(key -> null, name -> "CCL_BACKEND".equals(name) ? "b/two" : null));
    assertChosen("b/two", "environment variable CCL_BACKEND", options);
  }

  @Test
  void anExplicitValueOfTheKeyCountsToo() {
    assertChosen(
        "b/two",
        "explicit value of ccl.backend",
        options(RealA.class, RealB.class).with("ccl.backend", "b/two"));
  }

  @Test
  void theShortFormIsTakenWhereItIsUnique() {
    assertChosen("cpu/fake", "OpenOptions", options(RealA.class, Fake.class).withBackend("fake"));
  }

  @Test
  void aShortFormThatFitsSeveralIsAmbiguous() {
    Selection selection =
        assertFails(
            ErrorCode.AMBIGUOUS_BACKEND, options(RealA.class, OtherOne.class).withBackend("one"));
    assertTrue(selection.reason().contains("a/one, z/one"), selection.reason());
    assertChosen("z/one", "OpenOptions", options(RealA.class, OtherOne.class).withBackend("z/one"));
  }

  @Test
  void aNameThatNobodyHasIsUnknown() {
    Selection selection =
        assertFails(
            ErrorCode.UNKNOWN_BACKEND, options(RealA.class, Fake.class).withBackend("nccl"));
    assertTrue(selection.reason().contains("'nccl'"), selection.reason());
    assertTrue(selection.reason().contains("a/one, cpu/fake"), selection.reason());
    assertFails(ErrorCode.UNKNOWN_BACKEND, options().withBackend("a/one"));
    assertFails(ErrorCode.UNKNOWN_BACKEND, options(RealA.class).withBackend(""));
  }

  @Test
  void whatWasNamedButIsUnavailableIsNotReplaced() {
    Selection selection =
        assertFails(
            ErrorCode.BACKEND_UNAVAILABLE,
            options(AbsentReal.class, RealA.class, Fake.class).withBackend("d/four"));
    assertTrue(selection.report().contains("install the library of d/four"), selection.report());
  }

  @Test
  void aNamedSimulationIsTakenBesideRealBackends() {
    assertChosen(
        "cpu/fake", "OpenOptions", options(RealA.class, Fake.class).withBackend("cpu/fake"));
  }

  // --- what is examined ---

  private static void assertProbed(String... ids) {
    assertEquals(List.of(ids), PROBED.stream().sorted().toList());
  }

  @Test
  void onlyTheOneThatIsNamedIsExamined() {
    OpenOptions options = options(RealA.class, BetterReal.class, ThrowingId.class, Fake.class);
    List<OpenOptions> named =
        List.of(
            options.withBackend("cpu/fake"),
            options.withBackend("fake"),
            options.with("ccl.backend", "fake"),
            options.withSettings(
                Settings.of(key -> null, name -> "CCL_BACKEND".equals(name) ? "fake" : null)));
    for (OpenOptions each : named) {
      PROBED.clear();
      try (Ccl ccl = Ccl.open(each)) {
        assertProbed("cpu/fake");
        String report = ccl.selection().report();
        assertTrue(report.contains("* cpu/fake 1: available"), report);
        assertTrue(report.contains("  a/one: not examined, because another was asked"), report);
        assertTrue(report.contains("  c/three: not examined, because another was"), report);
        assertTrue(report.contains("id is broken"), "known without examining: " + report);
      }
    }
  }

  @Test
  void allAreExaminedOnceWhereTheNamedOneCannotBeUsed() {
    CclSelectionException e =
        assertThrows(
            CclSelectionException.class,
            () ->
                Ccl.open(
                        options(RealA.class, AbsentReal.class, AbsentFake.class)
                            .withBackend("d/four"))
                    .close());
    assertProbed("a/one", "cpu/absent", "d/four");
    String message = String.valueOf(e.getMessage());
    assertTrue(message.contains("a/one 1: available"), message);
    assertTrue(message.contains("no library for cpu/absent"), message);
    assertTrue(message.contains("no library for d/four"), message);
  }

  @Test
  void allAreExaminedOnceWhereTheNameFitsNoneOrSeveral() {
    OpenOptions options = options(RealA.class, OtherOne.class, Fake.class);
    for (String name : List.of("no/such", "one")) {
      PROBED.clear();
      assertThrows(CclSelectionException.class, () -> Ccl.open(options.withBackend(name)).close());
      assertProbed("a/one", "cpu/fake", "z/one");
    }
  }

  @Test
  void allAreExaminedOnceWhereNoneIsNamed() {
    try (Ccl ccl = Ccl.open(options(RealA.class, AbsentReal.class, Fake.class))) {
      assertEquals("a/one", ccl.backend().id());
    }
    assertProbed("a/one", "cpu/fake", "d/four");
  }

  @Test
  void aSurveyExaminesAllOnceThoughOneIsNamed() {
    Selection selection = Ccl.survey(options(RealA.class, Fake.class).withBackend("fake"));
    assertEquals("cpu/fake", selection.chosen());
    assertProbed("a/one", "cpu/fake");
  }

  @Test
  void aProviderThatSaysItWasNotExaminedIsBroken() {
    Selection selection =
        assertFails(
            ErrorCode.BACKEND_UNAVAILABLE,
            options(EvasiveProbe.class, RealA.class).withBackend("evasive"));
    assertTrue(selection.report().contains("the provider is broken"), selection.report());
  }

  // --- unasked ---

  @Test
  void withoutAnyBackendNothingIsTaken() {
    Selection selection = assertFails(ErrorCode.NO_BACKEND, options());
    assertTrue(selection.candidates().isEmpty());
  }

  @Test
  void amongSimulationsAloneTheHighestAvailableIsTaken() {
    assertChosen("cpu/fake", "only simulated", options(Fake.class));
    assertChosen(
        "cpu/better", "only simulated", options(Fake.class, BetterFake.class, AbsentFake.class));
  }

  @Test
  void aRealBackendIsTakenBeforeASimulation() {
    assertChosen("a/one", "only real", options(Fake.class, BetterFake.class, RealA.class));
  }

  @Test
  void amongRealBackendsTheHighestAvailableIsTaken() {
    assertChosen(
        "c/three",
        "highest priority",
        options(RealA.class, AbsentReal.class, BetterReal.class, RealB.class));
  }

  @Test
  void aTieIsAnErrorThatNamesBoth() {
    Selection selection =
        assertFails(ErrorCode.AMBIGUOUS_BACKEND, options(RealB.class, RealA.class, Fake.class));
    assertTrue(selection.reason().contains("a/one, b/two"), selection.reason());
    assertTrue(selection.reason().contains("CCL_BACKEND"), selection.reason());
  }

  @Test
  void aTieBelowTheHighestIsNone() {
    assertChosen(
        "c/three", "highest priority", options(RealB.class, RealA.class, BetterReal.class));
  }

  @Test
  void realBackendsThatAreAllUnavailableNeverFallToTheSimulation() {
    Selection selection =
        assertFails(ErrorCode.ALL_BACKENDS_UNAVAILABLE, options(AbsentReal.class, Fake.class));
    assertTrue(selection.reason().contains("never taken unasked"), selection.reason());
    assertTrue(selection.report().contains("no library for d/four"), selection.report());
    assertTrue(selection.report().contains("install the library of d/four"), selection.report());
  }

  @Test
  void simulationsThatAreAllUnavailableAreAnError() {
    assertFails(ErrorCode.ALL_BACKENDS_UNAVAILABLE, options(AbsentFake.class));
  }

  // --- broken and doubled ---

  @Test
  void brokenProvidersAreRejectedAndTheOthersStillLookedAt() {
    OpenOptions options =
        options(
            ThrowingId.class.getName()
                + "\n"
                + ThrowingProbe.class.getName()
                + "\n"
                + NullProbe.class.getName()
                + "\n"
                + ThrowingConstructor.class.getName()
                + "\norg.example.Missing\n"
                + SelectorTest.class.getName()
                + "\n"
                + RealA.class.getName());
    assertChosen("a/one", "only real", options);
    Selection selection = Ccl.survey(options);
    assertEquals(7, selection.candidates().size());
    String report = selection.report();
    for (String part :
        List.of(
            "id is broken",
            "com/example/Missing",
            "probe() is null",
            "constructor is broken",
            "org.example.Missing",
            SelectorTest.class.getName() + " not a subtype",
            ThrowingConstructor.class.getName())) {
      assertTrue(report.contains(part), part + " in " + report);
    }
  }

  @Test
  void aBrokenProviderKeepsTheSimulationFromBeingTakenUnasked() {
    Selection selection =
        assertFails(ErrorCode.ALL_BACKENDS_UNAVAILABLE, options(ThrowingProbe.class, Fake.class));
    assertTrue(selection.report().contains("com/example/Missing"), selection.report());
    assertChosen(
        "cpu/fake", "OpenOptions", options(ThrowingProbe.class, Fake.class).withBackend("fake"));
  }

  @Test
  void aBrokenProviderThatIsNamedIsUnavailable() {
    assertFails(
        ErrorCode.BACKEND_UNAVAILABLE,
        options(ThrowingProbe.class, RealA.class).withBackend("broken/probe"));
  }

  @Test
  void twoProvidersOfOneIdAreAmbiguousHoweverTheyAreAskedFor() {
    OpenOptions options = options(RealA.class, TwinOfA.class);
    Selection unasked = assertFails(ErrorCode.AMBIGUOUS_BACKEND, options);
    assertTrue(unasked.reason().contains(RealA.class.getName()), unasked.reason());
    assertTrue(unasked.reason().contains(TwinOfA.class.getName()), unasked.reason());
    assertFails(ErrorCode.AMBIGUOUS_BACKEND, options.withBackend("a/one"));
    assertFails(ErrorCode.AMBIGUOUS_BACKEND, options.withBackend("one"));
  }

  @Test
  void aProviderNamedTwiceIsOne() {
    assertChosen("a/one", "only real", options(RealA.class, RealA.class));
  }

  @Test
  void candidatesAreOrderedById() {
    assertEquals(
        List.of("a/one", "b/two", "cpu/fake", "d/four"),
        Ccl.survey(options(Fake.class, AbsentReal.class, RealB.class, RealA.class))
            .candidates()
            .stream()
            .map(Selection.Candidate::id)
            .toList());
  }

  @Test
  void openingThatFailsAfterAGoodProbeSaysSo() {
    CclException e =
        assertThrows(
            CclLibraryException.class, () -> Ccl.open(options(ThrowingOpen.class)).close());
    assertTrue(e.getMessage().contains("no such symbol"), e.getMessage());
  }

  @Test
  void anInvalidSettingOfCoreIsRefusedAndTheBackendGivenBack() {
    StubBackend stub = new StubBackend();
    CclException e =
        assertThrows(CclException.class, () -> stub.open(Map.of("ccl.leaks", "maybe")));
    assertEquals(ErrorCode.INVALID_SETTING, e.code());
    assertEquals(1, stub.calls("closeBackend").size());
    World.assertCode(
        ErrorCode.INVALID_SETTING, () -> stub.open(Map.of("ccl.wait.timeout", "soon")));
  }
}
