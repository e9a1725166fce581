package org.ccl4j.jna;

import java.util.Objects;
import org.ccl4j.api.ProbeResult;
import org.ccl4j.api.config.Settings;
import org.ccl4j.spi.Backend;
import org.ccl4j.spi.BackendProvider;

/** Offers the backend of a vendor. Each vendor has one that passes its descriptor on. */
public abstract class NativeBackendProvider implements BackendProvider {
  private final VendorDescriptor vendor;

  /**
   * Touches no library.
   *
   * @param vendor whose libraries
   */
  protected NativeBackendProvider(VendorDescriptor vendor) {
    this.vendor = Objects.requireNonNull(vendor, "vendor");
  }

  @Override
  public final String id() {
    return vendor.backendId();
  }

  @Override
  public final int priority() {
    return PRIORITY_VENDOR;
  }

  @Override
  public final boolean simulated() {
    return false;
  }

  @Override
  public final ProbeResult probe(Settings settings) {
    return NativeProviders.probe(vendor, settings);
  }

  @Override
  public final Backend open(Settings settings) {
    return NativeProviders.open(vendor, settings);
  }
}
