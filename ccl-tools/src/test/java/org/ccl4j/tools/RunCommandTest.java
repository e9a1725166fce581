package org.ccl4j.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class RunCommandTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir private Path folder;

  private static CommandResult run(String options, String script) {
    List<String> line = new ArrayList<>(List.of("run"));
    line.addAll(List.of(options.split(" ", -1)));
    line.addAll(List.of("--", "sh", "-c", script));
    return CommandResult.of(line.toArray(String[]::new));
  }

  @Test
  void ranksPrintWithTheirNumberAndToTheirStream() {
    CommandResult result = run("-n 3", "echo \"I am $RANK\"; echo oh >&2; printf unfinished");
    assertEquals(0, result.exitCode(), result::err);
    assertEquals(
        List.of(
            "[rank 0] I am 0",
            "[rank 0] unfinished",
            "[rank 1] I am 1",
            "[rank 1] unfinished",
            "[rank 2] I am 2",
            "[rank 2] unfinished"),
        result.out().lines().sorted().toList());
    assertEquals(
        List.of("[rank 0] oh", "[rank 1] oh", "[rank 2] oh"),
        result.err().lines().sorted().toList());
  }

  @Test
  void firstFailureIsTheExitCodeAndTheLastLine() {
    CommandResult result = run("-n 3", "[ $RANK = 1 ] && exit 42; exec sleep 300");
    assertEquals(42, result.exitCode());
    String last = result.err().lines().reduce("", (a, b) -> b);
    assertTrue(last.startsWith("ccl run: rank 1 ended first, with exit code 42, at "), last);
    assertTrue(last.endsWith("; ranks 0, 2 ended by SIGTERM."), last);
  }

  @Test
  void timeIsLimited() {
    CommandResult result = run("-n 2 --timeout 300ms", "exec sleep 300");
    assertEquals(124, result.exitCode());
    assertTrue(result.err().contains("ccl run: the time was over after "), result::err);
  }

  @Test
  void backendAndDevicesAreHandedOn() {
    CommandResult result =
        run(
            "-n 2 --backend fake --devices 3,1",
            "echo $CCL_BACKEND $CUDA_VISIBLE_DEVICES $HIP_VISIBLE_DEVICES $MUSA_VISIBLE_DEVICES"
                + " $CCL_LOCAL_RANK");
    assertEquals(
        List.of("[rank 0] fake 3,1 3,1 3,1 0", "[rank 1] fake 3,1 3,1 3,1 1"),
        result.out().lines().sorted().toList());
  }

  @Test
  void outputGoesToFilesAsWell() throws IOException {
    CommandResult result = run("-n 2 --log-dir " + folder, "echo I am $RANK");
    assertEquals(0, result.exitCode(), result::err);
    assertEquals("I am 1\n", Files.readString(folder.resolve("rank-1.log")));
  }

  @Test
  void optionsBehindTheCommandAreItsOwn() {
    CommandResult result = CommandResult.of("run", "-n", "1", "echo", "-n", "5", "--help");
    assertEquals("[rank 0] 5 --help\n", result.out());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "run -n 0 true|2|-n is '0'; allowed is a whole number from 1 to 4096",
        "run -n many true|2|-n is 'many'",
        "run true|2|Missing required option",
        "run -n 2|2|Missing required parameter: 'COMMAND'",
        "run -n 2 no-such-program|127|COMMAND is 'no-such-program'; allowed is a program on",
        "run -n 2 /no/such/program|127|COMMAND is '/no/such/program'; allowed is the path of a",
        "run -n 2 /etc/passwd|126|COMMAND is '/etc/passwd'; allowed is a file that may be executed",
        "run -n 2 /tmp|126|COMMAND is '/tmp'; allowed is a file that may be executed",
        "run -n 2 --timeout 0 true|2|--timeout is '0'; allowed is a length of time",
        "run -n 2 --grace soon true|2|--grace is 'soon'; allowed is a length of time",
        "run -n 2 --devices 0 true|2|--devices is '0'; allowed is a list of 2 devices or more",
        "run -n 2 --devices 0,0 true|2|--devices is '0,0'; allowed is different",
        "run -n 2 --log-dir /proc/nowhere true|2|--log-dir is '/proc/nowhere'; allowed is a folder",
        "run -n 2 --nnodes 2 true|2|--master is missing",
        "run -n 2 --nnodes 2 --node-rank 2 --master h:1 true|2|--node-rank is '2'; allowed is",
        "run -n 2 --nnodes 2 --master nowhere true|2|--master is 'nowhere'; allowed is a host and",
        "run -n 2 --nnodes 2 --master h:70000 true|2|the port of --master is '70000'",
        "run -n 2 --nnodes 2 --master h:1 true|1|CCL-5007",
        "run -n 1 --master no-such-host.invalid:1 true|1|CCL-5004",
        "run -n 1 --master 192.0.2.1:4000 true|1|CCL-5005",
      })
  void badInputIsRefusedInOneLineAndStartsNothing(String line, int exitCode, String start) {
    CommandResult result = CommandResult.ofLine(line);
    assertEquals(exitCode, result.exitCode(), result::err);
    assertEquals(1, result.err().lines().count(), result::err);
    assertTrue(result.err().startsWith("ccl run: " + start), result::err);
    assertEquals("", result.out());
  }

  /** A launcher in a process of its own, whose two ranks have processes below them. */
  private final class Job {
    private final Process launcher;
    private final List<Long> pids;

    Job() throws IOException {
      Path script =
          Files.writeString(
              folder.resolve("rank.sh"),
              "echo $$ >> pids-$RANK\n"
                  + "sh -c 'echo $$ >> pids-$RANK; sleep 300 & echo $! >> pids-$RANK;"
                  + " echo up >> pids-$RANK; wait' &\n"
                  + "wait\n");
      launcher =
          new ProcessBuilder(
                  ProcessHandle.current().info().command().orElseThrow(),
                  "-cp",
                  ManagementFactory.getRuntimeMXBean().getClassPath(),
                  Main.class.getName(),
                  "run",
                  "-n",
                  "2",
                  "--grace",
                  "1s",
                  "--",
                  "sh",
                  script.toString())
              .directory(folder.toFile())
              .redirectErrorStream(true)
              .redirectOutput(folder.resolve("output").toFile())
              .start();
      await("the ranks are up", () -> pids(0).size() == 4 && pids(1).size() == 4);
      pids =
          List.of(pids(0), pids(1)).stream()
              .flatMap(List::stream)
              .filter(line -> !line.equals("up"))
              .map(Long::valueOf)
              .collect(Collectors.toList());
    }

    private List<String> pids(int rank) {
      try {
        Path file = folder.resolve("pids-" + rank);
        return Files.exists(file) ? Files.readAllLines(file) : List.of();
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }

    private void await(String what, java.util.function.BooleanSupplier condition) {
      long end = System.nanoTime() + PATIENCE.toNanos();
      while (!condition.getAsBoolean()) {
        assertTrue(System.nanoTime() < end, "not within " + PATIENCE + ": " + what);
        Thread.onSpinWait();
      }
    }

    private void assertNothingIsLeft() {
      for (long pid : pids) {
        await("process " + pid + " is gone", () -> !runs(pid));
      }
    }

    /** What has ended may stay in the table of processes until somebody collects it. */
    private static boolean runs(long pid) {
      return ProcessHandle.of(pid)
          .filter(process -> process.info().command().isPresent())
          .map(ProcessHandle::isAlive)
          .orElse(false);
    }
  }

  @Test
  void killedLauncherLeavesNoProcessOfAnyRankBehind() throws Exception {
    Job job = new Job();
    assertEquals(6, job.pids.size());
    job.launcher.destroyForcibly();
    assertTrue(job.launcher.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS), "it lives");
    job.assertNothingIsLeft();
  }

  @ParameterizedTest
  @ValueSource(strings = {"TERM", "INT", "HUP"})
  void signalToTheLauncherEndsTheRanksFirst(String signal) throws Exception {
    Assumptions.assumeFalse(
        signal.equals("HUP") && ignoresHangingUp(), "started by nohup, as its children will be");
    Job job = new Job();
    assertEquals(
        0,
        new ProcessBuilder("sh", "-c", "kill -s " + signal + " " + job.launcher.pid())
            .start()
            .waitFor());
    assertTrue(job.launcher.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS), "it lives");
    int number =
        switch (signal) {
          case "HUP" -> 1;
          case "INT" -> 2;
          default -> 15;
        };
    assertEquals(128 + number, job.launcher.exitValue());
    String output = Files.readString(folder.resolve("output"));
    assertTrue(output.contains("ccl run: told to end after "), output);
    job.assertNothingIsLeft();
  }

  private static boolean ignoresHangingUp() throws IOException {
    String ignored =
        Files.readAllLines(Path.of("/proc/self/status")).stream()
            .filter(line -> line.startsWith("SigIgn:"))
            .findFirst()
            .orElse("SigIgn: 0");
    return (Long.parseUnsignedLong(ignored.substring("SigIgn:".length()).strip(), 16) & 1) != 0;
  }
}
