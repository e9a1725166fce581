package org.ccl4j.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaField;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.ccl4j.api.config.Setting;
import org.junit.jupiter.api.Test;

/** The rules over documents, applied to the project. */
class DocRulesTest {

  @Test
  void everyErrorCodeIsExplained() {
    assertEquals(List.of(), DocRules.errors(Repository.read("docs/errors.md")));
  }

  @Test
  void everySettingIsExplained() throws ReflectiveOperationException {
    Collection<Setting> settings = settings();

    assertTrue(settings.size() >= 3, "found only " + settings);
    assertEquals(
        List.of(), DocRules.configuration(Repository.read("docs/configuration.md"), settings));
  }

  /** Every constant of the type in any module, by key. */
  private static Collection<Setting> settings() throws ReflectiveOperationException {
    Map<String, Setting> settings = new TreeMap<>();
    List<JavaField> constants =
        Module.allClasses().stream()
            .flatMap(item -> CodeRules.constantsOf(item, Setting.class))
            .toList();
    for (JavaField constant : constants) {
      var field = Class.forName(constant.getOwner().getName()).getDeclaredField(constant.getName());
      field.setAccessible(true);
      Setting setting = (Setting) field.get(null);
      Setting other = settings.put(setting.key(), setting);
      assertEquals(null, other, () -> setting.key() + " is declared twice");
    }
    return settings.values();
  }

  @Test
  void theModuleTableIsTheMap() {
    assertEquals(
        List.of(), DocRules.moduleTable(Repository.read("README.md"), Pom.root().modules()));
  }

  @Test
  void javaInDocumentsIsCompiled() {
    List<String> compiled =
        Repository.files(Repository.ROOT.resolve("examples"), ".java").stream()
            .map(Repository::read)
            .collect(Collectors.toCollection(ArrayList::new));
    // Compiled and run by ConsumerProjectIT.
    compiled.add(Documents.program(Repository.read("README.md")));

    for (Path document : Documents.all()) {
      assertEquals(
          List.of(),
          DocRules.snippets(Repository.read(document), "java", compiled),
          document.toString());
    }
  }

  @Test
  void thePomOfTheReadmeIsThatOfTheConsumerProject() {
    String readme = Repository.read("README.md");

    assertEquals(2, DocRules.blocks(readme, "xml").size());
    assertEquals(
        List.of(),
        DocRules.snippets(
            readme,
            "xml",
            List.of(Repository.read("ccl-architecture-tests/src/test/consumer/pom.xml"))));
  }

  @Test
  void relativeLinksLeadSomewhere() {
    for (Path document : Documents.all()) {
      assertEquals(
          List.of(),
          DocRules.links(Repository.read(document), link -> Documents.target(document, link)),
          document.toString());
    }
  }

  @Test
  void theIndexOfDecisionsIsComplete() {
    Path folder = Repository.ROOT.resolve("docs/adr");
    Map<String, String> records =
        Repository.files(folder, ".md").stream()
            .filter(file -> !file.endsWith("README.md"))
            .collect(Collectors.toMap(file -> file.getFileName().toString(), Repository::read));

    assertTrue(records.size() >= 7, "found only " + records.keySet());
    assertEquals(List.of(), DocRules.index(Repository.read(folder.resolve("README.md")), records));
  }

  @Test
  void theDocumentsOfTheHouseAreThere() {
    List<String> missing =
        Stream.of(
                "README.md",
                "CONTRIBUTING.md",
                "CHANGELOG.md",
                "LICENSE",
                "docs/spec.md",
                "docs/errors.md",
                "docs/configuration.md",
                "docs/writing-a-backend.md",
                "docs/adr/README.md")
            .filter(name -> !Files.exists(Repository.ROOT.resolve(name)))
            .toList();

    assertEquals(List.of(), missing);
  }
}
