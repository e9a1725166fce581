package org.ccl4j.fake.junit;

import org.ccl4j.api.ProbeResult;
import org.ccl4j.api.config.Settings;
import org.ccl4j.fake.FakeBackendProvider;
import org.ccl4j.spi.Backend;
import org.ccl4j.spi.BackendProvider;

/** The fake under the guise of hardware, whose devices cannot be multiplied. */
public final class RealLookingProvider implements BackendProvider {
  private final FakeBackendProvider fake = new FakeBackendProvider();

  /** For the service loader. */
  public RealLookingProvider() {}

  @Override
  public String id() {
    return "test/real";
  }

  @Override
  public int priority() {
    return PRIORITY_VENDOR;
  }

  @Override
  public boolean simulated() {
    return false;
  }

  @Override
  public ProbeResult probe(Settings settings) {
    return fake.probe(settings);
  }

  @Override
  public Backend open(Settings settings) {
    return fake.open(settings);
  }
}
