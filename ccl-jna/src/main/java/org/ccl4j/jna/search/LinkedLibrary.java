package org.ccl4j.jna.search;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The file that a loaded library got for a name that it is linked with. */
final class LinkedLibrary {
  private static final Path MAPS = Path.of("/proc/self/maps");

  private LinkedLibrary() {}

  /**
   * Looks at what is loaded.
   *
   * @param user the loaded library
   * @param name how the file names of the wanted one begin, such as {@code libamdhip64}
   * @return empty where it is not linked with such a file, or the system does not say
   */
  static Optional<Path> of(Path user, String name) {
    return needed(user).stream()
        .filter(needed -> needed.startsWith(name))
        .findFirst()
        .flatMap(LinkedLibrary::loaded);
  }

  private static List<String> needed(Path user) {
    try {
      return ElfFile.read(user, Set.of()).needed();
    } catch (ElfException | IOException e) {
      return List.of(); // it was good enough to be loaded
    }
  }

  /** The list has real names: libamdhip64.so.6.3.60300 where libamdhip64.so.6 was asked for. */
  private static Optional<Path> loaded(String needed) {
    // The names of files may have bytes of any kind.
    try (var lines = Files.lines(MAPS, StandardCharsets.ISO_8859_1)) {
      return lines
          .map(line -> line.substring(line.indexOf('/') + 1))
          .filter(path -> path.substring(path.lastIndexOf('/') + 1).startsWith(needed))
          .findFirst()
          .map(path -> Path.of("/" + path));
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
