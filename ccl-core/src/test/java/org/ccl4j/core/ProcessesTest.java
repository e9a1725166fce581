package org.ccl4j.core;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.ccl4j.bootstrap.StoreSecret;
import org.ccl4j.bootstrap.TcpStoreServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Ranks that are processes, found by their variables, over a real store. */
class ProcessesTest {
  private static final String LONG = "60000";
  private static final String SHORT = "4000";

  private final StoreSecret secret = StoreSecret.random();
  private final TcpStoreServer server = TcpStoreServer.start(TcpStoreServer.Options.with(secret));
  private final List<Process> started = new ArrayList<>();
  private final String job = UUID.randomUUID().toString();

  @AfterEach
  void end() {
    started.forEach(Process::destroyForcibly);
    server.close();
  }

  /** A rank, with the device of its number, on a machine of its own. */
  private Process rank(int rank, int size, String timeout, String... more) throws IOException {
    return start(rank, size, List.of(timeout, String.valueOf(rank), "machine " + rank), more);
  }

  private Process start(int rank, int size, List<String> arguments, String... more)
      throws IOException {
    Path java = Path.of(System.getProperty("java.home"), "bin", "java");
    List<String> command =
        new ArrayList<>(
            List.of(
                java.toString(),
                "-XX:TieredStopAtLevel=1",
                "-Xmx64m",
                "-cp",
                System.getProperty("java.class.path"),
                MeetingProgram.class.getName()));
    command.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    Map<String, String> variables = builder.environment();
    Stream.of("CCL_", "RANK", "WORLD_SIZE", "OMPI_", "PMI_", "SLURM_", "JOB_COMPLETION")
        .forEach(prefix -> variables.keySet().removeIf(name -> name.startsWith(prefix)));
    variables.put("RANK", String.valueOf(rank));
    variables.put("WORLD_SIZE", String.valueOf(size));
    variables.put("LOCAL_RANK", String.valueOf(rank));
    variables.put("CCL_JOB_ID", job);
    variables.put("CCL_STORE", "tcp://127.0.0.1:" + server.address().getPort());
    variables.put("CCL_STORE_SECRET", secret.reveal());
    for (String variable : more) {
      String[] parts = variable.split("=", 2);
      variables.put(parts[0], parts[1]);
    }
    Process process = builder.start();
    started.add(process);
    return process;
  }

  private static String line(Process process) throws Exception {
    String output = new String(process.getInputStream().readAllBytes(), UTF_8).strip();
    assertTrue(process.waitFor(90, TimeUnit.SECONDS), "still running: " + output);
    return process.exitValue() + " " + output;
  }

  private static void assertMet(Process process, int rank, int size) throws Exception {
    String line = line(process);
    assertTrue(line.startsWith("0 met as rank " + rank + " of " + size), line);
  }

  private static void assertRefused(Process process, String... parts) throws Exception {
    String line = line(process);
    for (String part : parts) {
      assertTrue(line.contains(part), part + " in " + line);
    }
    assertTrue(line.startsWith(MeetingProgram.REFUSED + " CCL-"), line);
  }

  private static void assertAllRefused(List<Process> processes, String... parts) throws Exception {
    for (Process process : processes) {
      assertRefused(process, parts);
    }
  }

  @Test
  void processesMeetAndAStartUnderTheSameJobIdAgainIsNamedAsSuch() throws Exception {
    List<Process> all = List.of(rank(0, 3, LONG), rank(1, 3, LONG), rank(2, 3, LONG));
    for (int i = 0; i < 3; i++) {
      assertMet(all.get(i), i, 3);
    }
    // The server stands alone and still has the keys of the job that ended.
    assertRefused(rank(1, 3, LONG), "CCL-2017", "keys of an earlier start", "CCL_JOB_ID");
    // With another number for the restart nothing of it is seen.
    assertMet(rank(0, 1, LONG, "CCL_JOB_ID=" + job + "/2"), 0, 1);
  }

  @Test
  void theSecondOfTwoProcessesWithTheSameRankIsRefusedAndTheOthersMeet() throws Exception {
    Process zero = rank(0, 3, LONG);
    Process[] ones = {rank(1, 3, LONG), rank(1, 3, LONG)};
    // Rank 2 comes only when one of the two has been refused.
    CompletableFuture.anyOf(ones[0].onExit(), ones[1].onExit()).get(60, TimeUnit.SECONDS);
    Process refused = ones[0].isAlive() ? ones[1] : ones[0];
    assertRefused(refused, "CCL-2017", "rank 1 is taken by another process (torchrun (RANK=1");
    Process two = rank(2, 3, LONG);
    assertMet(zero, 0, 3);
    assertMet(refused == ones[0] ? ones[1] : ones[0], 1, 3);
    assertMet(two, 2, 3);
  }

  @Test
  void oneDeviceOfOneMachineIsRefusedAcrossProcesses() throws Exception {
    List<String> same = List.of(LONG, "2", "boot-4711");
    assertAllRefused(
        List.of(start(0, 2, same), start(1, 2, same)),
        "CCL-2011",
        "ranks 0 and 1 both brought the device with bus id bus2 of machine boot-4711");
  }

  @Test
  void equalBusIdsThatNoOtherProcessCanSeeAreDifferentDevices() throws Exception {
    List<String> mine = List.of(LONG, "2", "");
    List<Process> both = List.of(start(0, 2, mine), start(1, 2, mine));
    for (int i = 0; i < 2; i++) {
      assertMet(both.get(i), i, 2);
    }
  }

  @Test
  void differentNumbersOfRanksAreNamedOnBothSides() throws Exception {
    assertAllRefused(
        List.of(rank(0, 2, LONG), rank(1, 3, LONG)),
        "CCL-2018",
        "number of ranks is '2' on rank 0 and '3' on rank 1");
  }

  @Test
  void aRankThatStaysAwayOrWasKilledIsNamedInTime() throws Exception {
    Process killed = rank(2, 4, LONG);
    Process one = rank(1, 4, LONG);
    Process zero = rank(0, 4, SHORT);
    killed.destroyForcibly();
    for (Process process : List.of(zero, one)) {
      assertRefused(process, "CCL-4002", "3 of 4 had not come");
    }
    assertEquals(137, killed.waitFor());
  }

  @Test
  void missingAndWrongSecretsAndRanksOutOfRangeEndTheProcessAtOnce() throws Exception {
    String wrong = "CCL_STORE_SECRET=" + StoreSecret.random().reveal();
    List<Process> all =
        Arrays.asList(
            rank(0, 2, LONG, "CCL_STORE_SECRET="),
            rank(0, 2, LONG, wrong),
            rank(2, 2, LONG),
            rank(0, 2, SHORT, "CCL_STORE=tcp://127.0.0.1:1"),
            rank(0, 2, SHORT, "CCL_STORE=tcp://no-such-host.invalid:29400"));
    assertRefused(all.get(0), "CCL-5007", "CCL_STORE_SECRET");
    assertRefused(all.get(1), "CCL-5008");
    assertRefused(all.get(2), "CCL-1009", "the rank is 2; allowed is 0 to 1");
    assertRefused(all.get(3), "CCL-5003", "127.0.0.1:1");
    assertRefused(all.get(4), "CCL-5004", "no-such-host.invalid");
  }
}
