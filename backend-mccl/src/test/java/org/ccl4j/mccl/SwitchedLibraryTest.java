package org.ccl4j.mccl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.ccl4j.stub.StubLibrary;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One program; an environment variable says which library carries it out. */
class SwitchedLibraryTest {
  @TempDir private Path folder;

  private String run(Map<String, String> environment) throws Exception {
    Path log = folder.resolve("log");
    ProcessBuilder builder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                SwitchedLibrary.class.getName())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    builder.environment().putAll(environment);
    Process process = builder.start();
    try {
      assertTrue(process.waitFor(90, TimeUnit.SECONDS), "it ends");
    } finally {
      process.destroyForcibly();
    }
    String out = Files.readString(log);
    assertEquals(0, process.exitValue(), out);
    return out;
  }

  @Test
  void theVariableThatInferenceEnginesReadSwitchesTheLibrary() throws Exception {
    for (StubLibrary library : List.of(StubLibrary.MCCL_2_28, StubLibrary.MCCL_2_11)) {
      String file = library.file().toString();

      String out =
          run(
              Map.of(
                  "VLLM_NCCL_SO_PATH",
                  file,
                  "CCL_MUSA_LIBRARY",
                  StubLibrary.MUSA_5.file().toString(),
                  "CCL_PROBE",
                  "isolated"));

      List<String> lines = out.lines().toList();
      assertEquals("moorethreads/mccl", lines.get(0), out);
      assertEquals(file, lines.get(1), out);
      assertEquals("found by environment variable VLLM_NCCL_SO_PATH", lines.get(2), out);
      for (String rank : lines.subList(4, 6)) {
        assertTrue(rank.startsWith("[3.0, 20.0] [3.0, 20.0] WRONG_DEVICE "), out);
        assertTrue(rank.contains("is on device 2; allowed is one on device "), out);
      }
      assertEquals(6, lines.size(), out);
    }
  }
}
