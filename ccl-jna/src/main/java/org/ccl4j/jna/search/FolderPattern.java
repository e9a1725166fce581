package org.ccl4j.jna.search;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Folders by a pattern in which {@code *} stands for a part of a name. */
final class FolderPattern {
  private static final Pattern NUMBER = Pattern.compile("\\d{1,18}");

  private FolderPattern() {}

  /**
   * The folders that are there.
   *
   * @param base where the pattern begins
   * @param pattern names separated by slashes
   * @return newest version first, as far as names tell; one without a version before those with
   */
  static List<Path> expand(Path base, String pattern) {
    List<Path> folders = List.of(base);
    for (String name : pattern.split("/", -1)) {
      if (!name.isEmpty()) {
        folders = folders.stream().flatMap(folder -> below(folder, name).stream()).toList();
      }
    }
    return folders.stream().filter(Files::isDirectory).toList();
  }

  private static List<Path> below(Path folder, String name) {
    if (!name.contains("*")) {
      return List.of(folder.resolve(name));
    }
    List<Path> found = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder, name)) {
      entries.forEach(found::add);
    } catch (IOException | java.nio.file.DirectoryIteratorException e) {
      // One that is not there or may not be looked into has nothing for us.
    }
    found.sort(Comparator.comparing(path -> String.valueOf(path.getFileName()), newestFirst()));
    return found;
  }

  /** By numbers as numbers: 13.0 before 12.10 before 12.9. */
  static Comparator<String> newestFirst() {
    return (left, right) -> {
      List<Long> a = numbers(left);
      List<Long> b = numbers(right);
      if (a.isEmpty() != b.isEmpty()) {
        return a.isEmpty() ? -1 : 1;
      }
      for (int i = 0; i < Math.min(a.size(), b.size()); i++) {
        int order = Long.compare(b.get(i), a.get(i));
        if (order != 0) {
          return order;
        }
      }
      int order = Integer.compare(b.size(), a.size());
      return order != 0 ? order : left.compareTo(right);
    };
  }

  private static List<Long> numbers(String name) {
    List<Long> numbers = new ArrayList<>();
    Matcher matcher = NUMBER.matcher(name);
    while (matcher.find()) {
      numbers.add(Long.valueOf(matcher.group()));
    }
    return numbers;
  }
}
