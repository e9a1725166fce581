package org.ccl4j.architecture;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.ccl4j.api.config.Settings;
import org.ccl4j.api.internal.CclFactory;
import org.ccl4j.api.internal.RankContextFactory;
import org.ccl4j.api.internal.Services;
import org.ccl4j.spi.BackendProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The rules over classes, applied to the project. */
class CodeRulesTest {
  private static final JavaClasses ALL = Module.allClasses();
  private static final String NATIVE_CALLS = "org.ccl4j.jna.sys";
  private static final Set<Module> BACKENDS =
      Set.of(Module.BACKEND_FAKE, Module.BACKEND_NCCL, Module.BACKEND_RCCL, Module.BACKEND_MCCL);

  @ParameterizedTest
  @EnumSource
  void theScanSeesTheModule(Module module) {
    int seen = module.classes().size();

    assertTrue(
        seen >= module.minimumClasses(),
        () -> module + " has " + seen + " classes; expected at least " + module.minimumClasses());
  }

  @ParameterizedTest
  @EnumSource
  void classesReachOnlyAlongTheArrows(Module module) {
    CodeRules.dependOnlyOn(module.reachable()).check(module.classes());
  }

  @Test
  void noArrowEntersABackendAndNoneLeavesTheApi() {
    for (Module module : Module.values()) {
      for (Module backend : BACKENDS) {
        assertFalse(module.arrows().contains(backend), module + " needs " + backend);
      }
    }
    assertEquals(List.of(), Module.CCL_API.arrows());
  }

  @Test
  void onlyTheCoreAndBackendsUseTheBackendContracts() {
    Set<Module> others = EnumSet.allOf(Module.class);
    others.removeAll(Set.of(Module.CCL_SPI, Module.CCL_CORE, Module.CCL_JNA));
    others.removeAll(BACKENDS);
    others.remove(Module.CCL_STUB); // tests backends as the core calls them
    others.remove(Module.CCL_BENCHMARKS); // has a backend that does nothing, to measure the core
    Set<Module> allButTheSpi = EnumSet.complementOf(EnumSet.of(Module.CCL_SPI));

    for (Module module : others) {
      CodeRules.dependOnlyOn(allButTheSpi).check(module.classes());
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"CCL_API", "CCL_SPI", "CCL_CORE", "CCL_BOOTSTRAP", "BACKEND_FAKE"})
  void whatProgramsRunOnNeedsOnlyTheJdk(Module module) {
    CodeRules.needOnlyTheJdk().check(module.classes());
  }

  /**
   * And for the benchmarks, which leave their figures in files, the search for libraries, and the
   * stub's build.
   */
  @ParameterizedTest
  @EnumSource(
      mode = EnumSource.Mode.EXCLUDE,
      names = {
        "CCL_BOOTSTRAP",
        "CCL_TOOLS",
        "CCL_BENCHMARKS",
        "BACKEND_FAKE",
        "CCL_JNA",
        "CCL_STUB"
      })
  void filesSocketsAndProcessesAreForBootstrapAndTools(Module module) {
    CodeRules.openNoFilesSocketsOrProcesses().check(module.classes());
  }

  /** The fake has files where its memory is shared with other processes, and nowhere else. */
  @Test
  void theFakeHasFilesInTheClassesOfSharedMemoryAlone() {
    Set<String> shared =
        Set.of(
            "Arena",
            "Home",
            "HomeWatch",
            "SharedBoard",
            "SharedFolder",
            "SharedMedium",
            "SharedRendezvous",
            "Slabs");
    JavaClasses others =
        Module.BACKEND_FAKE
            .classes()
            .that(
                DescribedPredicate.describe(
                    "are not about shared memory",
                    found -> !shared.contains(outermost(found).getSimpleName())));
    assertTrue(others.size() < Module.BACKEND_FAKE.classes().size(), "the names are right");
    CodeRules.openNoFilesSocketsOrProcesses().check(others);
  }

  @Test
  void theNativeBackendsStartAProcessToTryALibraryAndForNothingElse() {
    JavaClasses others =
        Module.CCL_JNA
            .classes()
            .that(
                DescribedPredicate.describe(
                    "do not try libraries",
                    found -> !outermost(found).getSimpleName().equals("IsolatedCheck")));
    assertTrue(others.size() < Module.CCL_JNA.classes().size(), "the name is right");
    CodeRules.startNoProcesses().check(others);
  }

  private static JavaClass outermost(JavaClass found) {
    return found.getEnclosingClass().map(CodeRulesTest::outermost).orElse(found);
  }

