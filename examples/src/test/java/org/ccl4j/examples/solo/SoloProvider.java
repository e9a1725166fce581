package org.ccl4j.examples.solo;

import java.util.Set;
import org.ccl4j.api.ProbeResult;
import org.ccl4j.api.config.Settings;
import org.ccl4j.spi.Backend;
import org.ccl4j.spi.BackendProvider;

/** Offers the backend {@code example/solo}. */
public final class SoloProvider implements BackendProvider {

  /** For the service loader. */
  public SoloProvider() {}

  @Override
  public String id() {
    return "example/solo";
  }

  @Override
  public int priority() {
    return PRIORITY_SIMULATED - 1;
  }

  @Override
  public boolean simulated() {
    return true;
  }

  @Override
  public ProbeResult probe(Settings settings) {
    return new ProbeResult.Available("1.0", "pure Java, one rank", 1, Set.of());
  }

  @Override
  public Backend open(Settings settings) {
    return new SoloBackend();
  }
}
