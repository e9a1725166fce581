package org.ccl4j.jna.search;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.ccl4j.api.config.Settings;
import org.ccl4j.jna.sys.TrialProcess;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Libraries that do harm, in a process of their own. */
final class IsolatedCheckTest {
  private static final String CONSTRUCTOR = "__attribute__((constructor)) static void start(void) ";

  @TempDir private Path folder;

  private Path library(String more, String... options) throws Exception {
    return CLibraries.compile(folder.resolve("libthing.so.2"), more, options);
  }

  private static Optional<Refusal> check(Path library) {
    return new IsolatedCheck(Duration.ofSeconds(60)).check(library, "thingGetVersion");
  }

  private static String reason(Path library) {
    return check(library).orElseThrow().reason();
  }

  @Test
  void aGoodLibraryPassesAndNothingIsLeftBehind() throws Exception {
    Set<Path> before = probes();

    assertEquals(Optional.empty(), check(library(CLibraries.GOOD)));

    assertEquals(before, probes());
  }

  private static Set<Path> probes() throws Exception {
    Path temporary = Files.createTempFile("ccl-where", "").getParent();
    try (Stream<Path> files = Files.list(temporary)) {
      return files
          .filter(file -> file.getFileName().toString().startsWith("ccl-probe"))
          .collect(Collectors.toSet());
    }
  }

  @Test
  void whatALibraryPrintsIsNoResult() throws Exception {
    assertEquals(
        Optional.empty(),
        check(
            library(
                "#include <stdio.h>\n"
                    + CLibraries.GOOD
                    + CONSTRUCTOR
                    + "{ printf(\"refused\\n\"); fflush(stdout); }")));
  }

  @Test
  void aCrashWhileLoading() throws Exception {
    String reason =
        reason(library(CLibraries.GOOD + CONSTRUCTOR + "{ *(volatile int *) 16 = 1; }"));

    assertTrue(reason.startsWith("crashes when it is loaded (SIGSEGV)"), reason);
  }

  @Test
  void anAbortWhileLoadingWithTheLastThatItSaid() throws Exception {
    String reason =
        reason(
            library(
                "#include <stdio.h>\n#include <stdlib.h>\n"
                    + CLibraries.GOOD
                    + CONSTRUCTOR
                    + "{ fprintf(stderr, \"thing: no clock\\n\"); abort(); }"));

    assertTrue(reason.startsWith("crashes when it is loaded (SIGABRT)"), reason);
    assertTrue(reason.contains("thing: no clock"), reason);
  }

  @Test
  void anEndWhileLoading() throws Exception {
    String reason =
        reason(library("#include <unistd.h>\n" + CLibraries.GOOD + CONSTRUCTOR + "{ _exit(3); }"));

    assertEquals("ends the process when it is loaded, with exit code 3", reason);
  }

  @Test
  void aCrashInItsFirstCall() throws Exception {
    String reason =
        reason(library("int thingGetVersion(int *v) { *(volatile int *) 16 = 1; return 0; }"));

    assertTrue(reason.startsWith("crashes when it is asked for its version (SIGSEGV)"), reason);
  }

  @Test
  void aFirstCallThatFails() throws Exception {
    assertEquals(
        "does not tell its version: status 7",
        reason(library("int thingGetVersion(int *v) { return 7; }")));
  }

  @Test
  void aHangWhileLoadingEndsAtTheDeadlineAndItsProcessToo() throws Exception {
    Path hanging =
        library("#include <unistd.h>\n" + CLibraries.GOOD + CONSTRUCTOR + "{ for (;;) pause(); }");
    Set<Long> before = children();

    Refusal refusal =
        new IsolatedCheck(Duration.ofSeconds(3)).check(hanging, "thingGetVersion").orElseThrow();

    assertEquals(
        "hangs when it is loaded: a process that tried it was not ready after 3000 ms",
        refusal.reason());
    long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    while (!before.containsAll(children())) {
      assertTrue(System.nanoTime() < deadline, "its process ends");
      Thread.onSpinWait();
    }
  }

  /** As when the process that waits for it was killed. */
  @Test
  void aHangingProcessEndsByItself() throws Exception {
    Path hanging =
        library("#include <unistd.h>\n" + CLibraries.GOOD + CONSTRUCTOR + "{ for (;;) pause(); }");
    String java = ProcessHandle.current().info().command().orElseThrow();
    String classPath =
        TrialProcess.classPath().stream().map(Path::toString).collect(Collectors.joining(":"));
    Process process =
        new ProcessBuilder(
                java,
                "-cp",
                classPath,
                TrialProcess.class.getName(),
                hanging.toString(),
                "thingGetVersion",
                folder.resolve("result").toString(),
                "2000")
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("output").toFile())
            .start();
    try {
      assertTrue(process.waitFor(60, TimeUnit.SECONDS), "it ends");
      assertEquals(3, process.exitValue(), Files.readString(folder.resolve("output")));
    } finally {
      process.destroyForcibly();
    }
  }

  /** They may crash, or wait for what the library holds. */
  @Test
  void exitHandlersOfALibraryAreNotRun() throws Exception {
    assertEquals(
        Optional.empty(),
        check(
            library(
                "#include <stdlib.h>\n"
                    + CLibraries.GOOD
                    + "__attribute__((destructor)) static void end(void) { abort(); }")));
  }

  private static Set<Long> children() {
    return ProcessHandle.current().children().map(ProcessHandle::pid).collect(Collectors.toSet());
  }

  @Test
  void aLibraryThatNeedsOneThatIsGone() throws Exception {
    Path needed =
        CLibraries.compile(
            folder.resolve("libneeded.so.1"),
            "int needed(void) { return 0; }",
            "-Wl,-soname,libneeded.so.1");
    Path library =
        library(
            CLibraries.GOOD + "int needed(void); int go(void) { return needed(); }",
            needed.toString());
    Files.delete(needed);

    assertEquals("needs libneeded.so.1, which the system's loader does not find", reason(library));
  }

  @Test
  void aSymbolThatNobodyHas() throws Exception {
    assertEquals(
        "needs the symbol nobody_has_it, which none of its libraries has",
        reason(library(CLibraries.GOOD + "extern int nobody_has_it; int *use = &nobody_has_it;")));
  }

  @Test
  void theSearchTriesInAProcessOfItsOwnWhereThatIsAskedFor() throws Exception {
    Path crashing = library(CLibraries.GOOD + CONSTRUCTOR + "{ *(volatile int *) 16 = 1; }");
    Path good = CLibraries.compile(folder.resolve("libthing.so.1"), CLibraries.GOOD);
    Settings settings =
        CLibraries.settings(Map.of("LD_LIBRARY_PATH", "" + folder, "CCL_PROBE", "isolated"));

    SearchReport report =
        LibrarySearch.search(
            CLibraries.SPEC, settings, file -> Optional.empty(), Path.of(folder + "/no-root"));

    SearchReport.Found found = assertInstanceOf(SearchReport.Found.class, report, report::describe);
    assertEquals(good, found.file());
    assertEquals(
        List.of("" + crashing),
        report.candidates().stream()
            .filter(c -> c.refusal().filter(r -> r.reason().startsWith("crashes")).isPresent())
            .map(Candidate::path)
            .toList());
  }
}
