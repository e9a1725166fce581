package org.ccl4j.mccl;

import com.google.auto.service.AutoService;
import org.ccl4j.jna.NativeBackendProvider;
import org.ccl4j.spi.BackendProvider;

/** Offers the backend {@code moorethreads/mccl}. */
@AutoService(BackendProvider.class)
public final class McclBackendProvider extends NativeBackendProvider {

  /** For the service loader. */
  public McclBackendProvider() {
    super(Mccl.DESCRIPTOR);
  }
}
