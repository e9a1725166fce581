package org.ccl4j.jna;

import org.ccl4j.jna.sys.Cells;

/** What a simulated group leaves: size, magic number, version and the estimate. */
final class SimulationInfo {
  static final int BYTES = 24;
  static final int ESTIMATED_MICROS = 16;

  private static final int MAGIC = 0x74685283;

  private SimulationInfo() {}

  static void fill(Cells info, int version) {
    info.putLong(0, BYTES);
    info.putInt(8, MAGIC);
    info.putInt(12, version);
    info.putFloat(ESTIMATED_MICROS, -1);
  }
}
