package org.ccl4j.jna.search;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Where a library may be. */
sealed interface Place {
  /** Who named it. */
  String origin();

  /**
   * Files by their full names.
   *
   * @param origin who named them
   * @param files as they were named; whether they exist is not known
   */
  record Named(String origin, List<Path> files) implements Place {}

  /**
   * Folders to look into.
   *
   * @param origin who named them
   * @param folders as they were named; whether they exist is not known
   */
  record Folders(String origin, List<Path> folders) implements Place {
    List<Path> files(List<String> names) {
      return folders.stream()
          .flatMap(folder -> names.stream().map(folder::resolve))
          .filter(Folders::isThere)
          .toList();
    }

    /** A link to nothing is there too: it is a finding. */
    private static boolean isThere(Path file) {
      return Files.isSymbolicLink(file) || Files.exists(file);
    }
  }

  /**
   * Nothing to look at.
   *
   * @param origin what would have named a place
   * @param path what was looked for; empty when that is not known
   * @param reason why there is nothing; a verb phrase
   */
  record Nowhere(String origin, String path, String reason) implements Place {}

  /** The files of the place that are worth a look, by these names. */
  default Stream<Path> candidates(List<String> names) {
    if (this instanceof Named named) {
      return named.files().stream();
    }
    return this instanceof Folders folders ? folders.files(names).stream() : Stream.empty();
  }
}
