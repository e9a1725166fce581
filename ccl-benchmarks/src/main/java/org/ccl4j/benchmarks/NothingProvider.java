package org.ccl4j.benchmarks;

import com.google.auto.service.AutoService;
import java.util.Set;
import org.ccl4j.api.ProbeResult;
import org.ccl4j.api.config.Settings;
import org.ccl4j.spi.Backend;
import org.ccl4j.spi.BackendProvider;

/** A backend that does nothing at all, so that what is measured is everything but a backend. */
@AutoService(BackendProvider.class)
public final class NothingProvider implements BackendProvider {
  static final String ID = "cpu/nothing";

  /** Called by the service loader. */
  public NothingProvider() {}

  @Override
  public String id() {
    return ID;
  }

  @Override
  public int priority() {
    return PRIORITY_SIMULATED;
  }

  @Override
  public boolean simulated() {
    return true;
  }

  @Override
  public ProbeResult probe(Settings settings) {
    return new ProbeResult.Available("0", "nowhere", 1, Set.of());
  }

  @Override
  public Backend open(Settings settings) {
    return new NothingBackend();
  }
}