  @ParameterizedTest
  @EnumSource(names = {"CCL_API", "CCL_SPI", "CCL_CORE", "BACKEND_FAKE"})
  void whatProgramsRunOnDoesNoInputOrOutput(Module module) {
    CodeRules.useNoByteStreams().check(module.classes());
  }

  @ParameterizedTest
  @EnumSource(names = {"CCL_API", "CCL_SPI", "CCL_CORE"})
  void neutralModulesNameNoVendor(Module module) {
    CodeRules.nameNoVendor().check(module.classes());
  }

  @Test
  void serviceLoaderIsAskedInOnePlace() {
    CodeRules.leaveServiceLoaderTo(Services.class.getName()).check(ALL);
  }

  @Test
  void propertiesAndEnvironmentAreReadInOnePlace() {
    CodeRules.leaveConfigurationTo(Settings.class.getName()).check(ALL);
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "CCL_TOOLS")
  void standardStreamsAreForTheTools(Module module) {
    CodeRules.leaveStandardStreamsAlone().check(module.classes());
  }

  @Test
  void loggingGoesThroughTheJdk() {
    CodeRules.logThroughTheJdkOnly().check(ALL);
  }

  @Test
  void onePackageBindsNativeCode() {
    JavaClasses others =
        ALL.that(
            DescribedPredicate.describe(
                "are not the one that calls into C",
                item -> !item.getPackageName().equals(NATIVE_CALLS)));
    assertTrue(others.size() < ALL.size(), "the name is right");

    CodeRules.useNothingOf("com.sun.jna").check(others);
  }

  /** Two threads that use one for the first time at the same moment can end the process. */
  @Test
  void structuresAreNotLeftToJna() {
    CodeRules.useNoClassNamed("com.sun.jna.Structure").check(ALL);
  }

  @Test
  void packagesFormNoCycles() {
    CodeRules.haveNoPackageCycles().check(ALL);
  }

  @Test
  void packagesAreNullMarked() {
    CodeRules.beInNullMarkedPackages().check(ALL);
  }

  @Test
  void theCoreShowsNothingButItsFactory() {
    CodeRules.bePublicOnlyIf(item -> item.isAssignableTo(CclFactory.class))
        .check(Module.CCL_CORE.classes());
  }

  @ParameterizedTest
  @EnumSource(names = {"BACKEND_FAKE", "BACKEND_NCCL", "BACKEND_RCCL", "BACKEND_MCCL"})
  void backendsShowNothingButTheirProvider(Module module) {
    CodeRules.bePublicOnlyIf(item -> item.isAssignableTo(BackendProvider.class))
        .check(module.classes());
  }

  @Test
  void filesOfTheNativeBackendsAreForFindingThem() {
    JavaClasses others =
        Module.CCL_JNA
            .classes()
            .that(
                DescribedPredicate.describe(
                    "neither search nor try a library nor identify the machine",
                    item ->
                        !item.getPackageName().equals("org.ccl4j.jna.search")
                            && !Set.of("MachineId", "NativeProviders", "TrialProcess")
                                .contains(outermost(item).getSimpleName())));
    assertTrue(others.size() > 20, "the names are right");

    CodeRules.openNoFilesSocketsOrProcesses().check(others);
  }

  @Test
  void providersAreProper() {
    JavaClasses providers =
        ALL.that(DescribedPredicate.describe("are providers", CodeRulesTest::isProvider));

    assertTrue(
        providers.size() >= 4,
        "those of core, bootstrap, fake and nccl, but found " + providers.size());
    CodeRules.beProperProviders().check(providers);
  }

  @Test
  void providersAreFoundByTheServiceLoader() {
    assertAll(
        Stream.of(Module.values())
            .flatMap(
                module ->
                    Stream.of(CclFactory.class, RankContextFactory.class, BackendProvider.class)
                        .map(service -> () -> assertProvidersAreNamed(module, service))));
  }

  private static void assertProvidersAreNamed(Module module, Class<?> service) {
    List<String> implementations =
        module.classes().stream()
            .filter(item -> isProvider(item) && item.isAssignableTo(service))
            .map(JavaClass::getName)
            .sorted()
            .toList();
    assertEquals(
        implementations,
        ServiceFiles.providers(module.classesFolder(), service),
        () -> "META-INF/services/" + service.getName() + " of " + module);
  }

  private static boolean isProvider(JavaClass item) {
    return (item.isAssignableTo(CclFactory.class)
            || item.isAssignableTo(RankContextFactory.class)
            || item.isAssignableTo(BackendProvider.class))
        && !item.isInterface()
        && !item.getModifiers().contains(JavaModifier.ABSTRACT);
  }
}
