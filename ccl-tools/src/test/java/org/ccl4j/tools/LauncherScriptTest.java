package org.ccl4j.tools;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The script {@code ccl} in a project of its own, with a {@code java} that prints its arguments and
 * a {@code mvn} that counts its calls: what the script decides, without what it starts.
 */
final class LauncherScriptTest {
  private static final String[] NEEDED = {
    "bash",
    "cat",
    "cp",
    "date",
    "dirname",
    "find",
    "flock",
    "grep",
    "head",
    "mkdir",
    "mv",
    "readlink",
    "rm",
    "sed",
    "sleep",
    "touch"
  };

  @TempDir private Path folder;

  private Path project = Path.of("");
  private Path jdk = Path.of("");
  private Path tools = Path.of("");

  /** How a call of the script ended. */
  private record Ended(int exitCode, String out, String err) {}

  @BeforeEach
  void makeProject() throws IOException {
    // A blank in each path, because users have them.
    project = Files.createDirectories(folder.resolve("the project"));
    jdk = Files.createDirectories(folder.resolve("a jdk"));
    tools = Files.createDirectories(folder.resolve("some tools"));
    Files.copy(Path.of("..", "ccl"), project.resolve("ccl"));
    Files.createDirectories(project.resolve("ccl-tools/src/main"));
    Files.createDirectories(project.resolve(".mvn"));
    Files.writeString(project.resolve(".mvn/jvm.config"), "");
    Files.writeString(project.resolve("pom.xml"), "<project/>");
    Files.writeString(project.resolve("ccl-tools/pom.xml"), "<project/>");
    Files.writeString(project.resolve("ccl-tools/src/main/A.java"), "class A {}");
    for (String name : NEEDED) {
      Path command = onPath(name);
      Files.createSymbolicLink(tools.resolve(name), command);
    }
    makeJdk("17.0.1");
    script(
        tools.resolve("mvn"),
        """
        echo built >> "%s/builds"
        [ ! -e "%s/broken" ] || { echo "[ERROR] A.java is broken"; exit 1; }
        sleep 0.2
        for arg in "$@"; do
          case "$arg" in
            -Dccl.build=*) mkdir -p "ccl-tools/${arg#*=}/classes" ;;
            -Dccl.lib=*) mkdir -p "${arg#*=}" ;;
          esac
        done
        """
            .formatted(folder, folder));
  }

  private void makeJdk(String version) throws IOException {
    Files.createDirectories(jdk.resolve("bin"));
    Files.writeString(jdk.resolve("release"), "JAVA_VERSION=\"" + version + "\"\n");
    script(
        jdk.resolve("bin/java"),
        """
        while [ "$1" != org.ccl4j.tools.Main ]; do shift; done
        shift
        printf '<%s>' "$@"
        exit 7
        """);
    script(jdk.resolve("bin/javac"), "exit 1");
  }

  private static void script(Path file, String body) throws IOException {
    Files.writeString(file, "#!" + onPath("bash") + "\n" + body);
    assertTrue(file.toFile().setExecutable(true));
  }

  private static Path onPath(String name) {
    for (String place : new String[] {"/usr/bin", "/bin", "/usr/local/bin", "/opt/homebrew/bin"}) {
      if (Files.isExecutable(Path.of(place, name))) {
        return Path.of(place, name);
      }
    }
    throw new AssertionError("no " + name + " on this machine");
  }

  private Ended call(Path script, Map<String, String> environment, String... args)
      throws IOException, InterruptedException {
    return end(start(script, environment, args));
  }

  private Ended call(String... args) throws IOException, InterruptedException {
    return call(project.resolve("ccl"), Map.of("JAVA_HOME", jdk.toString()), args);
  }

  private Process start(Path script, Map<String, String> environment, String... args)
      throws IOException {
    List<String> command = new ArrayList<>(List.of(onPath("bash").toString(), script.toString()));
    command.addAll(List.of(args));
    ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
    builder.environment().clear();
    builder.environment().put("PATH", tools.toString());
    builder.environment().putAll(environment);
    return builder.start();
  }

  private static Ended end(Process process) throws IOException, InterruptedException {
    String out = new String(process.getInputStream().readAllBytes(), UTF_8);
    String err = new String(process.getErrorStream().readAllBytes(), UTF_8);
    assertTrue(process.waitFor(60, TimeUnit.SECONDS));
    return new Ended(process.exitValue(), out, err);
  }

  private int builds() throws IOException {
    Path log = folder.resolve("builds");
    return Files.exists(log) ? Files.readAllLines(log).size() : 0;
  }

  /** As if the sources were two hours old and the build one. */
  private void age() throws IOException {
    try (Stream<Path> sources = Files.walk(project)) {
      for (Path each : sources.filter(p -> !p.toString().contains("target")).toList()) {
        setAge(each, Duration.ofHours(2));
      }
    }
    setAge(project.resolve("ccl-tools/target/ccl/current"), Duration.ofHours(1));
  }

