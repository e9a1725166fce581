package org.ccl4j.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import org.ccl4j.architecture.planted.Planted;
import org.ccl4j.architecture.planted.left.Left;
import org.ccl4j.architecture.planted.right.Right;
import org.ccl4j.architecture.planted.unmarked.Unmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Each rule over classes finds the violation that was planted for it. */
class CodeRulesCanFailTest {

  @Test
  void reachingPastTheArrowsIsFound() {
    assertFinds(
        CodeRules.dependOnlyOn(EnumSet.of(Module.CCL_API)),
        planted("UsesTheBackendContracts"),
        "org.ccl4j.spi.StatusText");
  }

  @Test
  void anotherLibraryIsFound() {
    assertFinds(
        CodeRules.needOnlyTheJdk(),
        planted("UsesAnotherLibrary"),
        "org.junit.jupiter.api.TestInfo");
  }

  @Test
  void theJdkOutsideJavaBaseIsFound() {
    assertFinds(CodeRules.needOnlyTheJdk(), planted("LogsPastTheJdk"), "java.util.logging.Logger");
  }

  @ParameterizedTest
  @CsvSource({
    "OpensFiles, java.nio.file.Path",
    "OpensSockets, java.net.Socket",
    "ReadsFiles, java.io.FileInputStream",
    "StartsProcesses, java.lang.ProcessBuilder"
  })
  void filesSocketsAndProcessesAreFound(String planted, String message) {
    assertFinds(CodeRules.openNoFilesSocketsOrProcesses(), planted(planted), message);
  }

  @Test
  void startedProcessesAreFound() {
    assertFinds(
        CodeRules.startNoProcesses(), planted("StartsProcesses"), "java.lang.ProcessBuilder");
  }

  @Test
  void byteStreamsAreFound() {
    assertFinds(CodeRules.useNoByteStreams(), planted("ReadsBytes"), "java.io.InputStream");
  }

  @ParameterizedTest
  @CsvSource({
    "CudaStream, CudaStream",
    "HasVendorMethod, ncclSend",
    "HasVendorField, deviceOfNvidia"
  })
  void vendorNamesAreFound(String planted, String message) {
    assertFinds(CodeRules.nameNoVendor(), planted(planted), message);
  }

  @Test
  void vendorWordsAreToldFromInnocentOnes() {
    for (String name :
        List.of("ncclComm", "NCCLComm", "CUDART", "hipMalloc", "ON_AMD", "x.musa.Y")) {
      assertTrue(CodeRules.namesVendor(name), name);
    }
    for (String name :
        List.of("syncClose", "relationship", "streamDevice", "ownerShip", "musing")) {
      assertFalse(CodeRules.namesVendor(name), name);
    }
  }

  @Test
  void anotherUserOfServiceLoaderIsFound() {
    assertFinds(
        CodeRules.leaveServiceLoaderTo("no.such.Class"),
        planted("AsksForServices"),
        "java.util.ServiceLoader");
  }

  @ParameterizedTest
  @CsvSource({
    "ReadsProperty, getProperty",
    "ReadsEnvironmentByReference, getenv",
    "ReadsSwitch, getBoolean",
    "ReadsNumbers, getInteger",
    "ReadsNumbers, getLong"
  })
  void anotherReaderOfTheConfigurationIsFound(String planted, String message) {
    assertFinds(CodeRules.leaveConfigurationTo("no.such.Class"), planted(planted), message);
  }

  @ParameterizedTest
  @CsvSource({"Prints, java.lang.System.out", "PrintsTraces, printStackTrace"})
  void useOfStandardStreamsIsFound(String planted, String message) {
    assertFinds(CodeRules.leaveStandardStreamsAlone(), planted(planted), message);
  }

  @Test
  void anotherLoggerIsFound() {
    assertFinds(
        CodeRules.logThroughTheJdkOnly(), planted("LogsPastTheJdk"), "java.util.logging.Logger");
  }

  @Test
  void aForbiddenLibraryIsFound() {
    assertFinds(
        CodeRules.useNothingOf("org.junit"),
        planted("UsesAnotherLibrary"),
        "org.junit.jupiter.api.TestInfo");
  }

  @Test
  void aForbiddenClassIsFound() {
    assertFinds(
        CodeRules.useNoClassNamed("org.junit.jupiter.api.TestInfo"),
        planted("UsesAnotherLibrary"),
        "org.junit.jupiter.api.TestInfo");
  }

  @Test
  void aCycleIsFound() {
    assertFinds(
        CodeRules.haveNoPackageCycles(),
        new ClassFileImporter().importClasses(Left.class, Right.class),
        "Cycle detected");
  }

  @Test
  void aPackageWithoutPackageInfoIsFound() {
    assertFinds(
        CodeRules.beInNullMarkedPackages(),
        new ClassFileImporter().importClasses(Unmarked.class),
        "no package-info");
  }

  @Test
  void aVisibleClassIsFound() {
    assertFinds(
        CodeRules.bePublicOnlyIf(item -> false),
        new ClassFileImporter().importClasses(Planted.class),
        "is public");
  }

  @ParameterizedTest
  @CsvSource({
    "is not public",
    "is not final",
    "has no public constructor without parameters",
    "touches java.lang.System when loaded"
  })
  void everythingWrongWithAProviderIsFound(String message) {
    assertFinds(CodeRules.beProperProviders(), planted("BadProvider"), message);
  }

  @ParameterizedTest
  @EnumSource
  void anEmptyScanIsFound(Module module, @TempDir Path empty) {
    int seen = new ClassFileImporter().importPath(empty).size();

    assertEquals(0, seen);
    assertTrue(module.minimumClasses() > seen);
  }

  private static JavaClasses planted(String name) {
    return new ClassFileImporter()
        .importClasses(
            List.of(Planted.class.getDeclaredClasses()).stream()
                .filter(nested -> nested.getSimpleName().equals(name))
                .findFirst()
                .orElseThrow());
  }

  private static void assertFinds(ArchRule rule, JavaClasses planted, String message) {
    List<String> found = rule.evaluate(planted).getFailureReport().getDetails();

    assertTrue(
        found.stream().anyMatch(violation -> violation.contains(message)),
        () -> "expected a violation with '" + message + "', found " + found);
  }
}
