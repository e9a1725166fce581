package org.ccl4j.tools;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URL;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import org.ccl4j.api.Ccl;
import org.ccl4j.api.OpenOptions;

/**
 * What another class loader has, but of the backends only one: whoever opens a library looks for
 * those of all backends, and the rules open theirs some thousand times.
 */
final class OneBackend extends ClassLoader {
  private static final String PROVIDERS = "META-INF/services/org.ccl4j.spi.BackendProvider";

  private final List<URL> files;

  private OneBackend(ClassLoader all, List<URL> files) {
    super(all);
    this.files = files;
  }

  /**
   * Leaves the others out, but for those that stand in the same file.
   *
   * @param id of a backend that is found with the options
   */
  static OpenOptions of(String id, OpenOptions options) {
    ClassLoader all = options.classLoader();
    List<URL> files = new ArrayList<>();
    try {
      for (URL file : Collections.list(all.getResources(PROVIDERS))) {
        OpenOptions alone = options.withClassLoader(new OneBackend(all, List.of(file)));
        if (Ccl.survey(alone).candidates().stream().anyMatch(c -> c.id().equals(id))) {
          files.add(file);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("the backends of the class path cannot be read", e);
    }
    // One that a module declares stands in no file, and the others cannot be left out this way.
    return files.isEmpty()
        ? options
        : options.withClassLoader(new OneBackend(all, List.copyOf(files)));
  }

  @Override
  public Enumeration<URL> getResources(String name) throws IOException {
    return name.equals(PROVIDERS) ? Collections.enumeration(files) : super.getResources(name);
  }
}
