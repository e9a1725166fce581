package org.ccl4j.tools;

import java.util.Locale;
import java.util.concurrent.locks.LockSupport;
import org.ccl4j.api.Device;

/** Connects and closes again and again, and looks whether device memory is lost on the way. */
final class LeakDrill {
  /** What a library and a driver keep for good is there after so many. */
  private static final int WARM_UP = 5;

  /** Allocations come in blocks of 2 MiB; a leak in each cycle is far above a few of them. */
  private static final long MOST_LOST_BYTES = 32L << 20;

  private static final long LOOK_NANOS = 50_000_000;

  private LeakDrill() {}

  static String cycles(DrillSite site) {
    for (int i = 0; i < WARM_UP; i++) {
      DrillRanks.prove(site);
    }
    long[] before = free(site);
    for (int i = 0; i < site.cycles(); i++) {
      DrillRanks.prove(site);
    }
    long most = mostLost(before, site);
    DrillFailure.require(
        most <= MOST_LOST_BYTES,
        "a device has "
            + most
            + " bytes less free after "
            + site.cycles()
            + " cycles; allowed are "
            + MOST_LOST_BYTES);
    return String.format(
        Locale.ROOT, "%d cycles; the most lost on a device: %d bytes", site.cycles(), most);
  }

  /** A library may still be destroying the last communicator when closing it has returned. */
  private static long mostLost(long[] before, DrillSite site) {
    long end = System.nanoTime() + site.deadline().toNanos();
    long most = mostLostNow(before, site);
    while (most > MOST_LOST_BYTES && System.nanoTime() - end < 0) {
      LockSupport.parkNanos(LOOK_NANOS);
      most = mostLostNow(before, site);
    }
    return most;
  }

  private static long mostLostNow(long[] before, DrillSite site) {
    long[] after = free(site);
    long most = 0;
    for (int device = 0; device < before.length; device++) {
      most = Math.max(most, before[device] - after[device]);
    }
    return most;
  }

  private static long[] free(DrillSite site) {
    long[] free = new long[site.ranks()];
    for (int rank = 0; rank < free.length; rank++) {
      try (Device device = site.ccl().device(rank)) {
        free[rank] = device.memory().free();
      }
    }
    return free;
  }
}
