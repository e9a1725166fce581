package org.ccl4j.examples.acme;

import org.ccl4j.jna.NativeBackendProvider;
import org.ccl4j.jna.VendorDescriptor;

public final class AcmeBackendProvider implements NativeBackendProvider {

  /** For the service loader. */
  public AcmeBackendProvider() {}

  @Override
  public VendorDescriptor descriptor() {
    return Acme.DESCRIPTOR;
  }
}
