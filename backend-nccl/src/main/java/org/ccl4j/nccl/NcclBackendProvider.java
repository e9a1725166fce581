package org.ccl4j.nccl;

import com.google.auto.service.AutoService;
import org.ccl4j.jna.NativeBackendProvider;
import org.ccl4j.jna.VendorDescriptor;
import org.ccl4j.spi.BackendProvider;

/** Offers the backend {@code nvidia/nccl}. */
@AutoService(BackendProvider.class)
public final class NcclBackendProvider implements NativeBackendProvider {

  /** For the service loader. */
  public NcclBackendProvider() {}

  @Override
  public VendorDescriptor descriptor() {
    return Nccl.DESCRIPTOR;
  }
}
