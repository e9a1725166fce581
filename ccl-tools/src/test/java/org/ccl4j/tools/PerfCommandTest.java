package org.ccl4j.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.ccl4j.api.BackendInfo;
import org.ccl4j.api.Capability;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

final class PerfCommandTest {
  private static final String QUICK = " -n 2 -w 0 --backend fake ";

  @TempDir private Path folder;

  @ParameterizedTest
  @EnumSource(PerfOperation.class)
  void everyOperationIsRightOnEveryNumberOfRanks(PerfOperation operation) {
    for (int ranks : new int[] {1, 2, 3, 4, 11}) {
      CommandResult result =
          CommandResult.ofLine(
              "perf " + operation.text() + QUICK + "-b 8 -e 300K -f 13 --ranks " + ranks);
      assertEquals(0, result.exitCode(), result::err);
      assertEquals("", result.err());
      assertEquals(5, result.rows().size(), result::out);
      assertTrue(result.out().contains("# Out of bounds values : 0 OK"), result::out);
      for (String row : result.rows()) {
        List<String> fields = List.of(row.strip().split("\\s+", -1));
        assertEquals(13, fields.size(), row);
        assertEquals("0", fields.get(8), row);
        assertEquals(operation.hasInPlaceForm() ? "0" : "N/A", fields.get(12), row);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"-t 1 --ranks 3", "-t 3 --ranks 3", "--processes 2"})
  void everyOperationIsRightPlainAndAsAGraphWhoeverDrivesTheRanks(String ranks) {
    for (String graph : new String[] {"-G 0", "-G 3"}) {
      for (String operation : new String[] {"all_reduce -o mulsum", "sendrecv", "alltoallv"}) {
        CommandResult result =
            CommandResult.ofLine(
                "perf " + operation + QUICK + "-b 300K -e 300K " + ranks + " " + graph);
        assertEquals(0, result.exitCode(), result::err);
        assertTrue(result.out().contains("# Out of bounds values : 0 OK"), result::out);
        assertTrue(result.out().contains("graph: " + graph.substring(3)), result::out);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"'', device", "--memory library, library", "--memory device, device"})
  void theBuffersAreOfTheKindThatIsAskedFor(String option, String memory) {
    CommandResult result = CommandResult.ofLine("perf all_gather" + QUICK + "-e 64 " + option);
    assertEquals(0, result.exitCode(), result::err);
    assertTrue(result.out().contains("memory: " + memory), result::out);
  }

  @Test
  void onDevicesTheBuffersAreTheLibrarysWhereItHasMemory() {
    Set<Capability> memory = Set.of(Capability.LIBRARY_MEMORY);
    assertEquals(
        PerfMemory.LIBRARY,
        PerfMemory.AUTO.with(new BackendInfo("nvidia/nccl", "2.28.9", "", false, memory)));
    assertEquals(
        PerfMemory.DEVICE,
        PerfMemory.AUTO.with(new BackendInfo("nvidia/nccl", "2.18.6", "", false, Set.of())));
    assertEquals(
        PerfMemory.DEVICE,
        PerfMemory.AUTO.with(new BackendInfo("cpu/fake", "1.0.0", "", true, memory)));
    PerfMemory.LIBRARY.requireIn(new BackendInfo("cpu/fake", "1.0.0", "", true, memory));
    UsageException lacking =
        assertThrows(
            UsageException.class,
            () ->
                PerfMemory.LIBRARY.requireIn(
                    new BackendInfo("nvidia/nccl", "2.18.6", "", false, Set.of())));
    assertEquals(
        "--memory is 'library'; allowed is auto or device: nvidia/nccl 2.18.6 lacks LIBRARY_MEMORY",
        lacking.getMessage());
  }

  @ParameterizedTest
  @ValueSource(strings = {"-t 1", "-t 1 -G 2"})
  void aWrongResultIsCountedWithOneThreadAsWell(String how) {
    CommandResult result =
        CommandResult.ofLine(
            "perf all_reduce -n 2 -w 0 -b 64 -e 64 --ranks 2 -d int32 --backend test/broken "
                + how);
    assertEquals(1, result.exitCode(), result::out);
    assertTrue(result.out().contains("# Out of bounds values : 64 FAILED"), result::out);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "-t 2 --ranks 3|-t is '2'; allowed is 1, or 3, the number of ranks",
        "-t 4 --ranks 3|-t is '4'; allowed is a whole number from 1 to 3",
        "-t 1 --processes 2|--processes and -t exclude each other",
        "-G -1|-G is '-1'; allowed is a whole number from 0",
        "--memory host|--memory is 'host'; allowed is auto, device, library"
      })
  void threadsAndGraphsThatCannotBeAreRefused(String options, String message) {
    CommandResult result = CommandResult.ofLine("perf all_reduce" + QUICK + options);
    assertEquals(2, result.exitCode(), result::out);
    assertTrue(result.err().contains(message), result::err);
  }

  @Test
  void whereNoRealBackendWorksASimulatedOneIsTakenAndThatIsSaid() {
    System.setProperty("ccl.nccl.library", "/no/such/libnccl.so.2");
    try {
      CommandResult result =
          CommandResult.asTyped("perf", "all_reduce", "--ranks", "2", "-b", "8", "-e", "8");
      assertEquals(0, result.exitCode(), result::err);
      assertEquals(
          "ccl perf: no real backend can be used on this machine (ccl doctor says why); taking"
              + " cpu/fake",
          result.err().strip());
      assertTrue(result.out().contains(", cpu/fake "), result::out);
    } finally {
      System.clearProperty("ccl.nccl.library");
    }
  }

  @Test
  void aSweepCoversEveryTypeAndReduction() {
    CommandResult result =
        CommandResult.ofLine("perf all_reduce" + QUICK + "-b 1K -e 1K -d all -o all --ranks 3");
    assertEquals(0, result.exitCode(), result::err);
    assertEquals(72, result.rows().size(), result::out);
    Set<String> series = new HashSet<>();
    for (String row : result.rows()) {
      List<String> fields = List.of(row.strip().split("\\s+", -1));
      series.add(fields.get(2) + fields.get(3));
      assertEquals("0", fields.get(8), row);
      assertEquals("0", fields.get(12), row);
    }
    assertEquals(72, series.size());
  }

  @ParameterizedTest
  @ValueSource(strings = {"broadcast", "reduce", "gather", "scatter"})
  void allRootsAreMeasuredInTurn(String operation) {
    for (String all : new String[] {"all", "-1"}) {
      CommandResult result =
          CommandResult.ofLine(
              "perf " + operation + QUICK + "-b 4K -e 4K --ranks 3 -d int32 -r " + all);
      assertEquals(0, result.exitCode(), result::err);
      List<String> roots = new ArrayList<>();
      for (String row : result.rows()) {
        roots.add(List.of(row.strip().split("\\s+", -1)).get(4));
      }
      assertEquals(List.of("0", "1", "2"), roots);
    }
  }

  @Test
  void fixedStepsAddUpToTheLargestSize() {
    CommandResult result =
        CommandResult.ofLine("perf broadcast" + QUICK + "-b 0 -e 100 -i 40 --ranks 2 -d int8");
    List<String> sizes = new ArrayList<>();
    for (String row : result.rows()) {
      sizes.add(List.of(row.strip().split("\\s+", -1)).get(0));
    }
    assertEquals(List.of("0", "40", "80"), sizes, result::err);
  }

  @Test
  void aWrongResultIsCountedAndEndsWithExitCode1() {
    CommandResult result =
        CommandResult.ofLine(
            "perf all_reduce -n 2 -w 0 -b 64 -e 64 --ranks 2 -d int32 --backend test/broken");
    assertEquals(1, result.exitCode(), result::out);
    List<String> fields = List.of(result.rows().get(0).strip().split("\\s+", -1));
    // 16 elements on each of 2 ranks.
    assertEquals("32", fields.get(8), result::out);
    assertEquals("32", fields.get(12), result::out);
    assertTrue(result.out().contains("# Out of bounds values : 64 FAILED"), result::out);
  }

  @Test
  void withoutChecksNothingIsSaidAboutWrongElements() {
    CommandResult result =
        CommandResult.ofLine(
            "perf all_reduce -c 0 -n 2 -w 0 -b 64 -e 64 --ranks 2 --backend test/broken");
    assertEquals(0, result.exitCode(), result::err);
    List<String> fields = List.of(result.rows().get(0).strip().split("\\s+", -1));
    assertEquals("N/A", fields.get(8), result::out);
    assertEquals("N/A", fields.get(12), result::out);
    assertTrue(result.out().contains("nothing was checked"), result::out);
  }

  @Test
  void csvHasAHeaderAndRowsAndNothingElse() {
    CommandResult result =
        CommandResult.ofLine("perf alltoall" + QUICK + "-b 64 -e 128 --ranks 2 --csv");
    assertEquals(0, result.exitCode(), result::err);
    List<String> lines = result.out().lines().toList();
    assertEquals(3, lines.size(), result::out);
    assertTrue(lines.get(0).startsWith("size_bytes,count,type,redop,root,"), result::out);
    assertTrue(lines.get(1).startsWith("64,8,float,none,-1,"), result::out);
    assertTrue(lines.get(1).endsWith(",0,,,,"), result::out);
  }

  @Test
  void jsonHoldsConfigurationAndRows() throws IOException {
    Path file = folder.resolve("result.json");
    CommandResult result =
        CommandResult.of(
            "perf",
            "reduce",
            "-n",
            "2",
            "-w",
            "0",
            "-b",
            "64",
            "-e",
            "128",
            "--ranks",
            "2",
            "-r",
            "1",
            "--backend",
            "cpu/fake",
            "--json",
            file.toString());
    assertEquals(0, result.exitCode(), result::err);
    assertEquals(2, result.rows().size(), "the table is printed as well");
    JsonDocument document = JsonDocument.parse(Files.readString(file));
    assertEquals("cpu/fake", document.at("backend", "id"));
    assertEquals("reduce", document.at("config", "operation"));
    assertEquals(2, document.at("config", "ranks"));
    assertEquals(64, document.at("config", "minimum_bytes"));
    assertEquals(128, document.at("config", "maximum_bytes"));
    assertEquals(2, document.at("config", "step_factor"));
    assertEquals(2, document.at("config", "iterations"));
    assertEquals(2, document.list("results").size());
    assertEquals(128, document.at("results", 1, "size"));
    assertEquals(32, document.at("results", 1, "count"));
    assertEquals("float", document.at("results", 1, "type"));
    assertEquals("sum", document.at("results", 1, "redop"));
    assertEquals(1, document.at("results", 1, "root"));
    for (String form : new String[] {"out_of_place", "in_place"}) {
      assertEquals(0, document.at("results", 1, form, "nwrong"));
      assertEquals(2, document.at("results", 1, form, "iterations"));
      assertTrue(document.number("results", 1, form, "time") > 0);
      assertTrue(document.number("results", 1, form, "alg_bw") > 0);
      assertEquals(
          document.at("results", 1, form, "alg_bw"), document.at("results", 1, form, "bus_bw"));
    }
    assertEquals(true, document.at("out_of_bounds", "okay"));
    assertEquals(0, document.at("out_of_bounds", "count"));
  }

  @Test
  void moreRanksThanTheFakeHasDevicesGetDevices() {
    CommandResult result =
        CommandResult.ofLine("perf all_gather" + QUICK + "-b 4K -e 4K --ranks 33");
    assertEquals(0, result.exitCode(), result::err);
    assertTrue(result.out().contains("#  Rank 32 device 32 "), result::out);
  }

  @Test
  void aLibraryThatFailsIsReportedInOneLineWithExitCode1() {
    CommandResult result =
        CommandResult.ofLine("perf all_reduce" + QUICK + "-b 1G -e 6000G --ranks 2");
    assertEquals(1, result.exitCode(), result::err);
    assertTrue(result.err().startsWith("ccl perf: CCL-3002 "), result::err);
    assertFalse(result.err().contains("\tat "), result::err);
  }

  @Test
  void aStackTraceIsPrintedWhereItIsAskedFor() {
    CommandResult result =
        CommandResult.ofLine("perf all_reduce" + QUICK + "-b 1G -e 6000G --ranks 2 --stacktrace");
    assertEquals(1, result.exitCode(), result::err);
    assertTrue(result.err().contains("\tat org.ccl4j."), result::err);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "perf                              | Missing required parameter: 'OPERATION'",
        "perf all_reduce extra             | Unmatched argument at index 2: 'extra'",
        "perf everything                   | OPERATION is 'everything'; allowed is all_reduce, all",
        "perf all_reduce --frobnicate      | Unknown option: '--frobnicate'",
        "perf all_reduce -b                | Missing required parameter for option '--minbytes'",
        "perf all_reduce -b 8X             | -b is '8X'; allowed is a whole number of bytes",
        "perf all_reduce -e -5             | -e is '-5'; allowed is a whole number of bytes",
        "perf all_reduce -e 9999999999G    | -e is '9999999999G'; allowed is a whole number of",
        "perf all_reduce -b 16 -e 8        | -b is '16'; allowed is at most the largest size, -e 8",
        "perf all_reduce -b 0 -e 8         | -b is '0'; allowed is 1 or more where sizes are mult",
        "perf all_reduce -f 1              | -f is '1'; allowed is a whole number from 2 to",
        "perf all_reduce -i 0              | -i is '0'; allowed is a size greater than 0",
        "perf all_reduce -i 8 -f 2         | -i and -f exclude each other",
        "perf all_reduce -n 0              | -n is '0'; allowed is a whole number from 1 to",
        "perf all_reduce -n 99999999999    | -n is '99999999999'; allowed is a whole number from",
        "perf all_reduce -w -1             | -w is '-1'; allowed is a whole number from 0 to",
        "perf all_reduce -c many           | -c is 'many'; allowed is a whole number from 0 to",
        "perf all_reduce -d bool           | -d is 'bool'; allowed is int8, uint8, int32,",
        "perf all_reduce -o xor            | -o is 'xor'; allowed is sum, prod, max, min, avg, mu",
        "perf reduce -r x                  | -r is 'x'; allowed is",
        "perf reduce -r 4 --ranks 4        | -r is '4'; allowed is all or a rank from 0 to 3",
        "perf all_reduce --ranks 0         | --ranks is '0'; allowed is a whole number from 1 to",
        "perf all_reduce --ranks 1025      | --ranks is '1025'; allowed is a whole number from 1",
        "perf all_reduce --backend cuda    | --backend is 'cuda'; allowed is one of the backends",
        "perf all_reduce --json /no/x.json | --json is '/no/x.json'; allowed is a file that can",
        "perf all_reduce --json /          | --json is '/'; allowed is a file that can be written"
      })
  void aMistakeIsOneLineThatSaysWhatIsAllowedAndExitCode2(String line, String message) {
    CommandResult result = CommandResult.ofLine(line);
    assertEquals(2, result.exitCode(), result::err);
    assertEquals("", result.out(), "nothing was run");
    assertEquals(1, result.err().lines().count(), result::err);
    assertTrue(result.err().startsWith("ccl perf: " + message), result::err);
    assertTrue(result.err().strip().endsWith("See 'ccl perf --help'."), result::err);
  }

