package org.ccl4j.bootstrap;

import org.ccl4j.api.LaunchInfo;
import org.ccl4j.api.config.Settings;

/** Where the ranks of a launched job meet, for reports. */
public final class MeetingPlace {
  private MeetingPlace() {}

  /**
   * Says over which store {@link org.ccl4j.api.RankContext#fromEnvironment()} would meet the other
   * ranks. Nothing is reached for, and no secret is told.
   *
   * @param info what the launcher left
   * @param settings where to look
   * @return such as {@code tcp://node0:29400, secret from environment variable CCL_STORE_SECRET}
   */
  public static String describe(LaunchInfo info, Settings settings) {
    return LaunchedRanks.meetingPlace(info, settings);
  }
}
