package org.ccl4j.jna;

import org.ccl4j.api.ProbeResult;
import org.ccl4j.api.config.Settings;
import org.ccl4j.spi.Backend;
import org.ccl4j.spi.BackendProvider;

/** Offers the backend of a vendor, of whom only the descriptor is missing. */
public interface NativeBackendProvider extends BackendProvider {

  /**
   * The vendor.
   *
   * @return its libraries as data
   */
  VendorDescriptor descriptor();

  @Override
  default String id() {
    return descriptor().backendId();
  }

  @Override
  default int priority() {
    return PRIORITY_VENDOR;
  }

  @Override
  default boolean simulated() {
    return false;
  }

  @Override
  default ProbeResult probe(Settings settings) {
    return NativeProviders.probe(descriptor(), settings);
  }

  @Override
  default Backend open(Settings settings) {
    return NativeProviders.open(descriptor(), settings);
  }
}
