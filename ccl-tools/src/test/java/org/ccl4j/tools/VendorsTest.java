package org.ccl4j.tools;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.ccl4j.api.Ccl;
import org.ccl4j.api.CclSelectionException;
import org.ccl4j.api.Communicator;
import org.ccl4j.api.DataType;
import org.ccl4j.api.Device;
import org.ccl4j.api.DeviceBuffer;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.OpenOptions;
import org.ccl4j.api.ReduceOp;
import org.ccl4j.api.Selection;
import org.ccl4j.api.Stream;
import org.ccl4j.stub.StubControl;
import org.ccl4j.stub.StubLibrary;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The backends of three vendors and the fake on one class path. */
class VendorsTest {
  private static final List<String> VENDORS =
      List.of("nvidia/nccl", "amd/rccl", "moorethreads/mccl");
  private static final String NOWHERE = "/no/such/library.so";

  /** The keys of the backends for their files, which they declare, and the stub's files. */
  private static final Map<String, StubLibrary> FILES = new LinkedHashMap<>();

  static {
    FILES.put("ccl.nccl.library", StubLibrary.NCCL_2_28);
    FILES.put("ccl.cuda.library", StubLibrary.CUDA_13);
    FILES.put("ccl.rccl.library", StubLibrary.RCCL_2_21);
    FILES.put("ccl.hip.library", StubLibrary.HIP_6);
    FILES.put("ccl.mccl.library", StubLibrary.MCCL_2_28);
    FILES.put("ccl.musa.library", StubLibrary.MUSA_5);
  }

  private int violations;

  @BeforeEach
  void start() {
    StubControl.configure("devices", "2");
    violations = StubControl.violations();
  }

  @AfterEach
  void end() {
    FILES.keySet().forEach(System::clearProperty);
    assertEquals(violations, StubControl.violations(), StubControl.lastViolation());
  }

  /** All files are there, but for the named keys. */
  private static OpenOptions without(String... keys) {
    OpenOptions options = OpenOptions.DEFAULT;
    for (Map.Entry<String, StubLibrary> file : FILES.entrySet()) {
      boolean missing = List.of(keys).contains(file.getKey());
      options = options.with(file.getKey(), missing ? NOWHERE : file.getValue().file().toString());
    }
    return options;
  }

  private static Selection.Candidate candidate(Selection selection, String id) {
    return selection.candidates().stream().filter(c -> c.id().equals(id)).findFirst().orElseThrow();
  }

  @Test
  void theOnlyOneThatCanBeUsedIsTakenUnasked() {
    Selection selection = Ccl.survey(without("ccl.nccl.library", "ccl.hip.library"));

    assertEquals("moorethreads/mccl", selection.chosen());
    assertNull(selection.failure());
  }

  @Test
  void severalThatCanBeUsedAreAnErrorThatNamesThem() {
    CclSelectionException thrown =
        assertThrows(CclSelectionException.class, () -> Ccl.open(without()).close());

    assertEquals(ErrorCode.AMBIGUOUS_BACKEND, thrown.code());
    String message = String.valueOf(thrown.getMessage());
    VENDORS.forEach(id -> assertTrue(message.contains(id), message));
  }

  @Test
  void noneThatCanBeUsedIsAnErrorWithTheWholeReportAndNoFallToTheFake() {
    OpenOptions options = without("ccl.nccl.library", "ccl.rccl.library", "ccl.musa.library");

    CclSelectionException thrown =
        assertThrows(CclSelectionException.class, () -> Ccl.open(options).close());

    assertEquals(ErrorCode.ALL_BACKENDS_UNAVAILABLE, thrown.code());
    String message = String.valueOf(thrown.getMessage());
    VENDORS.forEach(id -> assertTrue(message.contains(id), message));
    assertEquals(3, message.split(NOWHERE + " does not exist", -1).length - 1, message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"nccl", "rccl", "mccl", "fake"})
  void aNameSettlesIt(String name) {
    try (Ccl ccl = Ccl.open(without().withBackend(name))) {
      assertTrue(ccl.backend().id().endsWith("/" + name), ccl.backend()::id);
    }
  }

  @Test
  void aNamedOneThatCannotBeUsedIsAnErrorWithItsReasonThoughOthersCan() {
    CclSelectionException thrown =
        assertThrows(
            CclSelectionException.class,
            () -> Ccl.open(without("ccl.rccl.library").withBackend("rccl")).close());

    assertEquals(ErrorCode.BACKEND_UNAVAILABLE, thrown.code());
    assertTrue(
        String.valueOf(thrown.getMessage()).contains(NOWHERE + " does not exist"),
        thrown::getMessage);
  }

