package org.ccl4j.jna.search;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.ccl4j.api.config.Setting;
import org.ccl4j.api.config.Settings;

/** Finds a library. */
public final class LibrarySearch {
  static final Setting PROBE =
      new Setting(
          "ccl.probe",
          "direct",
          "How a native library is tried: direct (loaded into this process) or isolated (first loaded"
              + " into a process of its own, so that one that crashes or hangs does no harm).");

  private LibrarySearch() {}

  /**
   * Looks for a library. No code of the library runs in this process.
   *
   * @param spec what to look for
   * @param settings the configuration
   * @return the file, or why there is none
   */
  public static SearchReport search(LibrarySpec spec, Settings settings) {
    return search(spec, settings, file -> Optional.empty());
  }

  /**
   * Looks for a library and tries to use what it finds; a candidate that fails the trial is refused
   * like any other, and the search goes on.
   *
   * @param spec what to look for
   * @param settings the configuration
   * @param trial loads the file, for example; empty when all is well
   * @return the file, or why there is none
   */
  public static SearchReport search(
      LibrarySpec spec, Settings settings, Function<Path, Optional<Refusal>> trial) {
    return new SearchReport.NotFound(
        spec, List.of(), spec.name() + " was not found.", spec.remedy());
  }
}
