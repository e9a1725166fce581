package org.ccl4j.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.ccl4j.stub.StubLibrary;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Several ranks on a device, with a library that an environment variable asks for it. */
class SharedDevicesTest {
  @TempDir private Path folder;

  /** Runs the tool where there are two devices. */
  private CommandResult verify(StubLibrary library, String shared, String... options)
      throws IOException, InterruptedException {
    Path out = folder.resolve("out");
    Path err = folder.resolve("err");
    ProcessBuilder tool =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            Main.class.getName(),
            "verify");
    tool.command().addAll(List.of(options));
    tool.environment()
        .putAll(
            Map.of(
                "CCL_BACKEND",
                "nvidia/nccl",
                "CCL_NCCL_LIBRARY",
                library.file().toString(),
                "CCL_CUDA_LIBRARY",
                StubLibrary.CUDA_13.file().toString(),
                "NCCL_MULTI_RANK_GPU_ENABLE",
                shared,
                "STUB_DEVICES",
                "2"));
    Process process = tool.redirectOutput(out.toFile()).redirectError(err.toFile()).start();
    try {
      assertTrue(process.waitFor(100, TimeUnit.SECONDS), "the tool did not end");
      return new CommandResult(process.exitValue(), Files.readString(out), Files.readString(err));
    } finally {
      process.destroyForcibly();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"1", "11"})
  void theRulesHoldWhereRanksShareDevices(String area) throws Exception {
    CommandResult result =
        verify(StubLibrary.NCCL_2_30, "1", "--area", area, "--ranks-per-device", "6");
    assertEquals(0, result.exitCode(), () -> result.out() + result.err());
    assertTrue(result.out().contains(" 0 failed, 0 unsupported in "), result::out);
  }

  @Test
  void aLibraryThatIsNotAskedToSharesNoDevices() throws Exception {
    refused(verify(StubLibrary.NCCL_2_30, "0", "--ranks-per-device", "2"), "2.30.7");
  }

  @Test
  void anOlderLibrarySharesNoDevices() throws Exception {
    refused(verify(StubLibrary.NCCL_2_28, "1", "--ranks-per-device", "2"), "2.28.9");
  }

  private static void refused(CommandResult result, String version) {
    assertEquals(2, result.exitCode(), result::out);
    assertEquals("", result.out());
    // Newer JVMs have something of their own to say before it.
    String last = result.err().lines().reduce("", (first, next) -> next);
    assertTrue(
        last.startsWith(
            "ccl verify: --ranks-per-device is '2', but nvidia/nccl "
                + version
                + " gives each rank a device of its own."),
        result::err);
  }
}
