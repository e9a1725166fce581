package org.ccl4j.stub;

import java.util.Map;
import java.util.Objects;
import org.ccl4j.api.OpenOptions;
import org.ccl4j.api.config.Settings;
import org.ccl4j.jna.NativeBackendProvider;

/**
 * A backend with the stub in place of the vendor's libraries.
 *
 * @param provider of the backend
 * @param library in place of the collective library
 * @param runtime in place of the device runtime
 */
public record StubBackend(
    NativeBackendProvider provider, StubLibrary library, StubLibrary runtime) {

  /**
   * Requires all.
   *
   * @param provider as in the record
   * @param library as in the record
   * @param runtime as in the record
   */
  public StubBackend {
    Objects.requireNonNull(provider, "provider");
    Objects.requireNonNull(library, "library");
    Objects.requireNonNull(runtime, "runtime");
  }

  /**
   * For a program.
   *
   * @return options that open the backend over the stub
   */
  public OpenOptions options() {
    OpenOptions options = OpenOptions.DEFAULT.withBackend(provider.id());
    for (Map.Entry<String, String> file : files().entrySet()) {
      options = options.with(file.getKey(), file.getValue());
    }
    return options;
  }

  /**
   * For a provider.
   *
   * @return a configuration that has the files and nothing else
   */
  public Settings settings() {
    return Settings.of(files());
  }

  /**
   * The settings that name the files.
   *
   * @return from keys to paths
   */
  public Map<String, String> files() {
    return Map.of(
        provider.descriptor().library().explicit().key(),
        library.file().toString(),
        provider.descriptor().runtime().library().explicit().key(),
        runtime.file().toString());
  }

  /**
   * Opens it as the core does.
   *
   * @return open
   */
  public StubFixture open() {
    return new StubFixture(this);
  }
}
