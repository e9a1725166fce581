package org.ccl4j.api.internal;

import java.time.Duration;
import org.ccl4j.api.RankContext;
import org.ccl4j.api.config.Settings;

/**
 * What {@code ccl-bootstrap} offers to {@link RankContext#fromEnvironment()}.
 *
 * <p>This interface is internal to the project and may change or go away at any time.
 */
public interface RankContextFactory {

  /**
   * Reads what the launcher left and opens the store that it names.
   *
   * @param settings where to look
   * @param timeout how long opening the store may take
   * @return the place of this process and the open store
   */
  RankContext fromEnvironment(Settings settings, Duration timeout);
}
