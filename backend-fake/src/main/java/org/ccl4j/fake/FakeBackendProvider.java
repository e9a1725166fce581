package org.ccl4j.fake;

import com.google.auto.service.AutoService;
import java.io.IOException;
import org.ccl4j.api.CclException;
import org.ccl4j.api.CclLibraryException;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.ErrorDetails;
import org.ccl4j.api.ProbeResult;
import org.ccl4j.api.config.Settings;
import org.ccl4j.spi.Backend;
import org.ccl4j.spi.BackendProvider;

/**
 * Offers the backend {@code cpu/fake}: real collectives on the CPU, for programs that are written,
 * tested or shown on a machine without a GPU. It is always available.
 */
@AutoService(BackendProvider.class)
public final class FakeBackendProvider implements BackendProvider {
  static final String ID = "cpu/fake";
  static final String VERSION = "1.0.0";

  /** For the service loader. */
  public FakeBackendProvider() {}

  @Override
  public String id() {
    return ID;
  }

  @Override
  public int priority() {
    return PRIORITY_SIMULATED;
  }

  @Override
  public boolean simulated() {
    return true;
  }

  @Override
  public ProbeResult probe(Settings settings) {
    try {
      FakeSettings fake = FakeSettings.from(settings);
      return new ProbeResult.Available(
          VERSION, fake.transport().describe(), fake.devices(), fake.capabilities());
    } catch (CclException e) {
      return new ProbeResult.Unavailable(
          String.valueOf(e.getMessage()),
          "Correct the setting; docs/configuration.md has them all.");
    }
  }

  @Override
  public Backend open(Settings settings) {
    FakeSettings fake = FakeSettings.from(settings);
    if (fake.transport() == Transport.THREADS) {
      return new FakeBackend(fake, Medium.THREADS);
    }
    try {
      return new FakeBackend(fake, SharedMedium.open(fake.directory()));
    } catch (IOException e) {
      throw new CclLibraryException(
          ErrorCode.LIBRARY_ERROR,
          "the fake cannot make shared memory in "
              + fake.directory()
              + ": "
              + e
              + ". Allowed is a writable folder in a file system that lies in memory; set "
              + FakeSettings.DIRECTORY.key()
              + ", or "
              + FakeSettings.TRANSPORT.key()
              + "=threads where all ranks are threads of one JVM.",
          ErrorDetails.NONE,
          e);
    }
  }
}
