package org.ccl4j.fake;

import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.ccl4j.api.Capability;
import org.ccl4j.api.CclUsageException;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.config.Setting;
import org.ccl4j.api.config.Settings;

/**
 * The fake's configuration.
 *
 * @param devices the number of devices it pretends to have
 * @param deviceMemory bytes of memory that each of them has
 * @param capabilities what it can do
 * @param transport how ranks reach each other
 * @param directory where memory lies that processes share
 */
record FakeSettings(
    int devices,
    long deviceMemory,
    Set<Capability> capabilities,
    Transport transport,
    String directory) {

  static final int MAX_DEVICES = 1024;

  private static final Set<Capability> NEEDED_TO_TUNE =
      Set.of(Capability.NATIVE_ALL_TO_ALL, Capability.NATIVE_GATHER, Capability.NATIVE_SCATTER);

  /** What it can do when nothing is disabled. */
  static final Set<Capability> POSSIBLE = Collections.unmodifiableSet(possible());

  private static Set<Capability> possible() {
    Set<Capability> possible =
        EnumSet.range(Capability.NATIVE_ALL_TO_ALL, Capability.FLOAT8_REDUCTION);
    possible.addAll(
        EnumSet.of(
            Capability.SHRINK,
            Capability.GROW,
            Capability.REVOKE,
            Capability.SUSPEND,
            Capability.MEMORY_STATISTICS,
            Capability.SIMULATE,
            Capability.PARAMETERS,
            Capability.TUNING,
            Capability.CALL_TUNING,
            Capability.STREAM_ORDERED_MEMORY,
            Capability.LIBRARY_MEMORY,
            Capability.REGISTER,
            Capability.WINDOWS,
            Capability.ONE_SIDED,
            Capability.SIGNAL_WAIT_ABORT));
    return possible;
  }

  static final Setting DEVICES =
      new Setting(
          "ccl.fake.devices",
          "8",
          "How many devices the fake pretends to have, 1 to " + MAX_DEVICES + ".");

  static final Setting MEMORY =
      new Setting(
          "ccl.fake.memory",
          "4096",
          "How much memory each device of the fake has, in MiB, 1 to 16777216.");

  static final Setting DISABLE =
      new Setting(
          "ccl.fake.disable",
          "",
          "Capabilities that the fake pretends to lack, as an older library would: names separated by commas, such as"
              + " NATIVE_GATHER,SPLIT.");

  static final Setting TRANSPORT =
      new Setting(
          "ccl.fake.transport",
          "auto",
          "How ranks of the fake reach each other: threads (all ranks are threads of one JVM), shm"
              + " (also processes of one host, over shared memory), or auto (shm where the"
              + " environment says that a launcher started several ranks, else threads).");

  static final Setting DIRECTORY =
      new Setting(
          "ccl.fake.shm.directory",
          "/dev/shm",
          "Where the fake keeps the memory that processes share: a folder in a file system that"
              + " lies in memory.");

  static FakeSettings from(Settings settings) {
    return new FakeSettings(
        (int) settings.getLong(DEVICES, 1, MAX_DEVICES),
        settings.getLong(MEMORY, 1, 1 << 24) << 20,
        capabilities(settings.get(DISABLE).orElse("")),
        Transport.of(settings),
        settings.get(DIRECTORY).orElseThrow());
  }

  /** What holds for an open fake, by the keys of the settings. */
  Map<String, String> inEffect() {
    Map<String, String> values = new LinkedHashMap<>();
    Set<Capability> disabled = EnumSet.copyOf(POSSIBLE);
    disabled.removeAll(capabilities);
    values.put(DEVICES.key(), String.valueOf(devices));
    values.put(MEMORY.key(), String.valueOf(deviceMemory >> 20));
    values.put(
        DISABLE.key(), disabled.stream().map(Capability::name).collect(Collectors.joining(",")));
    values.put(TRANSPORT.key(), transport.name().toLowerCase(Locale.ROOT));
    values.put(DIRECTORY.key(), directory);
    return values;
  }

  private static Set<Capability> capabilities(String disabled) {
    Set<Capability> all = EnumSet.copyOf(POSSIBLE);
    for (String name : disabled.split(",", -1)) {
      if (!name.isBlank()) {
        try {
          all.remove(Capability.valueOf(name.strip().toUpperCase(Locale.ROOT)));
        } catch (IllegalArgumentException e) {
          throw new CclUsageException(
              ErrorCode.INVALID_SETTING,
              DISABLE.key()
                  + " names '"
                  + name.strip()
                  + "'; allowed are "
                  + POSSIBLE
                  + ". Correct or unset it.");
        }
      }
    }
    if (!all.containsAll(NEEDED_TO_TUNE)) {
      all.remove(Capability.CALL_TUNING); // no library has it without them
    }
    return all;
  }
}
