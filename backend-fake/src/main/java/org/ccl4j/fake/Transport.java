package org.ccl4j.fake;

import java.util.Locale;
import org.ccl4j.api.CclException;
import org.ccl4j.api.CclUsageException;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.LaunchInfo;
import org.ccl4j.api.config.Settings;

/** How the ranks of a communicator reach each other. */
enum Transport {
  /** All ranks are threads of this JVM. */
  THREADS,

  /** Ranks are threads or processes of this host. */
  SHM;

  /** The transport that a configuration asks for. */
  static Transport of(Settings settings) {
    String name = settings.get(FakeSettings.TRANSPORT).orElseThrow().strip();
    return switch (name.toLowerCase(Locale.ROOT)) {
      case "threads" -> THREADS;
      case "shm" -> SHM;
      case "auto" -> isOneOfSeveral(settings) ? SHM : THREADS;
      default ->
          throw new CclUsageException(
              ErrorCode.INVALID_SETTING,
              FakeSettings.TRANSPORT.key()
                  + " is '"
                  + name
                  + "'; allowed are threads, shm and auto. Correct or unset it.");
    };
  }

  private static boolean isOneOfSeveral(Settings settings) {
    try {
      return LaunchInfo.find(settings).filter(launch -> launch.size() > 1).isPresent();
    } catch (CclException e) {
      return false; // whoever asks for its rank is told
    }
  }

  String describe() {
    return this == THREADS
        ? "pure Java, ranks as threads of this JVM"
        : "pure Java, ranks as processes over shared memory";
  }
}
