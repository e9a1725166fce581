package org.ccl4j.stub;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.ccl4j.api.config.Settings;
import org.jspecify.annotations.Nullable;
import org.opentest4j.AssertionFailedError;
import org.opentest4j.TestAbortedException;

/**
 * Compiles the C sources, once for each version of them: the folder's name is their hash, and what
 * lies there is used again. It is below {@code target}, so that {@code mvn clean} takes it away.
 */
final class StubBuild {
  private static final String CORE = "libccl-stub-core.so";
  private static final String SELF_TEST = "selftest";
  private static final List<String> HEADERS = List.of("core.h", "ccl.h");
  private static final List<String> CORE_SOURCES =
      List.of("control.c", "memory.c", "numbers.c", "runtime.c", "ccl.c", "join.c", "exchange.c");
  private static final List<String> OTHER_SOURCES =
      List.of("ccl_api.c", "runtime_api.c", "driver_api.c", "selftest.c");

  /**
   * -O3 takes what the loops over elements ask for each of them out of the loops. No contraction: a
   * fused multiply and add would round in another way than the rules say.
   */
  private static final List<String> COMPILER =
      List.of(
          "gcc",
          "-std=c11",
          "-D_GNU_SOURCE",
          "-O3",
          "-g",
          "-Wall",
          "-Wextra",
          "-Werror",
          "-fPIC",
          "-fvisibility=hidden",
          "-fno-strict-aliasing",
          "-ffp-contract=off",
          "-pthread",
          "-Wl,-z,defs");

  private static final long COMPILE_SECONDS = 120;
  private static @Nullable StubBuild instance;

  private final Path folder;

  private StubBuild(Path folder) {
    this.folder = folder;
  }

  /** The build, with its sources in place. */
  static synchronized StubBuild get() {
    StubBuild build = instance;
    if (build == null) {
      requireCompiler();
      try {
        build = new StubBuild(unpack());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      instance = build;
    }
    return build;
  }

  private static void requireCompiler() {
    Settings settings = Settings.system();
    boolean found =
        Stream.of(settings.environmentVariable("PATH").orElse("").split(":", -1))
            .anyMatch(path -> Files.isExecutable(Path.of(path, "gcc")));
    if (found) {
      return;
    }
    String reason = "gcc is not on the PATH: the stub of the vendors' libraries cannot be compiled";
    Optional<String> required = settings.environmentVariable("CCL_REQUIRE_GCC");
    if (required.isPresent()) {
      throw new AssertionFailedError(reason + ", and CCL_REQUIRE_GCC is set");
    }
    throw new TestAbortedException(reason);
  }

  private static Path unpack() throws IOException {
    MessageDigest digest;
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java has it
    }
    List<String> names = new ArrayList<>(HEADERS);
    names.addAll(CORE_SOURCES);
    names.addAll(OTHER_SOURCES);
    List<byte[]> contents = new ArrayList<>();
    for (String name : names) {
      try (InputStream source = StubBuild.class.getResourceAsStream("c/" + name)) {
        byte[] bytes = Objects.requireNonNull(source, name).readAllBytes();
        contents.add(bytes);
        digest.update(bytes);
      }
    }
    String hash = HexFormat.of().formatHex(digest.digest(), 0, 8);
    Path folder = Path.of("target", "stub-" + hash).toAbsolutePath();
    Files.createDirectories(folder);
    for (int i = 0; i < names.size(); i++) {
      Path target = folder.resolve(names.get(i));
      if (!Files.exists(target)) {
        moveIntoPlace(Files.write(fresh(target), contents.get(i)), target);
      }
    }
    return folder;
  }

  /** A name beside it that no other process uses: several may build at the same time. */
  private static Path fresh(Path target) {
    return target.resolveSibling(target.getFileName() + "." + ProcessHandle.current().pid());
  }

  private static void moveIntoPlace(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  synchronized Path core() {
    List<String> arguments = new ArrayList<>(List.of("-shared", "-Wl,-soname," + CORE, "-o", "%s"));
    arguments.addAll(CORE_SOURCES);
    arguments.add("-lm");
    return make(CORE, arguments);
  }

  /** All of them need the core, which they find beside them. */
  synchronized Path library(StubLibrary library) {
    core();
    List<String> arguments = new ArrayList<>(List.of("-shared", "-o", "%s"));
    arguments.addAll(library.options());
    arguments.addAll(List.of("-Wl,-rpath,$ORIGIN", "-L.", "-lccl-stub-core"));
    library
        .linkedWith()
        .ifPresent(
            other -> {
              library(other);
              arguments.addAll(List.of("-Wl,--no-as-needed", "-l:" + other.fileName()));
            });
    return make(library.fileName(), arguments);
  }

  synchronized Path selfTest() {
    String ccl = library(StubLibrary.NCCL_2_30).getFileName().toString();
    String runtime = library(StubLibrary.CUDA_13).getFileName().toString();
    return make(
        SELF_TEST,
        List.of(
            "-o",
            "%s",
            "selftest.c",
            "-Wl,-rpath,$ORIGIN",
            "-L.",
            "-l:" + ccl,
            "-l:" + runtime,
            "-lccl-stub-core"));
  }

  private Path make(String name, List<String> arguments) {
    Path target = folder.resolve(name);
    if (Files.exists(target)) {
      return target;
    }
    Path made = fresh(target);
    List<String> line = new ArrayList<>(COMPILER);
    arguments.forEach(argument -> line.add(argument.equals("%s") ? made.toString() : argument));
    Path log = folder.resolve(made.getFileName() + ".log");
    try {
      Process process =
          new ProcessBuilder(line)
              .directory(folder.toFile())
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start();
      if (!process.waitFor(COMPILE_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new AssertionFailedError("gcc is not ready in " + COMPILE_SECONDS + " s: " + line);
      }
      if (process.exitValue() != 0) {
        throw new AssertionFailedError("gcc failed: " + line + "\n" + Files.readString(log));
      }
      Files.delete(log);
      moveIntoPlace(made, target);
      return target;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while gcc ran", e);
    }
  }
}
