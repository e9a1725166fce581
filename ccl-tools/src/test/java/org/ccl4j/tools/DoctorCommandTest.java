package org.ccl4j.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.jr.ob.JSON;

final class DoctorCommandTest {
  private static final String DEVICES = "ccl.fake.devices";

  @AfterEach
  void reset() {
    System.clearProperty(DEVICES);
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

  @Test
  void jsonHoldsTheSame() throws Exception {
    System.setProperty(DEVICES, "3");
    CommandResult result = CommandResult.of("doctor", "--json");
    assertEquals(0, result.exitCode(), result::err);
    Map<String, Object> document = JSON.std.mapFrom(result.out());
    assertEquals(ToolVersion.text(), document.get("ccl4j_version"));
    Map<?, ?> selection = (Map<?, ?>) document.get("selection");
    assertEquals("cpu/fake", selection.get("chosen"));
    assertNull(selection.get("error"));
    assertFalse(selection.get("reason").toString().isEmpty());
    Map<?, ?> backend = (Map<?, ?>) ((List<?>) document.get("backends")).get(0);
    assertEquals("cpu/fake", backend.get("id"));
    assertEquals(true, backend.get("available"));
    assertEquals(true, backend.get("simulated"));
    assertTrue(((List<?>) backend.get("capabilities")).contains("GRAPHS"));
    List<?> devices = (List<?>) backend.get("devices");
    assertEquals(3, devices.size());
    Map<?, ?> last = (Map<?, ?>) devices.get(2);
    assertEquals(2, last.get("ordinal"));
    assertFalse(last.get("bus_id").toString().isEmpty());
    assertTrue(((Number) last.get("total_memory_bytes")).longValue() > 0);
  }

  @Test
  void withoutAUsableBackendReasonAndRemedyAreShownAndTheExitCodeIs1() throws Exception {
    System.setProperty(DEVICES, "0");
    CommandResult text = CommandResult.of("doctor");
    assertEquals(1, text.exitCode(), text::out);
    assertTrue(text.out().contains("  cpu/fake: unavailable\n    reason    "), text::out);
    assertTrue(text.out().contains("\n    remedy    "), text::out);
    assertTrue(text.out().contains("ccl.fake.devices is '0'"), text::out);
    assertTrue(text.out().contains("\nSelected  nothing (CCL-1005"), text::out);
    CommandResult json = CommandResult.of("doctor", "--json");
    assertEquals(1, json.exitCode());
    Map<?, ?> selection = (Map<?, ?>) JSON.std.mapFrom(json.out()).get("selection");
    assertEquals("CCL-1005", selection.get("error"));
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
}
