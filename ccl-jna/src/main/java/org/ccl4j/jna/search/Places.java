package org.ccl4j.jna.search;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.ccl4j.api.config.Settings;

/** The places of this machine, in the order in which they count. */
final class Places {
  private static final String VARIABLE = "environment variable ";
  private static final String PYTHON = "python:";
  private static final int MOST_NAMED = 6;

  /** Where the system's loader looks without being told. */
  private static final List<String> SYSTEM =
      List.of(
          "lib/*-linux-gnu",
          "usr/lib/*-linux-gnu",
          "lib64",
          "usr/lib64",
          "lib",
          "usr/lib",
          "usr/local/lib",
          "usr/local/lib/*-linux-gnu");

  /** Where Python environments keep their packages, distributions' own included. */
  private static final List<String> PACKAGES =
      List.of(
          "lib/python3*/site-packages",
          "lib64/python3*/site-packages",
          "lib/python3*/dist-packages",
          "local/lib/python3*/dist-packages");

  private final Path root;
  private final Settings settings;

  /**
   * Remembers where to look.
   *
   * @param root the root folder, another one in tests
   * @param settings for the environment
   */
  Places(Path root, Settings settings) {
    this.root = root;
    this.settings = settings;
  }

  /** All of them. */
  List<Place> of(LibrarySpec spec) {
    List<Place> places = new ArrayList<>();
    spec.foreignVariables().forEach(name -> places.add(foreign(name, spec)));
    places.addAll(ofTheLoader(spec.sonames()));
    spec.homes().forEach(home -> addHome(places, home));
    return places;
  }

  /** Where the system's loader would look for a library that is given by its name alone. */
  List<Place> ofTheLoader(List<String> names) {
    List<Place> places = new ArrayList<>();
    String variable = "LD_LIBRARY_PATH";
    List<Path> folders = list(variable);
    places.add(
        folders.isEmpty() ? unset(variable) : new Place.Folders(VARIABLE + variable, folders));
    Path cache = root.resolve("etc/ld.so.cache");
    List<Path> known = LoaderCache.find(cache, new LinkedHashSet<>(names));
    places.add(
        known.isEmpty()
            ? new Place.Nowhere("the loader's list", cache.toString(), "has " + noneOf(names))
            : new Place.Named("the loader's list " + cache, known));
    places.add(
        new Place.Folders(
            "the system's folders",
            SYSTEM.stream().flatMap(p -> FolderPattern.expand(root, p).stream()).toList()));
    return places;
  }

  static String have(int number) {
    return number == 1 ? "has" : "have";
  }

  /** A few, and how many more there are. */
  static String joined(List<Path> paths) {
    String text =
        paths.stream().limit(MOST_NAMED).map(Path::toString).collect(Collectors.joining(", "));
    int more = paths.size() - MOST_NAMED;
    return more > 0 ? text + " and " + more + " more" : text;
  }

  static String noneOf(List<String> names) {
    return names.size() == 1 ? "no " + names.get(0) : "none of " + String.join(", ", names);
  }

  private Place foreign(String name, LibrarySpec spec) {
    Optional<String> value = settings.environmentVariable(name);
    if (value.isEmpty()) {
      return unset(name);
    }
    if (!value.get().contains("/")) {
      // As the loader takes it: a name without a folder is looked for.
      List<String> names = List.of(value.get());
      List<Path> files =
          ofTheLoader(names).stream().flatMap(place -> place.candidates(names)).toList();
      if (!files.isEmpty()) {
        return new Place.Named(VARIABLE + name, files);
      }
    }
    return path(value.get())
        .<Place>map(file -> new Place.Named(VARIABLE + name, List.of(file.toAbsolutePath())))
        .orElseGet(
            () ->
                new Place.Nowhere(
                    VARIABLE + name, Printable.of(value.get()), "is no path of " + spec.name()));
  }

  private void addHome(List<Place> places, String home) {
    if (home.startsWith(PYTHON)) {
      addPython(places, home.substring(PYTHON.length()));
    } else if (home.startsWith("$")) {
      places.add(belowVariable(home.substring(1)));
    } else {
      places.add(below("usual place", root, home));
    }
  }

  private Place belowVariable(String home) {
    int slash = home.indexOf('/');
    String name = slash < 0 ? home : home.substring(0, slash);
    String rest = slash < 0 ? "" : home.substring(slash + 1);
    return settings
        .environmentVariable(name)
        .flatMap(Places::path)
        .map(base -> below(VARIABLE + name, base.toAbsolutePath(), rest))
        .orElseGet(() -> unset(name));
  }

