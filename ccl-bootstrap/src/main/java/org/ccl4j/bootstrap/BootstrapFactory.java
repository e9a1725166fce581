package org.ccl4j.bootstrap;

import com.google.auto.service.AutoService;
import java.time.Duration;
import org.ccl4j.api.RankContext;
import org.ccl4j.api.config.Settings;
import org.ccl4j.api.internal.RankContextFactory;

/** How {@link RankContext#fromEnvironment()} finds this module. */
@AutoService(RankContextFactory.class)
public final class BootstrapFactory implements RankContextFactory {

  /** Called by the service loader. */
  public BootstrapFactory() {}

  @Override
  public RankContext fromEnvironment(Settings settings, Duration timeout) {
    return LaunchedRanks.open(settings, timeout);
  }
}
