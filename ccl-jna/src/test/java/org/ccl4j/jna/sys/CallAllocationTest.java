package org.ccl4j.jna.sys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.ccl4j.jna.search.CLibraries;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A call makes no object, instead of making one that a good compiler removes again on most days. So
 * this is asked of a JVM whose compiler removes none.
 */
class CallAllocationTest {
  private static final int CALLS = 20_000;

  @TempDir private Path folder;

  /** Prints the bytes that each call takes, by each way that this JVM has. */
  static final class Program {
    private static final com.sun.management.ThreadMXBean THREADS =
        (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();

    private Program() {}

    public static void main(String[] args) {
      CFunction add = NativeLibraryHandle.open(args[0]).function("add");
      String byJna = bytesPerCall(add);
      boolean changed = CFunction.quicken();
      System.out.print(byJna + (changed ? " " + bytesPerCall(add) : ""));
    }

    private static String bytesPerCall(CFunction add) {
      repeat(add); // loads and links
      long before = THREADS.getCurrentThreadAllocatedBytes();
      repeat(add);
      return Long.toString((THREADS.getCurrentThreadAllocatedBytes() - before) / CALLS);
    }

    private static void repeat(CFunction add) {
      for (int i = 0; i < CALLS; i++) {
        if (add.call(i, 1) != i + 1) {
          throw new AssertionError("wrong sum of " + i + " and 1");
        }
      }
    }
  }

  @Test
  void noWayIntoCMakesObjects() throws Exception {
    Path library = folder.resolve("libadd.so");
    CLibraries.compile(library, "int add(int a, int b) { return a + b; }\n");
    Process program =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Program.class.getName(),
                library.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String said = new String(program.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertTrue(program.waitFor(60, TimeUnit.SECONDS));
    assertEquals(0, program.exitValue());
    assertEquals(Calls.foreign().isPresent() ? "0 0" : "0", said);
  }
}
