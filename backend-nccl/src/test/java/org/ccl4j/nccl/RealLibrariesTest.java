package org.ccl4j.nccl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.ccl4j.api.Ccl;
import org.ccl4j.api.CclSelectionException;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.OpenOptions;
import org.ccl4j.api.ProbeResult;
import org.ccl4j.api.Tuning;
import org.ccl4j.api.UniqueId;
import org.ccl4j.api.config.Settings;
import org.ccl4j.jna.search.LibrarySearch;
import org.ccl4j.jna.search.LibrarySpec;
import org.ccl4j.jna.search.SearchReport;
import org.ccl4j.spi.Backend;
import org.ccl4j.spi.Backend.ConnectRequest;
import org.ccl4j.spi.Backend.Terms;
import org.ccl4j.spi.BackendCommunicator;
import org.ccl4j.spi.Result;
import org.ccl4j.spi.StatusText;
import org.ccl4j.stub.StubLibrary;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What NVIDIA's own files do on a machine without a GPU. They are found as a program finds them;
 * the script {@code ci/real-libraries.sh} fetches them and says so where it cannot.
 */
final class RealLibrariesTest {
  private static final Settings SETTINGS = Settings.system();
  private static final NcclBackendProvider PROVIDER = new NcclBackendProvider();

  private Path library = Path.of("");

  @TempDir private Path folder;

  @BeforeEach
  void find() {
    SearchReport found = LibrarySearch.search(Nccl.DESCRIPTOR.library(), SETTINGS);
    SearchReport runtime = LibrarySearch.search(Nccl.DESCRIPTOR.runtime().library(), SETTINGS);
    boolean both = found instanceof SearchReport.Found && runtime instanceof SearchReport.Found;
    if ("required".equals(System.getenv("CCL_TEST_REAL_LIBRARIES"))) {
      assertTrue(both, () -> found.describe() + "\n" + runtime.describe());
    }
    assumeTrue(both, "no libnccl and libcudart on this machine; ci/real-libraries.sh fetches them");
    library = ((SearchReport.Found) found).file();
  }

  private static ProbeResult.Unavailable withoutDevice() {
    ProbeResult probe = PROVIDER.probe(SETTINGS);
    assumeTrue(probe instanceof ProbeResult.Unavailable, "this machine has a GPU");
    return (ProbeResult.Unavailable) probe;
  }

  @Test
  void theReportNamesFilesVersionsAndWhatIsMissing() {
    ProbeResult.Unavailable probe = withoutDevice();

    assertTrue(
        probe
            .reason()
            .matches("(?s)NCCL 2\\.\\d+\\.\\d+ is there \\(.*libnccl.*\\), but no device\\. .*"),
        probe::reason);
    assertTrue(probe.reason().contains("NVIDIA driver"), probe::reason);
    assertTrue(probe.reason().contains("cudaErrorInsufficientDriver"), probe::reason);
    assertTrue(probe.remedy().contains("--gpus all"), probe::remedy);
    Map<String, String> details = probe.details();
    assertTrue(
        Objects.requireNonNull(details.get("library")).startsWith(library + "\nfound by "),
        details::toString);
    assertTrue(
        Objects.requireNonNull(details.get("runtime"))
            .matches("(?s).*libcudart.*\nversion \\d+\\.\\d+"),
        details::toString);
    assertTrue(
        Objects.requireNonNull(details.get("driver"))
            .contains("kernel: /proc/driver/nvidia/version does not exist"),
        details::toString);
  }

  @Test
  void aProgramThatAsksForItIsToldWhatIsMissing() {
    ProbeResult.Unavailable probe = withoutDevice();

    CclSelectionException thrown =
        assertThrows(
            CclSelectionException.class,
            () -> Ccl.open(OpenOptions.DEFAULT.withBackend(Nccl.DESCRIPTOR.backendId())).close());

    assertEquals(ErrorCode.BACKEND_UNAVAILABLE, thrown.code());
    assertTrue(String.valueOf(thrown.getMessage()).contains(probe.reason()), thrown::getMessage);
    assertTrue(String.valueOf(thrown.getMessage()).contains(probe.remedy()), thrown::getMessage);
  }

