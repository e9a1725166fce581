package org.ccl4j.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class DoctorCommandTest {
  private static final String DEVICES = "ccl.fake.devices";

  private static final List<String> LAUNCH =
      List.of("ccl.rank", "ccl.size", "ccl.local.rank", "ccl.job.id", "ccl.store");
  private static final String SECRET = "ccl.store.secret";

  @AfterEach
  void reset() {
    System.clearProperty(DEVICES);
    System.clearProperty("ccl.nccl.library");
    System.clearProperty("ccl.fake.disable");
    System.clearProperty(SECRET);
    LAUNCH.forEach(System::clearProperty);
  }

  @Test
  void textNamesBackendsDevicesAndTheSelectionWithItsReason() {
    System.setProperty(DEVICES, "3");
    CommandResult result = CommandResult.of("doctor");
    assertEquals(0, result.exitCode(), result::err);
    assertEquals("", result.err());
    String out = result.out();
    assertTrue(out.contains("ccl4j    " + ToolVersion.text()), out);
    assertTrue(out.contains("Java     " + Runtime.version()), out);
    assertTrue(out.contains("\n* cpu/fake "), out);
    assertTrue(out.contains("\n  test/broken "), out);
    assertTrue(out.contains("GRAPHS"), out);
    assertTrue(out.contains("    devices   3"), out);
    assertTrue(out.contains("\n        2  "), out);
    assertTrue(out.contains("\nSelected  cpu/fake\nbecause   "), out);
  }

  /** Where in the list a backend is. */
  private static int backend(JsonDocument document, String id) {
    for (int i = 0; i < document.list("backends").size(); i++) {
      if (id.equals(document.at("backends", i, "id"))) {
        return i;
      }
    }
    throw new AssertionError("no backend " + id);
  }

  @Test
  void jsonHoldsTheSame() {
    System.setProperty(DEVICES, "3");
    CommandResult result = CommandResult.of("doctor", "--json");
    assertEquals(0, result.exitCode(), result::err);
    JsonDocument document = JsonDocument.parse(result.out());
    assertEquals(ToolVersion.text(), document.at("ccl4j_version"));
    assertEquals("cpu/fake", document.at("selection", "chosen"));
    assertNull(document.at("selection", "error"));
    assertFalse(document.text("selection", "reason").isEmpty());
    int fake = backend(document, "cpu/fake");
    assertEquals(true, document.at("backends", fake, "available"));
    assertEquals(true, document.at("backends", fake, "simulated"));
    assertTrue(document.list("backends", fake, "capabilities").contains("GRAPHS"));
    assertEquals(3, document.list("backends", fake, "devices").size());
    assertEquals(2, document.at("backends", fake, "devices", 2, "ordinal"));
    assertFalse(document.text("backends", fake, "devices", 2, "bus_id").isEmpty());
    assertTrue(document.number("backends", fake, "devices", 2, "total_memory_bytes") > 0);
  }

  @Test
  void withoutAUsableBackendReasonAndRemedyAreShownAndTheExitCodeIs1() {
    System.setProperty(DEVICES, "0");
    CommandResult text = CommandResult.of("doctor");
    assertEquals(1, text.exitCode(), text::out);
    assertTrue(text.out().contains("  cpu/fake: unavailable\n    reason    "), text::out);
    assertTrue(text.out().contains("\n    remedy    "), text::out);
    assertTrue(text.out().contains("ccl.fake.devices is '0'"), text::out);
    assertTrue(text.out().contains("\nSelected  nothing (CCL-1005"), text::out);
    CommandResult json = CommandResult.of("doctor", "--json");
    assertEquals(1, json.exitCode());
    assertEquals("CCL-1005", JsonDocument.parse(json.out()).at("selection", "error"));
  }

  @Test
  void aRealBackendThatCannotBeUsedTellsWhereItLookedAndWhatIsMissing() {
    System.setProperty("ccl.nccl.library", "/no/such/libnccl.so.2");
    CommandResult result = CommandResult.of("doctor");
    String out = result.out();
    assertEquals(0, result.exitCode(), out);
    assertTrue(out.contains("\n  nvidia/nccl: unavailable\n    reason    "), out);
    assertTrue(out.contains("    reason    /no/such/libnccl.so.2 does not exist."), out);
    assertTrue(out.contains("\n    library   none"), out);
    assertTrue(out.contains("\n    driver    "), out);
    assertTrue(out.contains("\n    search    libnccl"), out);
    JsonDocument document = JsonDocument.parse(CommandResult.of("doctor", "--json").out());
    int nccl = backend(document, "nvidia/nccl");
    assertFalse(document.text("backends", nccl, "details", "search").isEmpty());
  }

  @Test
  void whereOnlySimulatedBackendsWorkTheReasonSaysWhatAProgramGets() {
    System.setProperty("ccl.nccl.library", "/no/such/libnccl.so.2");
    String out = CommandResult.of("doctor").out();
    assertTrue(out.contains("\nSelected  cpu/fake\nbecause   "), out);
    assertTrue(out.contains("A program with the same class path gets CCL-1005"), out);
  }

  @Test
  void capabilitiesThatAreMissingAreNamedToo() {
    System.setProperty("ccl.fake.disable", "SPLIT");
    String out = CommandResult.of("doctor").out();
    assertTrue(out.contains("\n    lacks     "), out);
    String lacks = out.substring(out.indexOf("\n    lacks     "));
    assertTrue(lacks.substring(0, lacks.indexOf("\n    devices")).contains("SPLIT"), out);
  }

  @Test
  void theSpaceForSharedMemoryIsShown() {
    SharedMemory little = new SharedMemory(java.nio.file.Path.of("/dev/shm"), 64L << 20, 1 << 20);
    assertTrue(
        little.describe().startsWith("/dev/shm, 64.0 MiB in all, 1.0 MiB free"), little.describe());
    assertTrue(little.describe().contains("--shm-size"), little.describe());
    SharedMemory enough = new SharedMemory(java.nio.file.Path.of("/dev/shm"), 8L << 30, 1L << 30);
    assertFalse(enough.describe().contains("--shm-size"), enough.describe());
  }

  @Test
  void aBackendCanBeAskedForByName() {
    CommandResult result = CommandResult.of("doctor", "--backend", "broken");
    assertEquals(0, result.exitCode(), result::err);
    assertTrue(result.out().contains("\n* test/broken "), result::out);
    CommandResult unknown = CommandResult.of("doctor", "--backend", "nothing");
    assertEquals(2, unknown.exitCode());
    assertTrue(
        unknown.err().startsWith("ccl doctor: --backend is 'nothing'; allowed is one of"),
        unknown::err);
  }

  @Test
  void whatALauncherHasLeftIsShownButNotTheSecret() {
    List<String> values = List.of("2", "4", "2", "job7", "tcp://node0:29400");
    for (int i = 0; i < values.size(); i++) {
      System.setProperty(LAUNCH.get(i), values.get(i));
    }
    System.setProperty(SECRET, "never to be seen");
    CommandResult result = CommandResult.of("doctor");
    String out = result.out();
    assertTrue(out.contains("\nLauncher  ccl"), out);
    assertTrue(out.contains("\nrank      2 of 4, on this host 2\n"), out);
    assertTrue(out.contains("\njob       job7\n"), out);
    assertTrue(
        out.contains("\nstore     tcp://node0:29400, secret from system property " + SECRET), out);
    String json = CommandResult.of("doctor", "--json").out();
    assertEquals(2, JsonDocument.parse(json).at("launch", "rank"));
    assertFalse((out + json).contains("never to be seen"), out);
  }

  @Test
  void variablesThatDoNotFitAreShownAsTheErrorThatAProgramGets() {
    System.setProperty("ccl.rank", "4");
    System.setProperty("ccl.size", "4");
    CommandResult result = CommandResult.of("doctor");
    assertTrue(result.out().contains("\nLauncher  CCL-1009 "), result::out);
  }

  @Test
  void withoutALauncherTheAnswerSaysSo() {
    CommandResult result = CommandResult.of("doctor");
    assertTrue(result.out().contains("\nLauncher  none has left anything"), result::out);
  }
}
