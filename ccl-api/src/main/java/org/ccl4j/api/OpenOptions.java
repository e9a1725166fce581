package org.ccl4j.api;

import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.ccl4j.api.config.Settings;
import org.jspecify.annotations.Nullable;

/**
 * What may be said when a {@link Ccl} is opened. Immutable; start from {@link #DEFAULT} and add.
 */
public final class OpenOptions {
  /**
   * Backend and configuration from system properties and the environment, class loader of the
   * calling thread.
   */
  public static final OpenOptions DEFAULT =
      new OpenOptions(null, Map.of(), null, Settings.system());

  private final @Nullable String backend;
  private final Map<String, String> values;
  private final @Nullable ClassLoader classLoader;
  private final Settings base;

  private OpenOptions(
      @Nullable String backend,
      Map<String, String> values,
      @Nullable ClassLoader classLoader,
      Settings base) {
    this.backend = backend;
    this.values = values;
    this.classLoader = classLoader;
    this.base = base;
  }

  /**
   * These options with a backend asked for by name, which wins over property and environment.
   *
   * @param id the full id ({@code cpu/fake}) or its last part ({@code fake}) where only one backend
   *     has it
   * @return new options
   */
  public OpenOptions withBackend(String id) {
    return new OpenOptions(Required.nonNull("id", id), values, classLoader, base);
  }

  /**
   * These options with one configuration key set, which wins over property and environment.
   *
   * @param key a key of docs/configuration.md, such as {@code ccl.fake.devices}
   * @param value its value
   * @return new options
   */
  public OpenOptions with(String key, String value) {
    Map<String, String> more = new HashMap<>(values);
    more.put(Required.nonNull("key", key), Required.nonNull("value", value));
    return new OpenOptions(backend, Map.copyOf(more), classLoader, base);
  }

  /**
   * These options with another place to look for backends.
   *
   * @param loader the class loader
   * @return new options
   */
  public OpenOptions withClassLoader(ClassLoader loader) {
    return new OpenOptions(backend, values, Required.nonNull("loader", loader), base);
  }

  /**
   * These options with other settings in place of the process's properties and environment, for
   * tests and embedding.
   *
   * @param settings the settings
   * @return new options
   */
  public OpenOptions withSettings(Settings settings) {
    return new OpenOptions(backend, values, classLoader, Required.nonNull("settings", settings));
  }

  /**
   * The backend asked for in code.
   *
   * @return null when none was
   */
  public @Nullable String backend() {
    return backend;
  }

  /**
   * The configuration that results from these options.
   *
   * @return explicit values before everything else
   */
  public Settings settings() {
    return base.with(values);
  }

  /**
   * Where backends are looked for.
   *
   * @return the given loader, else the calling thread's context class loader, else the loader of
   *     this class
   */
  public ClassLoader classLoader() {
    if (classLoader != null) {
      return classLoader;
    }
    ClassLoader context = Thread.currentThread().getContextClassLoader();
    return context != null ? context : Objects.requireNonNull(OpenOptions.class.getClassLoader());
  }
}
