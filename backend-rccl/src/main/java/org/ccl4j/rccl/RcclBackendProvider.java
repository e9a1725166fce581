package org.ccl4j.rccl;

import com.google.auto.service.AutoService;
import org.ccl4j.jna.NativeBackendProvider;
import org.ccl4j.spi.BackendProvider;

/** Offers the backend {@code amd/rccl}. */
@AutoService(BackendProvider.class)
public final class RcclBackendProvider extends NativeBackendProvider {

  /** For the service loader. */
  public RcclBackendProvider() {
    super(Rccl.DESCRIPTOR);
  }
}
