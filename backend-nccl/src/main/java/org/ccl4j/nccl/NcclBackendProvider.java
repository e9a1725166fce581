package org.ccl4j.nccl;

import com.google.auto.service.AutoService;
import org.ccl4j.api.ProbeResult;
import org.ccl4j.api.config.Settings;
import org.ccl4j.jna.NativeProviders;
import org.ccl4j.spi.Backend;
import org.ccl4j.spi.BackendProvider;

/** Offers the backend {@code nvidia/nccl}. */
@AutoService(BackendProvider.class)
public final class NcclBackendProvider implements BackendProvider {

  /** For the service loader. */
  public NcclBackendProvider() {}

  @Override
  public String id() {
    return Nccl.ID;
  }

  @Override
  public int priority() {
    return PRIORITY_VENDOR;
  }

  @Override
  public boolean simulated() {
    return false;
  }

  @Override
  public ProbeResult probe(Settings settings) {
    return NativeProviders.probe(Nccl.descriptor(), settings);
  }

  @Override
  public Backend open(Settings settings) {
    return NativeProviders.open(Nccl.descriptor(), settings);
  }
}