  @Test
  void helpExplainsEveryOptionAndItsDefault() {
    CommandResult result = CommandResult.ofLine("perf --help");
    assertEquals(0, result.exitCode());
    for (String option :
        new String[] {
          "-b",
          "-e",
          "-f",
          "-i",
          "-d",
          "-o",
          "-r",
          "-n",
          "-w",
          "-c",
          "--ranks",
          "--backend",
          "--csv",
          "--json",
          "--stacktrace"
        }) {
      assertTrue(result.out().contains(option), option);
    }
    assertTrue(result.out().contains("Default: 32M."), result::out);
    for (PerfOperation operation : PerfOperation.values()) {
      assertTrue(result.out().contains(operation.text()), operation::text);
    }
  }

  @Test
  void ranksMayBeProcesses() {
    CommandResult result =
        CommandResult.ofLine("perf all_reduce --processes 2 -b 8 -e 64K -f 16 -n 5 -w 1");
    assertEquals(0, result.exitCode(), () -> result.out() + result.err());
    assertTrue(result.out().contains("# Using devices, ranks are processes"), result::out);
    assertEquals(4, result.rows().size(), result::out);
    assertTrue(result.out().contains("Out of bounds values : 0 OK"), result::out);
  }

  @Test
  void wrongResultsOfProcessesAreCountedOverAll() {
    CommandResult result =
        CommandResult.ofLine(
            "perf all_reduce --processes 2 -b 8 -e 8 -n 1 -w 0 --backend test/broken");
    assertEquals(1, result.exitCode(), () -> result.out() + result.err());
    assertTrue(result.out().contains(" FAILED"), result::out);
    assertTrue(
        result.err().contains("ccl perf: rank 0 ended first, with exit code 1"), result::err);
  }

  @Test
  void processesAndThreadsExcludeEachOther() {
    CommandResult result = CommandResult.ofLine("perf all_reduce --processes 2 --ranks 2");
    assertEquals(2, result.exitCode());
    assertTrue(result.err().contains("--processes and --ranks exclude each other"), result::err);
    CommandResult none = CommandResult.ofLine("perf all_reduce --processes 0");
    assertEquals(2, none.exitCode());
    assertTrue(none.err().contains("--processes is '0'; allowed is"), none::err);
  }
}