  private static void setAge(Path file, Duration age) throws IOException {
    Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(age)));
  }

  @Test
  void buildsOnceAndPassesArgumentsAndExitCode() throws Exception {
    Ended first = call("perf", "a b", "");
    assertEquals(new Ended(7, "<perf><a b><>", "ccl: building the tool, once ...\n"), first);
    assertEquals(new Ended(7, "<doctor>", ""), call("doctor"));
    assertEquals(1, builds());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"pom.xml", ".mvn/jvm.config", "ccl-tools/pom.xml", "ccl-tools/src/main/A.java"})
  void buildsAgainWhenASourceHasChanged(String source) throws Exception {
    call("x");
    age();
    call("x");
    assertEquals(1, builds(), "nothing has changed");
    setAge(project.resolve(source), Duration.ofMinutes(30));
    call("x");
    assertEquals(2, builds());
  }

  @Test
  void buildsAgainWhenASourceIsGone() throws Exception {
    call("x");
    age();
    Files.delete(project.resolve("ccl-tools/src/main/A.java"));
    call("x");
    assertEquals(2, builds());
  }

  @Test
  void aTestThatHasChangedIsNoReasonToBuild() throws Exception {
    call("x");
    age();
    Files.createDirectories(project.resolve("ccl-tools/src/test"));
    call("x");
    assertEquals(1, builds());
  }

  @Test
  void firstCallsAtTheSameMomentBuildOnce() throws Exception {
    List<Process> calls = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      calls.add(start(project.resolve("ccl"), Map.of("JAVA_HOME", jdk.toString()), "x"));
    }
    for (Process each : calls) {
      Ended ended = end(each);
      assertEquals(7, ended.exitCode(), ended::err);
      assertEquals("<x>", ended.out());
    }
    assertEquals(1, builds());
  }

  @Test
  void isFoundThroughLinks() throws Exception {
    Path absolute = Files.createSymbolicLink(folder.resolve("one"), project.resolve("ccl"));
    Path relative = Files.createSymbolicLink(folder.resolve("two"), absolute.getFileName());
    assertEquals(7, call(relative, Map.of("JAVA_HOME", jdk.toString()), "x").exitCode());
    assertTrue(Files.exists(project.resolve("ccl-tools/target/ccl/current")));
  }

  @Test
  void aBuildThatFailsNamesItsLogAndLeavesNothingBehind() throws Exception {
    Files.createFile(folder.resolve("broken"));
    Ended failed = call("x");
    assertEquals(1, failed.exitCode());
    assertEquals("", failed.out());
    assertTrue(failed.err().contains("[ERROR] A.java is broken\n"), failed::err);
    Path log = project.toRealPath().resolve("ccl-tools/target/ccl/build.log");
    assertTrue(failed.err().endsWith("the whole log is " + log + "\n"), failed::err);
    assertTrue(Files.exists(log));
    Files.delete(folder.resolve("broken"));
    assertEquals(7, call("x").exitCode());
  }

  @Test
  void javaOnThePathIsTakenWhereJavaHomeIsNone() throws Exception {
    Files.createSymbolicLink(tools.resolve("java"), jdk.resolve("bin/java"));
    Ended ended = call(project.resolve("ccl"), Map.of(), "x");
    assertEquals(7, ended.exitCode(), ended::err);
    ended = call(project.resolve("ccl"), Map.of("JAVA_HOME", "/nonexistent"), "x");
    assertEquals(7, ended.exitCode(), ended::err);
  }

  @Test
  void withoutAJavaThatIsNewEnoughItSaysWhichOnesItFound() throws Exception {
    Ended none = call(project.resolve("ccl"), Map.of(), "x");
    assertEquals(1, none.exitCode());
    assertTrue(none.err().startsWith("ccl: Java 17 or later is needed; found none."), none::err);
    makeJdk("11.0.2");
    Ended old = call("x");
    assertEquals(1, old.exitCode());
    assertTrue(old.err().contains("found Java 11 in " + jdk + "."), old::err);
    makeJdk("1.8.0_292");
    Ended older = call("x");
    assertTrue(older.err().contains("found Java 8 in " + jdk + "."), older::err);
    assertEquals(0, builds());
  }

  @Test
  void withoutMavenOrCompilerItSaysWhatToInstall() throws Exception {
    Files.delete(jdk.resolve("bin/javac"));
    Ended noCompiler = call("x");
    assertEquals(1, noCompiler.exitCode());
    assertTrue(noCompiler.err().startsWith("ccl: a JDK is needed"), noCompiler::err);
    Files.delete(tools.resolve("mvn"));
    Ended noMaven = call("x");
    assertEquals(1, noMaven.exitCode());
    assertTrue(noMaven.err().startsWith("ccl: Maven is needed"), noMaven::err);
  }
}
