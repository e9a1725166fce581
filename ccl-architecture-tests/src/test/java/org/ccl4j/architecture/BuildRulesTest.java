package org.ccl4j.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The rules over poms and source texts, applied to the project and to planted violations. */
class BuildRulesTest {
  private static final Set<String> PUBLISHED =
      Stream.of(Module.values())
          .filter(Module::published)
          .map(Module::directory)
          .collect(Collectors.toCollection(TreeSet::new));

  @Test
  void theMapHasEveryModuleWithCode() {
    Set<String> mapped =
        Stream.of(Module.values()).map(Module::directory).collect(Collectors.toSet());
    mapped.addAll(Set.of("bom", "ccl-architecture-tests"));

    assertEquals(mapped, Set.copyOf(Pom.root().modules()));
  }

  @Test
  void theBomListsThePublishedModules() {
    assertEquals(List.of(), BuildRules.bom(Pom.of("bom"), PUBLISHED, Pom.root().text("version")));
  }

  @Test
  void aWrongBomIsFound() {
    Pom bom = Pom.of("bom");
    String version = Pom.root().text("version");

    assertNotEquals(List.of(), BuildRules.bom(bom, Set.of("ccl-api"), version));
    assertNotEquals(List.of(), BuildRules.bom(bom, PUBLISHED, "9"));
    // A module of the reactor in place of the BOM: it has a parent.
    assertTrue(
        BuildRules.bom(Pom.of("ccl-api"), PUBLISHED, version).toString().contains("has a parent"));
  }

  @Test
  void theBomFormatsWithTheVersionOfTheParent() {
    Optional<String> version = Pom.root().pluginVersion("spotless-maven-plugin");

    assertTrue(version.isPresent());
    assertEquals(version, Pom.of("bom").pluginVersion("spotless-maven-plugin"));
  }

  @ParameterizedTest
  @EnumSource
  void unpublishedModulesAreNotDeployed(Module module) {
    String skip = Pom.of(module.directory()).text("properties", "maven.deploy.skip");

    assertEquals(module.published() ? "" : "true", skip);
  }

  @ParameterizedTest
  @EnumSource
  void thePomSaysWhatTheArrowsSay(Module module) {
    assertEquals(List.of(), BuildRules.arrows(Pom.of(module.directory()), module));
  }

  @Test
  void anotherArrowInAPomIsFound() {
    assertEquals(1, BuildRules.arrows(Pom.of("ccl-core"), Module.CCL_SPI).size());
  }

  @ParameterizedTest
  @EnumSource
  void theJarHasTheNameOfItsRootPackage(Module module) {
    assertEquals(List.of(), BuildRules.moduleName(Pom.of(module.directory()), module));
  }

  @Test
  void anotherJarNameIsFound() {
    assertEquals(1, BuildRules.moduleName(Pom.of("ccl-core"), Module.CCL_SPI).size());
  }

  @Test
  void nothingIsLeftBehind() {
    List<Path> sources = Repository.files(Repository.ROOT, ".java");

    assertTrue(sources.size() > 100, "found only " + sources.size());
    for (Path source : sources) {
      assertEquals(List.of(), BuildRules.leftovers(Repository.read(source)), source.toString());
    }
  }

  @Test
  void whatIsLeftBehindIsFound() {
    assertEquals(
        3,
        BuildRules.leftovers("@" + "Disabled\n// TO" + "DO: x\n * @" + "author me\nTODOS()\n")
            .size());
  }

  @Test
  void internalTypesSaySo() {
    List<Path> sources =
        Stream.of(Module.values())
            .flatMap(module -> Repository.files(module.mainSources(), ".java").stream())
            .filter(file -> file.toString().contains("/internal/"))
            .toList();

    assertTrue(sources.size() >= 3, "found only " + sources);
    for (Path source : sources) {
      assertEquals(List.of(), BuildRules.disclaimer(Repository.read(source)), source.toString());
    }
  }

  @Test
  void anInternalTypeThatDoesNotSaySoIsFound() {
    String source = Repository.read("ccl-api/src/main/java/org/ccl4j/api/internal/Services.java");

    assertEquals(1, BuildRules.disclaimer(source.replace("internal to", "part of")).size());
  }
}
