package org.ccl4j.fake.junit;

import java.util.concurrent.atomic.AtomicInteger;
import org.ccl4j.api.ProbeResult;
import org.ccl4j.api.config.Settings;
import org.ccl4j.spi.Backend;
import org.ccl4j.spi.BackendProvider;

/** A simulation that is not there, and counts how often it was looked for. */
public final class SpareProvider implements BackendProvider {
  static final AtomicInteger PROBES = new AtomicInteger();

  /** For the service loader. */
  public SpareProvider() {}

  @Override
  public String id() {
    return "test/spare";
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
    PROBES.incrementAndGet();
    return new ProbeResult.Unavailable("it was lent to somebody", "Get it back.");
  }

  @Override
  public Backend open(Settings settings) {
    throw new AssertionError("opened although it is unavailable");
  }
}
