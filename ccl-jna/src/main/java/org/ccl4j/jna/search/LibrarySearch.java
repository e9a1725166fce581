package org.ccl4j.jna.search;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.ccl4j.api.config.Setting;
import org.ccl4j.api.config.Settings;
import org.ccl4j.jna.search.SearchReport.NotFound;

/**
 * Finds a library: the one that somebody named, else the first good one of the places where such
 * libraries are kept.
 */
public final class LibrarySearch {
  static final Setting PROBE =
      new Setting(
          "ccl.probe",
          "direct",
          "How a native library is tried: direct (loaded into this process at once) or isolated"
              + " (first loaded into a process of its own, so that one that crashes or hangs does no"
              + " harm).");

  static final Setting PROBE_TIMEOUT =
      new Setting(
          "ccl.probe.timeout",
          "30s",
          "How long a native library may take to be loaded into a process of its own.");

  /** How a library is tried. */
  enum Probe {
    DIRECT,
    ISOLATED
  }

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
   * @throws org.ccl4j.api.CclUsageException when a setting of the search is invalid
   */
  public static SearchReport search(
      LibrarySpec spec, Settings settings, Function<Path, Optional<Refusal>> trial) {
    return search(spec, settings, trial, Path.of("/"));
  }

  /**
   * Looks for a library that another one, which is loaded, may be linked with. Then it has to be
   * that very file: two copies in one process know nothing of each other's streams and memory.
   *
   * @param spec what to look for
   * @param settings the configuration
   * @param trial as above
   * @param user the loaded library
   * @return the file, or why there is none
   */
  public static SearchReport search(
      LibrarySpec spec,
      Settings settings,
      Function<Path, Optional<Refusal>> trial,
      SearchReport.Found user) {
    Optional<Path> linked = LinkedLibrary.of(user.file(), spec.name());
    if (linked.isEmpty()) {
      return search(spec, settings, trial);
    }
    String origin = "what " + user.spec().name() + " is linked with";
    Optional<Settings.Origin> explicit = settings.origin(spec.explicit());
    if (explicit.isPresent()) {
      return search(
          spec, settings, file -> other(file, linked.get(), origin).or(() -> trial.apply(file)));
    }
    Trail trail = trail(spec, settings, trial);
    trail.follow(new Place.Named(origin, List.of(linked.get())));
    new Places(Path.of("/"), settings).of(spec).forEach(trail::follow);
    return trail.found().orElseGet(() -> notFound(spec, trail));
  }

  private static Optional<Refusal> other(Path file, Path linked, String origin) {
    try {
      return Files.isSameFile(file, linked)
          ? Optional.empty()
          : Optional.of(
              new Refusal(
                  "is not " + origin + ", " + linked,
                  "Unset it, or name the library that is linked with this file as well: a process"
                      + " can have one of them only."));
    } catch (IOException e) {
      return Optional.of(new Refusal("cannot be read: " + e.getMessage(), "Look at the file."));
    }
  }

  private static Trail trail(
      LibrarySpec spec, Settings settings, Function<Path, Optional<Refusal>> trial) {
    Inspection inspection = new Inspection(spec, settings);
    return new Trail(spec, file -> inspection.of(file).or(() -> trial.apply(file)));
  }

  static SearchReport search(
      LibrarySpec spec, Settings settings, Function<Path, Optional<Refusal>> trial, Path root) {
    Trail trail = trail(spec, settings, trial);
    Places places = new Places(root, settings);
    Optional<Settings.Origin> explicit = settings.origin(spec.explicit());
    if (explicit.isPresent()) {
      trail.followOnly(explicit.get(), places);
      return explicitReport(spec, explicit.get(), trail);
    }
    places.of(spec).forEach(trail::follow);
    return trail.found().orElseGet(() -> notFound(spec, trail));
  }

  /** Whoever names a file gets that file or an error, never another one in silence. */
  private static SearchReport explicitReport(
      LibrarySpec spec, Settings.Origin explicit, Trail trail) {
    return trail
        .found()
        .orElseGet(
            () -> {
              Candidate first = trail.refused().get(0);
              Refusal refusal = first.refusal().orElseThrow();
              return new NotFound(
                  spec,
                  trail.candidates(),
                  Printable.of(first.path())
                      + " "
                      + refusal.reason()
                      + ". It was named by the "
                      + explicit.description()
                      + ".",
                  refusal.remedy());
            });
  }

  private static SearchReport notFound(LibrarySpec spec, Trail trail) {
    List<Candidate> refused = trail.refused();
    if (refused.isEmpty()) {
      return new NotFound(
          spec,
          trail.candidates(),
          spec.name()
              + " was not found: "
              + String.join(", ", spec.sonames())
              + (spec.sonames().size() == 1 ? " is" : " are")
              + " in none of the places where such libraries are kept.",
          spec.remedy() + naming(spec));
    }
    List<String> lines = new ArrayList<>();
    lines.add(spec.name() + " was not found; what looks like it cannot be used.");
    refused.forEach(
        candidate ->
            lines.add(candidate.path() + " " + candidate.refusal().orElseThrow().reason() + "."));
    String first = refused.get(0).refusal().orElseThrow().remedy();
    return new NotFound(spec, trail.candidates(), String.join("\n", lines), first + naming(spec));
  }

  private static String naming(LibrarySpec spec) {
    return " A file elsewhere can be named by "
        + spec.explicit().key()
        + " or "
        + spec.explicit().environmentVariable()
        + ".";
  }
}