  @Test
  void itPassesTheTrialInAProcessOfItsOwn() {
    Settings isolated = SETTINGS.with(Map.of("ccl.probe", "isolated"));

    for (LibrarySpec spec :
        List.of(Nccl.DESCRIPTOR.library(), Nccl.DESCRIPTOR.runtime().library())) {
      SearchReport report = LibrarySearch.search(spec, isolated);
      assertInstanceOf(SearchReport.Found.class, report, report::describe);
    }
  }

  @Test
  void uniqueIdsAreMadeAndDiffer() {
    try (Backend backend = PROVIDER.open(SETTINGS)) {
      byte[] first = Objects.requireNonNull(backend.newUniqueId().value());
      byte[] second = Objects.requireNonNull(backend.newUniqueId().value());

      assertEquals(128, backend.uniqueIdSize());
      assertEquals(128, first.length);
      assertFalse(Arrays.equals(first, second));
    }
  }

  @Test
  void aConnectionIsRefusedInTheLibrarysWords() {
    withoutDevice();
    try (Backend backend = PROVIDER.open(SETTINGS)) {
      UniqueId id =
          UniqueId.of(
              Nccl.DESCRIPTOR.backendId(), Objects.requireNonNull(backend.newUniqueId().value()));

      Result<BackendCommunicator> result =
          backend.connect(
              new ConnectRequest(
                  List.of(id), 0, 1, 0, new Terms("test", Tuning.DEFAULT, 10_000_000_000L)));

      assertNotEquals(0, result.status());
      StatusText text = backend.describe(result.status());
      String said = text + " " + backend.lastError();
      assertTrue(said.toLowerCase(java.util.Locale.ROOT).contains("driver"), said);
    }
  }

  @Test
  void statusesAreExplainedByTheLibraryItself() {
    try (Backend backend = PROVIDER.open(SETTINGS)) {
      StatusText invalid = backend.describe(4);

      assertTrue(invalid.text().contains("invalid argument"), invalid::toString);
      assertEquals("ncclInvalidArgument", invalid.name());
    }
  }

  /** The bytes of the real file, but not all of them: loading it would end the process. */
  @Test
  void aCopyThatWasNotCompletedIsRefused() throws Exception {
    Path part = folder.resolve("libnccl.so.2");
    try (var in = Files.newInputStream(library)) {
      Files.write(part, in.readNBytes((int) (Files.size(library) / 2)));
    }

    ProbeResult.Unavailable probe =
        assertInstanceOf(
            ProbeResult.Unavailable.class,
            PROVIDER.probe(SETTINGS.with(Map.of(Nccl.LIBRARY.key(), part.toString()))));

    assertTrue(probe.reason().contains(part + " is cut off: it has "), probe::reason);
  }

  /** The device runtime where the collective library should be. */
  @Test
  void theOtherFileOfTheTwoIsRefused() {
    SearchReport runtime = LibrarySearch.search(Nccl.DESCRIPTOR.runtime().library(), SETTINGS);
    Path file = assertInstanceOf(SearchReport.Found.class, runtime).file();

    ProbeResult.Unavailable probe =
        assertInstanceOf(
            ProbeResult.Unavailable.class,
            PROVIDER.probe(SETTINGS.with(Map.of(Nccl.LIBRARY.key(), file.toString()))));

    assertTrue(
        probe.reason().contains("is another library: it has none of the functions of libnccl"),
        probe::reason);
  }

  @Test
  void anotherVersionIsOpenBesideItInTheSameProcess() {
    try (Backend real = PROVIDER.open(SETTINGS);
        Backend other =
            PROVIDER.open(
                SETTINGS.with(
                    Map.of(
                        Nccl.LIBRARY.key(),
                        StubLibrary.NCCL_2_18.file().toString(),
                        Nccl.RUNTIME.key(),
                        StubLibrary.CUDA_13.file().toString())))) {
      byte[] id = Objects.requireNonNull(real.newUniqueId().value());
      byte[] otherId = Objects.requireNonNull(other.newUniqueId().value());

      // Both export the same names; what only the newer one has is not found in the older.
      assertFalse(Arrays.equals(id, otherId));
      assertTrue(real.parameters().status() == 0, "the real one has parameters");
      assertTrue(other.parameters().status() != 0, "the older one has none");
      assertTrue(other.devices().deviceCount() > 0, "devices of the stub");
    }
  }
}
