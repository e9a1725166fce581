package org.ccl4j.jna.search;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.ccl4j.api.config.Settings;
import org.ccl4j.jna.search.SearchReport.Found;
import org.jspecify.annotations.Nullable;

/** Where one search has been, and what it took. */
final class Trail {
  private final LibrarySpec spec;
  private final Function<Path, Optional<Refusal>> check;
  private final List<Candidate> candidates = new ArrayList<>();
  private final List<Candidate> refused = new ArrayList<>();
  private final Set<Path> seen = new HashSet<>();
  private @Nullable Path taken;
  private String takenFrom = "";

  Trail(LibrarySpec spec, Function<Path, Optional<Refusal>> check) {
    this.spec = spec;
    this.check = check;
  }

  List<Candidate> candidates() {
    return candidates;
  }

  /** The files that were there but are not the library. */
  List<Candidate> refused() {
    return refused;
  }

  Optional<SearchReport> found() {
    return Optional.ofNullable(taken).map(file -> new Found(spec, file, takenFrom, candidates));
  }

  /** Looks at a place; once something was taken, only to tell what else is there. */
  void follow(Place place) {
    if (place instanceof Place.Nowhere nowhere) {
      pass(nowhere.origin(), nowhere.path(), nowhere.reason());
      return;
    }
    List<Path> files = place.candidates(spec.sonames()).toList();
    files.forEach(file -> consider(place.origin(), file));
    if (files.isEmpty() && place instanceof Place.Folders folders) {
      pass(
          place.origin(),
          Places.joined(folders.folders()),
          Places.have(folders.folders().size()) + " " + Places.noneOf(spec.sonames()));
    }
  }

  /** Looks at nothing but what somebody named: a path, or a name that the loader looks for. */
  void followOnly(Settings.Origin explicit, Places places) {
    String value = explicit.value();
    Optional<Path> path = Places.path(value);
    if (path.isEmpty()) {
      refuse(explicit.description(), Printable.of(value), "is no path", "Correct the path.");
    } else if (value.contains("/")) {
      consider(explicit.description(), path.get().toAbsolutePath());
    } else {
      List<String> name = List.of(value);
      places.ofTheLoader(name).stream()
          .flatMap(place -> place.candidates(name))
          .forEach(file -> consider(explicit.description(), file));
      if (candidates.isEmpty()) {
        refuse(
            explicit.description(),
            Printable.of(value),
            "is in none of the folders where the system's loader looks",
            "Give the whole path of the file.");
      }
    }
  }

  private void consider(String origin, Path file) {
    if (!seen.add(real(file))) {
      return;
    }
    if (taken != null) {
      pass(origin, file.toString(), "is not needed, since another one came first");
      return;
    }
    Optional<Refusal> refusal = check.apply(file);
    Candidate candidate = new Candidate(origin, file.toString(), refusal);
    candidates.add(candidate);
    if (refusal.isPresent()) {
      refused.add(candidate);
    } else {
      taken = file;
      takenFrom = origin;
    }
  }

  private void refuse(String origin, String path, String reason, String remedy) {
    Candidate candidate = new Candidate(origin, path, Optional.of(new Refusal(reason, remedy)));
    candidates.add(candidate);
    refused.add(candidate);
  }

  private void pass(String origin, String path, String reason) {
    Candidate candidate = new Candidate(origin, path, Optional.of(new Refusal(reason, "")));
    if (!candidates.contains(candidate)) {
      candidates.add(candidate);
    }
  }

  private static Path real(Path file) {
    try {
      return file.toRealPath();
    } catch (IOException e) {
      return file;
    }
  }
}
