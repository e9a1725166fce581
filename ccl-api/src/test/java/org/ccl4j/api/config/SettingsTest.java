package org.ccl4j.api.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ccl4j.api.CclUsageException;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.Status;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SettingsTest {
  private static final Setting KEY = new Setting("ccl.some.key", "7", "For tests.");
  private static final Setting BARE = new Setting("ccl.bare", "", "For tests.");

  private static Settings of(Map<String, String> properties, Map<String, String> environment) {
    return Settings.of(properties::get, environment::get);
  }

  @Test
  void explicitBeatsPropertyBeatsEnvironmentBeatsDefault() {
    Map<String, String> property = Map.of("ccl.some.key", "2");
    Map<String, String> variable = Map.of("CCL_SOME_KEY", "3");
    assertEquals(Optional.of("7"), of(Map.of(), Map.of()).get(KEY));
    assertEquals(Optional.of("3"), of(Map.of(), variable).get(KEY));
    assertEquals(Optional.of("2"), of(property, variable).get(KEY));
    assertEquals(
        Optional.of("1"), of(property, variable).with(Map.of("ccl.some.key", "1")).get(KEY));
    assertEquals(Optional.empty(), of(Map.of(), Map.of()).get(BARE));
  }

  @Test
  void theOriginSaysWhoSetIt() {
    assertEquals(Optional.empty(), of(Map.of(), Map.of()).origin(KEY));
    assertEquals(
        "environment variable CCL_SOME_KEY",
        of(Map.of(), Map.of("CCL_SOME_KEY", "3")).origin(KEY).orElseThrow().description());
    assertEquals(
        "system property ccl.some.key",
        of(Map.of("ccl.some.key", " 3 "), Map.of()).origin(KEY).orElseThrow().description());
  }

  @Test
  void blankCountsAsUnset() {
    assertEquals(
        Optional.of("3"), of(Map.of("ccl.some.key", " "), Map.of("CCL_SOME_KEY", "3")).get(KEY));
    assertEquals(Optional.empty(), of(Map.of(), Map.of("RANK", "")).environmentVariable("RANK"));
    assertEquals(Optional.of("1"), of(Map.of(), Map.of("RANK", " 1")).environmentVariable("RANK"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "101", "ten", "5.5", "99999999999999999999"})
  void aNumberOutOfRangeNamesTheRangeAndWhoSetIt(String text) {
    Settings settings = of(Map.of(), Map.of("CCL_SOME_KEY", text));
    CclUsageException e =
        assertThrows(CclUsageException.class, () -> settings.getLong(KEY, 1, 100));
    assertEquals(ErrorCode.INVALID_SETTING, e.code());
    assertTrue(
        e.getMessage().contains("CCL_SOME_KEY")
            && e.getMessage().contains(text)
            && e.getMessage().contains("1 to 100"),
        e.getMessage());
  }

  @ParameterizedTest
  @CsvSource({"500ms, PT0.5S", "30, PT30S", "30s, PT30S", "5m, PT5M"})
  void lengthsOfTimeHaveUnits(String text, Duration expected) {
    assertEquals(expected, Settings.of(Map.of("ccl.some.key", text)).getDuration(KEY));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0s", "-1s", "5h", "s", "1 s", "12345678901s"})
  void otherLengthsOfTimeAreRefused(String text) {
    Settings settings = Settings.of(Map.of("ccl.some.key", text));
    assertThrows(CclUsageException.class, () -> settings.getDuration(KEY));
  }

  @Test
  void switchesAndEnums() {
    for (String yes : List.of("1", "true", "on", "ON")) {
      assertTrue(Settings.of(Map.of("ccl.some.key", yes)).getBoolean(KEY), yes);
    }
    assertEquals(false, Settings.of(Map.of("ccl.some.key", "off")).getBoolean(KEY));
    assertEquals(false, Settings.of(Map.of("ccl.some.key", "false")).getBoolean(KEY));
    assertThrows(
        CclUsageException.class, () -> Settings.of(Map.of("ccl.some.key", "yes")).getBoolean(KEY));
    assertEquals(
        Status.UNKNOWN, Settings.of(Map.of("ccl.some.key", "unknown")).getEnum(KEY, Status.class));
    Settings wrong = Settings.of(Map.of("ccl.some.key", "x"));
    CclUsageException e =
        assertThrows(CclUsageException.class, () -> wrong.getEnum(KEY, Status.class));
    assertTrue(e.getMessage().contains("SUCCESS"), e.getMessage());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "ccl", "ccl.", "other.key", "ccl.Upper", "ccl.a-b", "ccl..a"})
  void aKeyHasItsSpelling(String key) {
    assertThrows(IllegalArgumentException.class, () -> new Setting(key, "", "x"));
  }
}
