package org.ccl4j.jna.search;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ccl4j.api.CclUsageException;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.config.Settings;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class LibrarySearchTest {
  @TempDir private Path root;
  private Path good = Path.of("");

  @BeforeEach
  void compile() throws Exception {
    good = CLibraries.compile(root.resolve("good"), CLibraries.GOOD);
  }

  private Path place(String name) throws Exception {
    Path file = root.resolve(name);
    Files.createDirectories(file.resolveSibling("."));
    return Files.copy(good, file);
  }

  private Path program(String name) throws Exception {
    Path file = root.resolve(name);
    Files.createDirectories(file.resolveSibling("."));
    assertTrue(Files.createFile(file).toFile().setExecutable(true));
    return file;
  }

  private SearchReport search(Map<String, String> environment) {
    return search(CLibraries.settings(environment));
  }

  private SearchReport search(Settings settings) {
    return LibrarySearch.search(CLibraries.SPEC, settings, file -> Optional.empty(), root);
  }

  private static void assertFound(Path expected, String origin, SearchReport report) {
    SearchReport.Found found = assertInstanceOf(SearchReport.Found.class, report, report::describe);
    assertEquals(expected, found.file());
    assertEquals(origin, found.origin());
  }

  private static SearchReport.NotFound assertNotFound(SearchReport report) {
    return assertInstanceOf(SearchReport.NotFound.class, report, report::describe);
  }

  @Test
  void theSettingComesBeforeEverythingElse() throws Exception {
    Path named = place("named/any-name");
    Path other = place("other/libthing.so.2");

    assertFound(
        named,
        "environment variable CCL_TEST_LIBRARY",
        search(Map.of("CCL_TEST_LIBRARY", "" + named, "LD_LIBRARY_PATH", "" + other.getParent())));
  }

  @Test
  void aBadFileThatSomebodyNamedIsAnErrorAndNotReplaced() throws Exception {
    Path there = place("usr/local/thing/lib64/libthing.so.2");
    Settings settings =
        CLibraries.settings(Map.of("THING_SO_PATH", "" + there))
            .with(Map.of(CLibraries.EXPLICIT.key(), root + "/gone.so"));

    SearchReport.NotFound report = assertNotFound(search(settings));

    assertEquals(
        root + "/gone.so does not exist. It was named by the explicit value of ccl.test.library.",
        report.reason());
    assertEquals(1, report.candidates().size());
    assertFound(
        there, "environment variable THING_SO_PATH", search(Map.of("THING_SO_PATH", "" + there)));
  }

  @Test
  void aNameWithoutAFolderIsLookedForAsTheLoaderDoes() throws Exception {
    Path file = place("libs/libspecial.so");
    Settings found =
        CLibraries.settings(Map.of("LD_LIBRARY_PATH", "/gone:" + file.getParent()))
            .with(Map.of(CLibraries.EXPLICIT.key(), "libspecial.so"));

    assertFound(file, "explicit value of ccl.test.library", search(found));
    SearchReport.NotFound missing = assertNotFound(search(CLibraries.explicit("libspecial.so")));
    assertTrue(
        missing.reason().startsWith("libspecial.so is in none of the folders"), missing::reason);
  }

  @Test
  void textThatIsNoPathIsRefused() {
    SearchReport.NotFound report = assertNotFound(search(CLibraries.explicit("/a\0b")));

    assertTrue(report.reason().startsWith("/a?b is no path"), report::reason);
  }

  @Test
  void aVariableOfOtherSoftwareThatLeadsNowhereIsReportedAndPassed() throws Exception {
    Path there = place("libs/libthing.so.2");

    SearchReport report =
        search(Map.of("THING_SO_PATH", root + "/gone", "LD_LIBRARY_PATH", root + "/libs"));

    assertFound(there, "environment variable LD_LIBRARY_PATH", report);
    assertEquals(
        new Candidate(
            "environment variable THING_SO_PATH",
            root + "/gone",
            report.candidates().get(0).refusal()),
        report.candidates().get(0));
    assertEquals("does not exist", report.candidates().get(0).refusal().orElseThrow().reason());
  }

  @Test
  void placesCountInTheirOrder() throws Exception {
    Map<String, String> environment = new HashMap<>();
    Path python = place("venv/lib/python3.12/site-packages/thing/lib/libthing.so.2");
    environment.put("VIRTUAL_ENV", root + "/venv");
    assertFound(python, "environment variable VIRTUAL_ENV", search(environment));
    Path usual = place("usr/local/thing-3/lib64/libthing.so.1");
    assertFound(usual, "usual place", search(environment));
    Path newer = place("usr/local/thing-10/lib64/libthing.so.1");
    assertFound(newer, "usual place", search(environment));
    Path newest = place("usr/local/thing-10/lib64/libthing.so.2");
    assertFound(newest, "usual place", search(environment));
    Path home = place("home/lib/libthing.so.1");
    environment.put("THING_HOME", root + "/home");
    assertFound(home, "environment variable THING_HOME", search(environment));
    Path system = place("usr/lib/x86_64-linux-gnu/libthing.so.2");
    assertFound(system, "the system's folders", search(environment));
    Path listed = place("opt/libthing.so.2");
    Files.createDirectories(root.resolve("etc"));
    Files.write(
        root.resolve("etc/ld.so.cache"),
        LoaderCacheTest.cache(List.of("libthing.so.2", "" + listed), -1));
    assertFound(listed, "the loader's list " + root + "/etc/ld.so.cache", search(environment));
    Path first = place("first/libthing.so.2");
    environment.put("LD_LIBRARY_PATH", root + "/first");
    assertFound(first, "environment variable LD_LIBRARY_PATH", search(environment));
    Path foreign = place("foreign.so");
    environment.put("THING_SO_PATH", "" + foreign);
    assertFound(foreign, "environment variable THING_SO_PATH", search(environment));

    String rest = search(environment).describe();
    for (Path other : List.of(python, usual, newer, newest, home, system, listed, first)) {
      assertTrue(rest.contains(other + " is not needed, since another one came first"), rest);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "env/lib/python3.9/site-packages",
        "env/lib64/python3.12/site-packages",
        "env/lib/python3/dist-packages",
        "env/local/lib/python3.11/dist-packages"
      })
  void thePythonOnThePathLeadsToItsPackages(String packages) throws Exception {
    Path file = place(packages + "/thing/lib/libthing.so.2");
    Path python = program("env/bin/python3");

    assertFound(file, "Python " + python, search(Map.of("PATH", "/gone:" + root + "/env/bin")));
  }

  @Test
  void aVirtualEnvironmentLeadsToThePythonThatItWasMadeOf() throws Exception {
    Path file = place("base/lib/python3.12/site-packages/thing/lib/libthing.so.2");
    Path program = program("base/bin/python3.12");
    Path python = Files.createDirectories(root.resolve("env/bin")).resolve("python3");
    Files.createSymbolicLink(python, program);

    assertFound(file, "Python " + python, search(Map.of("PATH", root + "/env/bin")));
  }

  @Test
  void whatFailsItsTrialIsRefusedAndTheSearchGoesOn() throws Exception {
    Path first = place("first/libthing.so.2");
    Path second = place("second/libthing.so.2");
    Settings settings =
        CLibraries.settings(
            Map.of("LD_LIBRARY_PATH", first.getParent() + ":" + second.getParent()));

    SearchReport report =
        LibrarySearch.search(
            CLibraries.SPEC,
            settings,
            file ->
                file.equals(first)
                    ? Optional.of(new Refusal("failed its trial", "Try another."))
                    : Optional.empty(),
            root);

    assertFound(second, "environment variable LD_LIBRARY_PATH", report);
    assertTrue(report.describe().contains(first + " failed its trial"), report::describe);
  }

  @Test
  void theSameFileUnderSeveralNamesIsLookedAtOnce() throws Exception {
    Path bad = Files.writeString(root.resolve("libthing.so.2.3.1"), "no library");
    Path link = Files.createSymbolicLink(root.resolve("libthing.so.2"), bad);
    Files.createSymbolicLink(root.resolve("libthing.so.1"), bad);

    SearchReport report = search(Map.of("LD_LIBRARY_PATH", "" + root));

    assertEquals(
        List.of("" + link),
        report.candidates().stream()
            .map(Candidate::path)
            .filter(path -> path.startsWith(root + "/libthing"))
            .toList());
  }

  @Test
  void manyFoldersWithoutItAreOneLine() throws Exception {
    for (int version = 1; version <= 9; version++) {
      Files.createDirectories(root.resolve("env/lib/python3." + version + "/site-packages"));
    }

    String report = search(Map.of("VIRTUAL_ENV", root + "/env")).describe();

    List<String> lines = report.lines().filter(line -> line.startsWith("Python")).toList();
    assertEquals(1, lines.size(), report);
    assertTrue(lines.get(0).endsWith(" and 3 more have no thing/lib"), report);
  }

  @Test
  void nothingAnywhereSaysSoAndNamesThePlaces() {
    SearchReport.NotFound report = assertNotFound(search(Map.of()));

    assertEquals(
        "libthing was not found: libthing.so.2, libthing.so.1 are in none of the places where such"
            + " libraries are kept.",
        report.reason());
    assertEquals(
        "Install libthing. A file elsewhere can be named by ccl.test.library or CCL_TEST_LIBRARY.",
        report.remedy());
    assertEquals(
        List.of(
            "environment variable THING_SO_PATH is not set",
            "environment variable LD_LIBRARY_PATH is not set",
            "the loader's list: "
                + root
                + "/etc/ld.so.cache has none of libthing.so.2, libthing.so.1",
            "the system's folders have none of libthing.so.2, libthing.so.1",
            "environment variable THING_HOME is not set",
            "usual place: " + root + "/usr/local/thing*/lib64 does not exist",
            "Python's packages are not known: VIRTUAL_ENV and CONDA_PREFIX are not set, and the"
                + " PATH has no python3"),
        report.describe().lines().toList());
  }

  @Test
  void whatLooksLikeItButIsNotComesFirstInTheReason() throws Exception {
    Path bad = place("libs/libthing.so.2");
    Files.writeString(bad, "no library");

    SearchReport.NotFound report =
        assertNotFound(search(Map.of("LD_LIBRARY_PATH", root + "/libs")));

    assertEquals(
        "libthing was not found; what looks like it cannot be used.\n"
            + bad
            + " is no library: it does not begin as an ELF file does.",
        report.reason());
    assertTrue(
        report.remedy().startsWith("Name the shared library itself, such as libthing.so.2. "),
        report::remedy);
  }

  @Test
  void aFileThatChangesIsLookedAtAgain() throws Exception {
    Path file = place("thing.so");
    Settings settings = CLibraries.explicit(file.toString());
    assertFound(file, "explicit value of ccl.test.library", search(settings));

    Files.writeString(file, "no library");
    assertNotFound(search(settings));

    Files.delete(file);
    Files.copy(good, file);
    assertFound(file, "explicit value of ccl.test.library", search(settings));
  }

  @Test
  void aModeThatDoesNotExistIsRefused() {
    Settings settings = Settings.of(Map.of("ccl.probe", "maybe"));

    CclUsageException thrown = assertThrows(CclUsageException.class, () -> search(settings));

    assertEquals(ErrorCode.INVALID_SETTING, thrown.code());
  }
}
