package org.ccl4j.fake.broken;

import org.ccl4j.api.ProbeResult;
import org.ccl4j.api.config.Settings;
import org.ccl4j.fake.FakeBackendProvider;
import org.ccl4j.spi.Backend;
import org.ccl4j.spi.BackendProvider;

/** The fake, with one thing broken. Only the class loader of the tests registers it. */
public final class BrokenBackendProvider implements BackendProvider {
  static final String ID = "test/broken";

  private final FakeBackendProvider fake = new FakeBackendProvider();

  /** For the service loader. */
  public BrokenBackendProvider() {}

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
    return fake.probe(settings);
  }

  @Override
  public Backend open(Settings settings) {
    return new Breaker(Fault.of(settings)).backend(fake.open(settings));
  }
}
