package org.ccl4j.examples.acme;

import org.ccl4j.jna.NativeBackendProvider;

public final class AcmeBackendProvider extends NativeBackendProvider {

  /** For the service loader. */
  public AcmeBackendProvider() {
    super(Acme.DESCRIPTOR);
  }
}