  private static Place below(String origin, Path base, String pattern) {
    List<Path> folders = FolderPattern.expand(base, pattern);
    String relative = pattern.startsWith("/") ? pattern.substring(1) : pattern;
    return folders.isEmpty()
        ? new Place.Nowhere(origin, base.resolve(relative).toString(), "does not exist")
        : new Place.Folders(origin, folders);
  }

  private void addPython(List<Place> places, String folder) {
    Map<Path, String> packages = new LinkedHashMap<>();
    prefixes()
        .forEach(
            (prefix, origin) ->
                PACKAGES.stream()
                    .flatMap(pattern -> FolderPattern.expand(prefix, pattern).stream())
                    .forEach(found -> packages.putIfAbsent(found, origin)));
    list("PYTHONPATH").forEach(path -> packages.putIfAbsent(path, VARIABLE + "PYTHONPATH"));
    if (packages.isEmpty()) {
      places.add(
          new Place.Nowhere(
              "Python's packages",
              "",
              "are not known: VIRTUAL_ENV and CONDA_PREFIX are not set, and the PATH has no"
                  + " python3"));
    }
    List<Path> without = new ArrayList<>();
    packages.forEach(
        (path, origin) -> {
          List<Path> found = FolderPattern.expand(path, folder);
          if (found.isEmpty()) {
            without.add(path);
          } else {
            places.add(new Place.Folders(origin, found));
          }
        });
    if (!without.isEmpty()) {
      places.add(
          new Place.Nowhere(
              "Python's packages", joined(without), have(without.size()) + " no " + folder));
    }
  }

  /** The environments by their folders, each with who named it. */
  private Map<Path, String> prefixes() {
    Map<Path, String> prefixes = new LinkedHashMap<>();
    for (String name : List.of("VIRTUAL_ENV", "CONDA_PREFIX")) {
      settings
          .environmentVariable(name)
          .flatMap(Places::path)
          .ifPresent(prefix -> prefixes.putIfAbsent(prefix.toAbsolutePath(), VARIABLE + name));
    }
    Set<Path> programs = new LinkedHashSet<>();
    for (Path folder : list("PATH")) {
      for (String name : List.of("python3", "python")) {
        Path program = folder.resolve(name);
        if (Files.isExecutable(program) && programs.add(program)) {
          prefixesOf(program).forEach(p -> prefixes.putIfAbsent(p, "Python " + program));
        }
      }
    }
    settings
        .environmentVariable("HOME")
        .flatMap(Places::path)
        .map(home -> home.resolve(".local"))
        .filter(Files::isDirectory)
        .ifPresent(prefix -> prefixes.putIfAbsent(prefix, "Python packages of this user"));
    return prefixes;
  }

  /** In a virtual environment the program is a link out of it, and elsewhere often one too. */
  private static List<Path> prefixesOf(Path program) {
    List<Path> found = new ArrayList<>();
    addPrefix(found, program);
    try {
      addPrefix(found, program.toRealPath());
    } catch (java.io.IOException e) {
      // It went away meanwhile; then its packages are not needed either.
    }
    return found;
  }

  private static void addPrefix(List<Path> found, Path program) {
    Path folder = program.toAbsolutePath().normalize().getParent();
    if (folder != null && folder.getParent() != null) {
      Path prefix = folder.getParent();
      found.add(prefix);
      if (folder.endsWith("shims")) {
        // Of pyenv: a script that chooses one of these when it runs.
        found.addAll(FolderPattern.expand(prefix, "versions/*"));
      }
    }
  }

  private List<Path> list(String variable) {
    List<Path> folders = new ArrayList<>();
    for (String folder :
        settings.environmentVariable(variable).orElse("").split(File.pathSeparator, -1)) {
      if (!folder.isBlank()) {
        path(folder).map(Path::toAbsolutePath).ifPresent(folders::add);
      }
    }
    return folders;
  }

  private static Place unset(String variable) {
    return new Place.Nowhere(VARIABLE + variable, "", "is not set");
  }

  static Optional<Path> path(String text) {
    try {
      return Optional.of(Path.of(text));
    } catch (InvalidPathException e) {
      return Optional.empty();
    }
  }
}
