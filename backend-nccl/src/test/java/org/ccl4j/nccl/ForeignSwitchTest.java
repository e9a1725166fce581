package org.ccl4j.nccl;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.ccl4j.api.config.Settings;
import org.ccl4j.stub.StubLibrary;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The way into C is chosen for a whole process, so that each choice needs one of its own. */
class ForeignSwitchTest {
  private static final int FIRST_JAVA_WITH_FOREIGN = 22;

  /** Opens and closes the backend; the JVM says which classes it loads. */
  static final class Program {
    private Program() {}

    public static void main(String[] args) throws InterruptedException {
      Map<String, String> settings = new HashMap<>(Stub.of(StubLibrary.NCCL_2_30).files());
      settings.put("ccl.native.foreign", args[0]);
      new NcclBackendProvider().open(Settings.of(settings)).close();
      for (Thread thread : Thread.getAllStackTraces().keySet()) {
        if (thread.getName().equals("ccl-quicken")) {
          thread.join();
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"on", "off"})
  void callsGoThroughTheForeignWayWhereItIsThereAndWanted(String wanted) throws Exception {
    Process program =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xlog:class+load",
                "-cp",
                System.getProperty("java.class.path"),
                Program.class.getName(),
                wanted)
            .redirectErrorStream(true)
            .start();
    String said = new String(program.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    program.waitFor(60, TimeUnit.SECONDS);

    assertEquals(0, program.exitValue(), said);
    assertEquals(
        wanted.equals("on") && Runtime.version().feature() >= FIRST_JAVA_WITH_FOREIGN,
        said.contains("java.lang.foreign.Linker "));
  }
}