  @Test
  void eachOneRefusesTheLibrariesOfTheOthers() {
    OpenOptions swapped =
        without()
            .with("ccl.nccl.library", StubLibrary.RCCL_2_21.file().toString())
            .with("ccl.rccl.library", StubLibrary.NCCL_2_28.file().toString())
            .with("ccl.mccl.library", StubLibrary.METAX_2_16.file().toString());

    Selection selection = Ccl.survey(swapped);

    assertEquals(ErrorCode.ALL_BACKENDS_UNAVAILABLE, selection.failure());
    assertTrue(candidate(selection, "nvidia/nccl").probe().toString().contains(" is AMD's RCCL: "));
    assertTrue(
        candidate(selection, "amd/rccl").probe().toString().contains(" is another vendor's: "));
    assertTrue(
        candidate(selection, "moorethreads/mccl").probe().toString().contains(" is MetaX's MCCL"));
  }

  /** Two of them export the same names. */
  @Test
  void allOfThemWorkInOneProcess() {
    List<Ccl> open = new ArrayList<>();
    try {
      for (String id : VENDORS) {
        open.add(Ccl.open(without().withBackend(id)));
      }
      open.add(Ccl.open(OpenOptions.DEFAULT.withBackend("cpu/fake")));
      for (int round = 0; round < 2; round++) {
        open.forEach(VendorsTest::assertSums);
      }
    } finally {
      open.forEach(Ccl::close);
    }
  }

  private static void assertSums(Ccl ccl) {
    float[] first = {1, 2};
    float[] second = {10, 20};
    try (Device one = ccl.device(0);
        Device two = ccl.device(1);
        Stream a = one.openStream();
        Stream b = two.openStream();
        DeviceBuffer x = one.allocate(DataType.FLOAT32, first.length);
        DeviceBuffer y = two.allocate(DataType.FLOAT32, second.length)) {
      List<Communicator> ranks = ccl.connectAll(List.of(one, two));
      x.copyFrom(first, a);
      y.copyFrom(second, b);
      ccl.group(
          () -> {
            ranks.get(0).allReduce(x, x, ReduceOp.SUM, a);
            ranks.get(1).allReduce(y, y, ReduceOp.SUM, b);
          });
      x.copyTo(first, a);
      y.copyTo(second, b);
      ranks.forEach(Communicator::close);
    }
    assertArrayEquals(new float[] {11, 22}, first, ccl.backend().id());
    assertArrayEquals(new float[] {11, 22}, second, ccl.backend().id());
  }

  @Test
  void theRulesLookForTheOneThatWasTakenUnaskedAndForNoOther() {
    FILES.keySet().forEach(key -> System.setProperty(key, NOWHERE));
    System.setProperty("ccl.nccl.library", StubLibrary.NCCL_2_28.file().toString());
    System.setProperty("ccl.cuda.library", StubLibrary.CUDA_13.file().toString());
    AlteredFakeProvider.PROBED.clear();

    CommandResult result = CommandResult.asTyped("verify", "--area", "6");

    assertEquals(0, result.exitCode(), result::out);
    assertTrue(result.out().startsWith("Verifying nvidia/nccl"), result::out);
    assertEquals(
        List.of("test/broken", "test/deadly"),
        AlteredFakeProvider.PROBED.stream().sorted().toList(),
        "each once, for the selection");
  }

  @Test
  void theDoctorShowsAllOfThemWithVersionsAndWhyNothingIsSelected() {
    FILES.forEach((key, library) -> System.setProperty(key, library.file().toString()));
    CommandResult result = CommandResult.of("doctor");
    String out = result.out();

    assertEquals(1, result.exitCode(), out);
    assertTrue(out.contains("\n  nvidia/nccl 2.28.9: available\n"), out);
    assertTrue(out.contains("\n  amd/rccl 2.21.5: available\n"), out);
    assertTrue(out.contains("\n              version 2.21.5, of ROCm 6.3\n"), out);
    assertTrue(out.contains("\n    float8    sent but not reduced: "), out);
    assertTrue(out.contains("\n  moorethreads/mccl 2.28.9: available\n"), out);
    assertTrue(out.contains("\n  cpu/fake "), out);
    assertTrue(out.contains("\nSelected  nothing (CCL-1006"), out);

    JsonDocument json = JsonDocument.parse(CommandResult.of("doctor", "--json").out());
    assertEquals("CCL-1006", json.at("selection", "error"));
    assertEquals(VENDORS.size() + 3, json.list("backends").size(), "and three fakes");
  }

  @Test
  void theDoctorSaysWhoseALibraryIsThatGoesByAnothersName() {
    FILES.keySet().forEach(key -> System.setProperty(key, NOWHERE));
    System.setProperty("ccl.mccl.library", StubLibrary.METAX_2_16.file().toString());
    CommandResult result = CommandResult.of("doctor");

    assertTrue(result.out().contains("\n  moorethreads/mccl: unavailable\n"), result::out);
    assertTrue(
        result.out().contains(StubLibrary.METAX_2_16.file() + " is MetaX's MCCL: "), result::out);
    assertTrue(
        result.out().contains("A program with the same class path gets CCL-1005"), result::out);
  }
}
