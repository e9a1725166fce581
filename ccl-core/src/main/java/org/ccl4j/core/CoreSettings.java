package org.ccl4j.core;

import org.ccl4j.api.config.Setting;

/** The configuration keys of this module. */
final class CoreSettings {
  static final Setting BACKEND =
      new Setting(
          "ccl.backend",
          "",
          "The backend to take, by its id such as cpu/fake or by the last part of it.");

  static final Setting WAIT_TIMEOUT =
      new Setting(
          "ccl.wait.timeout",
          "5m",
          "How long Stream.synchronize() and copies to arrays wait at most.");

  static final Setting LEAKS =
      new Setting(
          "ccl.leaks",
          "on",
          "Whether objects that were never closed are reported with the place that made them: on or"
              + " off.");

  private CoreSettings() {}
}
