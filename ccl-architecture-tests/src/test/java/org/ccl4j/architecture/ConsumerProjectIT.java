package org.ccl4j.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A project outside the build, with the BOM, the core and the fake, compiles and runs the program
 * of the README. It has a local repository of its own: the artifacts of this build are laid into
 * it, and everything else comes from the local repository of this build, so that nothing is fetched
 * and nothing is left behind.
 */
class ConsumerProjectIT {
  private static final String VERSION = Pom.root().text("version");
  private static final Path PROJECT = Path.of("src/test/consumer").toAbsolutePath();

  @TempDir private Path work;

  @Test
  void theProgramOfTheReadmeRunsInAProjectOfItsOwn() throws IOException, InterruptedException {
    Path project = Files.createDirectories(work.resolve("project"));
    Path repository = work.resolve("repository");
    String readme = Repository.read("README.md");
    installArtifactsOfThisBuild(repository);
    Files.copy(PROJECT.resolve("pom.xml"), project.resolve("pom.xml"));
    Path sources = Files.createDirectories(project.resolve("src/main/java"));
    Files.writeString(sources.resolve("Main.java"), Documents.program(readme));
    Path settings = Files.writeString(work.resolve("settings.xml"), settings());

    run(
        project,
        Path.of(property("maven.home"), "bin", "mvn").toString(),
        "--batch-mode",
        "--settings=" + settings,
        "-Dmaven.repo.local=" + repository,
        "package");
    String output =
        run(
            project,
            Path.of(property("java.home"), "bin", "java").toString(),
            "-jar",
            "target/consumer.jar");

    assertEquals(Documents.outputOfProgram(readme), output);
  }

  @Test
  void theProjectNeedsOnlyTheCoreAndABackend() {
    Pom pom = Pom.of("ccl-architecture-tests/src/test/consumer");

    assertEquals(
        List.of("ccl-core", "backend-fake"),
        pom.dependencies().stream().map(Pom.Dependency::artifactId).toList());
    assertEquals(
        List.of("ccl-bom"),
        pom.managedDependencies().stream().map(Pom.Dependency::artifactId).toList());
  }

  private static void installArtifactsOfThisBuild(Path repository) throws IOException {
    install(repository, "ccl4j-parent", "", ".pom");
    install(repository, "ccl-bom", "bom", ".pom");
    for (Module module : Module.values()) {
      if (module.published()) {
        install(repository, module.directory(), module.directory(), ".pom");
        install(repository, module.directory(), module.directory(), ".jar");
      }
    }
  }

  private static void install(Path repository, String artifact, String directory, String ending)
      throws IOException {
    String name = artifact + "-" + VERSION + ending;
    Path source =
        Repository.ROOT
            .resolve(directory)
            .resolve(ending.equals(".pom") ? "pom.xml" : "target/" + name);
    assertTrue(Files.exists(source), () -> source + " is not there; run mvn verify");
    Path folder =
        Files.createDirectories(repository.resolve("org/ccl4j").resolve(artifact).resolve(VERSION));
    Files.copy(source, folder.resolve(name), StandardCopyOption.REPLACE_EXISTING);
  }

  private static String settings() {
    return """
        <settings>
          <mirrors>
            <mirror>
              <id>local-repository-of-the-build</id>
              <mirrorOf>*</mirrorOf>
              <url>%s</url>
            </mirror>
          </mirrors>
        </settings>
        """
        .formatted(Path.of(property("ccl.localRepository")).toUri());
  }

  /** Runs a command to a good end and gives what it printed. */
  private static String run(Path directory, String... command)
      throws IOException, InterruptedException {
    File output = directory.resolve("output.txt").toFile();
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output);
    builder.environment().put("JAVA_HOME", property("java.home"));
    Process process = builder.start();
    try {
      assertTrue(
          process.waitFor(100, TimeUnit.SECONDS), () -> "still running: " + List.of(command));
    } finally {
      process.destroyForcibly();
    }
    String printed = Repository.read(output.toPath());
    assertEquals(
        0, process.exitValue(), () -> Stream.of(command).toList() + " printed:\n" + printed);
    return printed;
  }

  private static String property(String name) {
    return Objects.requireNonNull(System.getProperty(name), name);
  }
}
