package org.ccl4j.api.internal;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;

/**
 * The one place that asks {@link ServiceLoader}.
 *
 * <p>This class is internal to the project and may change or go away at any time.
 */
public final class Services {
  private static final int MAX_BROKEN = 64;

  private Services() {}

  /**
   * Loads all providers of a service, each on its own: one that cannot be loaded does not hide the
   * others.
   *
   * @param <T> the service
   * @param service the service's interface
   * @param loader where to look
   * @return a row for each provider in class path order
   */
  public static <T> List<Loaded<T>> load(Class<T> service, ClassLoader loader) {
    List<Loaded<T>> found = new ArrayList<>();
    Iterator<T> providers = ServiceLoader.load(service, loader).iterator();
    int broken = 0;
    while (broken
        < MAX_BROKEN) { // an iterator that fails without advancing must not turn this into an
      // endless loop
      try {
        if (!providers.hasNext()) {
          break;
        }
        found.add(new Loaded.Working<>(providers.next()));
      } catch (ServiceConfigurationError | LinkageError e) {
        found.add(new Loaded.Broken<>(e));
        broken++;
      }
    }
    return found;
  }

  /**
   * What became of one provider.
   *
   * @param <T> the service
   */
  public sealed interface Loaded<T> {

    /**
     * A provider that could be instantiated.
     *
     * @param <T> the service
     * @param provider the instance
     */
    record Working<T>(T provider) implements Loaded<T> {}

    /**
     * A provider that could not be loaded.
     *
     * @param <T> the service
     * @param error why
     */
    record Broken<T>(Throwable error) implements Loaded<T> {}
  }
}
