package org.ccl4j.api.config;

import java.util.Locale;
import java.util.Objects;

/**
 * One configuration key, declared where it is used.
 *
 * @param key the system property, such as {@code ccl.fake.devices}; lower case, dots between words
 * @param defaultValue what holds when nobody set it; empty when there is no default
 * @param description one sentence for docs/configuration.md
 */
public record Setting(String key, String defaultValue, String description) {

  /**
   * Checks the spelling of the key.
   *
   * @param key as in the record
   * @param defaultValue as in the record
   * @param description as in the record
   * @throws IllegalArgumentException when the key is not {@code ccl.} followed by lower-case words
   */
  public Setting {
    Objects.requireNonNull(defaultValue, "defaultValue");
    Objects.requireNonNull(description, "description");
    if (!key.matches("ccl(\\.[a-z][a-z0-9]*)+")) {
      throw new IllegalArgumentException("not a configuration key: " + key);
    }
  }

  /**
   * The environment variable that stands for this key: upper case, underscores for dots.
   *
   * @return for {@code ccl.fake.devices} the text {@code CCL_FAKE_DEVICES}
   */
  public String environmentVariable() {
    return key.toUpperCase(Locale.ROOT).replace('.', '_');
  }
}
