package org.ccl4j.mccl;

import com.google.auto.service.AutoService;
import org.ccl4j.jna.NativeBackendProvider;
import org.ccl4j.jna.VendorDescriptor;
import org.ccl4j.spi.BackendProvider;

/** Offers the backend {@code moorethreads/mccl}. */
@AutoService(BackendProvider.class)
public final class McclBackendProvider implements NativeBackendProvider {

  /** For the service loader. */
  public McclBackendProvider() {}

  @Override
  public VendorDescriptor descriptor() {
    return Mccl.DESCRIPTOR;
  }
}
