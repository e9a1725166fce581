package org.ccl4j.fake;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.ccl4j.api.Capability;
import org.ccl4j.api.ProbeResult;
import org.ccl4j.api.config.Settings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FakeSettingsTest {
  private static ProbeResult probe(Map<String, String> settings) {
    return new FakeBackendProvider().probe(Settings.of(settings));
  }

  @Test
  void withoutSettingsThereAreEightDevicesThatCanDoEverything() {
    ProbeResult.Available available =
        assertInstanceOf(ProbeResult.Available.class, probe(Map.of()));
    assertEquals(8, available.devices());
    assertEquals(FakeSettings.POSSIBLE, available.capabilities());
  }

  @Test
  void capabilitiesCanBeTakenAway() {
    FakeSettings settings =
        FakeSettings.from(Settings.of(Map.of("ccl.fake.disable", "native_gather, SPLIT,")));
    assertFalse(settings.capabilities().contains(Capability.NATIVE_GATHER));
    assertFalse(settings.capabilities().contains(Capability.SPLIT));
    assertTrue(settings.capabilities().contains(Capability.NATIVE_SCATTER));
    // No library tunes calls that it does not have.
    assertFalse(settings.capabilities().contains(Capability.CALL_TUNING));
  }

  @ParameterizedTest
  @CsvSource({
    "ccl.fake.devices, 0",
    "ccl.fake.devices, 1025",
    "ccl.fake.devices, many",
    "ccl.fake.memory, 0",
    "ccl.fake.disable, EVERYTHING"
  })
  void aWrongSettingMakesTheBackendUnavailableAndSaysWhatIsAllowed(String key, String value) {
    ProbeResult.Unavailable no =
        assertInstanceOf(ProbeResult.Unavailable.class, probe(Map.of(key, value)));
    assertTrue(
        no.reason().contains(key) && no.reason().contains(value) && no.reason().contains("allowed"),
        no.reason());
  }
}
