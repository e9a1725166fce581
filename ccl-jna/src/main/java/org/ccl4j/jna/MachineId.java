package org.ccl4j.jna;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What tells this machine from others and is the same in all its containers. */
final class MachineId {
  /** Made by the kernel when it starts; containers see that of their host. */
  private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");

  private MachineId() {}

  /** Empty where the system has no such thing. */
  static String get() {
    try {
      return Files.readString(BOOT_ID).strip();
    } catch (IOException e) {
      return "";
    }
  }
}
