package org.ccl4j.jna.search;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Whether a file is the library that is wanted, as far as can be told without loading it. */
final class LibraryCheck {
  private static final int MOST_NAMED = 3;

  private static final Optional<ElfHeader> PROCESS = ElfHeader.ofThisProcess();

  private LibraryCheck() {}

  /**
   * Looks at a file.
   *
   * @param path absolute
   * @param spec what it should be
   * @return why it is not; empty when nothing speaks against it
   */
  static Optional<Refusal> check(Path path, LibrarySpec spec) {
    return check(path, spec, PROCESS);
  }

  static Optional<Refusal> check(Path path, LibrarySpec spec, Optional<ElfHeader> process) {
    Optional<Refusal> noFile = checkFile(path, spec);
    if (noFile.isPresent()) {
      return noFile;
    }
    try {
      ElfFile file = ElfFile.read(path, new LinkedHashSet<>(spec.symbols()));
      return checkProcessor(file, process)
          .or(() -> checkStranger(file, spec))
          .or(() -> checkSymbols(file, spec))
          .or(() -> checkMarks(file, spec));
    } catch (ElfException e) {
      return Optional.of(new Refusal(String.valueOf(e.getMessage()), remedy(e.kind(), spec)));
    } catch (IOException e) {
      return refused(
          "cannot be read: " + e.getMessage(), "Look at the file and the disk that it is on.");
    }
  }

  private static String remedy(ElfException.Kind kind, LibrarySpec spec) {
    return kind == ElfException.Kind.NO_ELF
        ? "Name the shared library itself, such as " + spec.sonames().get(0) + "."
        : "Install or copy it again; the copy was not completed.";
  }

  private static Optional<Refusal> checkFile(Path path, LibrarySpec spec) {
    if (Files.isDirectory(path)) {
      return refused("is a folder", "Name the file in it" + inside(path, spec) + ".");
    }
    if (!Files.exists(path)) {
      return Files.exists(path, LinkOption.NOFOLLOW_LINKS)
          ? refused("is a link to a file that does not exist", "Repair the link or name the file.")
          : refused("does not exist", missing(path, spec));
    }
    if (!Files.isRegularFile(path)) {
      return refused("is no regular file", "Name the shared library itself.");
    }
    if (!Files.isReadable(path)) {
      return refused(
          "may not be read by this user",
          "Give the user of this process the right to read it (chmod a+r, and a+x on its folders).");
    }
    return Optional.empty();
  }

  private static String missing(Path path, LibrarySpec spec) {
    if (path.toString().contains("~")) {
      return "Write the home folder out; only the shell knows the sign ~.";
    }
    Path folder = path.getParent();
    String inside = folder == null ? "" : inside(folder, spec);
    return inside.isEmpty()
        ? "Correct the path, or unset it to have the usual places searched."
        : "Correct the path; its folder has the file" + inside + ".";
  }

  /** The good file in a folder, where it is easy to see. */
  private static String inside(Path folder, LibrarySpec spec) {
    return spec.sonames().stream()
        .map(folder::resolve)
        .filter(Files::isRegularFile)
        .findFirst()
        .map(file -> ", " + file)
        .orElse("");
  }

  private static Optional<Refusal> checkProcessor(ElfFile file, Optional<ElfHeader> process) {
    ElfHeader header = file.header();
    if (process.isPresent() && !header.fits(process.get())) {
      return refused(
          "is for " + header.processor() + "; this process is " + process.get().processor(),
          "Install the library for this kind of processor, or run a JVM that fits it.");
    }
    return header.type() == ElfHeader.SHARED_LIBRARY
        ? Optional.empty()
        : refused("is " + header.kind() + ", not a shared library", "Name the shared library.");
  }

  private static Optional<Refusal> checkStranger(ElfFile file, LibrarySpec spec) {
    for (Map.Entry<String, String> stranger : spec.strangers().entrySet()) {
      Optional<String> evidence = evidence(file, stranger.getKey());
      if (evidence.isPresent()) {
        return refusedStranger(stranger.getValue(), evidence.get());
      }
    }
    return Optional.empty();
  }

  /** How a file bears a mark: a symbol of it, or a library that it is linked with. */
  private static Optional<String> evidence(ElfFile file, String mark) {
    return file.symbols().contains(mark)
        ? Optional.of("it has " + mark)
        : file.needed().stream()
            .filter(name -> name.startsWith(mark))
            .findFirst()
            .map(name -> "it is linked with " + Printable.of(name));
  }

  private static Optional<Refusal> checkMarks(ElfFile file, LibrarySpec spec) {
    boolean isMarked =
        spec.marks().isEmpty()
            || spec.marks().stream().anyMatch(mark -> evidence(file, mark).isPresent());
    return isMarked
        ? Optional.empty()
        : refused(
            "has the functions of "
                + spec.name()
                + ", but is another vendor's: it neither has nor is linked with "
                + String.join(" or ", spec.marks()),
            "Use the backend for that vendor, or name the file of " + spec.name() + ".");
  }

  private static Optional<Refusal> refusedStranger(String whose, String evidence) {
    return refused(
        "is " + whose + ": " + evidence,
        "Use the backend for "
            + whose
            + " if there is one, or name the file of the library that is wanted.");
  }

  private static Optional<Refusal> checkSymbols(ElfFile file, LibrarySpec spec) {
    Set<String> expected = new LinkedHashSet<>(spec.required().keySet());
    expected.add(spec.versionFunction());
    List<String> missing =
        expected.stream().filter(symbol -> !file.symbols().contains(symbol)).toList();
    if (missing.isEmpty()) {
      return Optional.empty();
    }
    if (missing.size() == expected.size()) {
      String name = file.soname().isEmpty() ? "" : " (it calls itself " + soname(file) + ")";
      return refused(
          "is another library: it has none of the functions of " + spec.name() + name,
          "Name the file of " + spec.name() + ", such as " + spec.sonames().get(0) + ".");
    }
    String names =
        missing.stream()
            .limit(MOST_NAMED)
            .map(symbol -> symbol + since(symbol, spec))
            .collect(Collectors.joining(", "));
    String more =
        missing.size() > MOST_NAMED ? " and " + (missing.size() - MOST_NAMED) + " more" : "";
    return refused(
        "lacks " + names + more, "Install a newer " + spec.name() + ". " + spec.remedy());
  }

  private static String soname(ElfFile file) {
    return Printable.of(file.soname());
  }

  private static String since(String symbol, LibrarySpec spec) {
    String version = spec.required().getOrDefault(symbol, "");
    return version.isEmpty() ? "" : " (of version " + version + ")";
  }

  private static Optional<Refusal> refused(String reason, String remedy) {
    return Optional.of(new Refusal(reason, remedy));
  }
}
