package org.ccl4j.architecture;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Reads what {@code META-INF/services} says. */
final class ServiceFiles {
  private ServiceFiles() {}

  static List<String> providers(Path classesFolder, Class<?> service) {
    Path file = classesFolder.resolve("META-INF/services").resolve(service.getName());
    if (!Files.exists(file)) {
      return List.of();
    }
    return Repository.read(file)
        .lines()
        .map(line -> line.replaceFirst("#.*", "").strip())
        .filter(line -> !line.isEmpty())
        .sorted()
        .toList();
  }
}
