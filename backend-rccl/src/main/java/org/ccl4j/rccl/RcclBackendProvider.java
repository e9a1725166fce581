package org.ccl4j.rccl;

import com.google.auto.service.AutoService;
import org.ccl4j.jna.NativeBackendProvider;
import org.ccl4j.jna.VendorDescriptor;
import org.ccl4j.spi.BackendProvider;

/** Offers the backend {@code amd/rccl}. */
@AutoService(BackendProvider.class)
public final class RcclBackendProvider implements NativeBackendProvider {

  /** For the service loader. */
  public RcclBackendProvider() {}

  @Override
  public VendorDescriptor descriptor() {
    return Rccl.DESCRIPTOR;
  }
}
