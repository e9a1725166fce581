package org.ccl4j.architecture;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.config.Setting;
import org.jspecify.annotations.Nullable;

/** The rules over documents. Each gives a line for each violation. */
final class DocRules {
  private static final Pattern HEADING = Pattern.compile("(?m)^#+ +(.*)$");
  private static final Pattern FENCE = Pattern.compile("(?ms)^```(\\w*)\\n(.*?)^```$");
  private static final Pattern LINK = Pattern.compile("\\[[^\\]]*\\]\\(([^)\\s]+)\\)");

  private DocRules() {}

  /**
   * docs/errors.md: a heading for each code, in the order of the codes, that is the code alone, so
   * that its anchor is {@code #ccl-nnnn} and stays; below it name, category and three paragraphs.
   */
  static List<String> errors(String markdown) {
    List<String> problems = new ArrayList<>();
    List<String> expected = Stream.of(ErrorCode.values()).map(ErrorCode::text).toList();
    List<String> actual =
        headings(markdown).stream().filter(heading -> heading.startsWith("CCL-")).toList();
    if (!actual.equals(expected)) {
      problems.add("headings are " + actual + "; expected " + expected);
    }
    for (ErrorCode code : ErrorCode.values()) {
      String category = code.category().name().toLowerCase(Locale.ROOT).replace('_', ' ');
      String title = "**" + code.name() + "**: " + category + ".";
      for (String part : List.of(title, "Means: ", "Causes: ", "Do: ")) {
        if (section(markdown, code.text()).lines().noneMatch(line -> line.startsWith(part))) {
          problems.add(code.text() + " has no line that starts with '" + part + "'");
        }
      }
    }
    return problems;
  }

  private static String section(String markdown, String heading) {
    int start = markdown.indexOf("# " + heading + "\n");
    int end = markdown.indexOf("\n#", start + 1);
    return start < 0 ? "" : markdown.substring(start, end < 0 ? markdown.length() : end);
  }

  /** docs/configuration.md: a row for each setting, word for word, and none for other keys. */
  static List<String> configuration(String markdown, Collection<Setting> settings) {
    List<String> problems = new ArrayList<>();
    Set<String> rows =
        markdown.lines().filter(line -> line.startsWith("| `ccl.")).collect(Collectors.toSet());
    for (Setting setting : settings) {
      String row =
          "| `%s` | `%s` | %s | %s |"
              .formatted(
                  setting.key(),
                  setting.environmentVariable(),
                  setting.defaultValue().isEmpty() ? "none" : "`" + setting.defaultValue() + "`",
                  setting.description());
      if (!rows.remove(row)) {
        problems.add("missing row: " + row);
      }
    }
    rows.forEach(row -> problems.add("row of no setting: " + row));
    return problems;
  }

  /** The README's module table: every module of the reactor, and the arrows of those with code. */
  static List<String> moduleTable(String markdown, Collection<String> reactor) {
    List<String> problems = new ArrayList<>();
    Map<String, String> uses = new LinkedHashMap<>();
    for (String line : section(markdown, "The modules").lines().toList()) {
      String[] cells = line.split(" *\\| *", -1);
      if (line.startsWith("| `") && cells.length == 6) {
        uses.put(cells[1].replace("`", ""), cells[4].replace("`", ""));
      }
    }
    if (!Set.copyOf(reactor).equals(uses.keySet())) {
      problems.add("the table has " + uses.keySet() + "; the reactor has " + reactor);
    }
    for (Module module : Module.values()) {
      String arrows =
          module.arrows().stream().map(Module::directory).collect(Collectors.joining(", "));
      String expected = arrows.isEmpty() ? "nothing" : arrows;
      String actual = uses.getOrDefault(module.directory(), "");
      if (!actual.equals(expected)) {
        problems.add(module.directory() + " uses " + expected + ", but the table says: " + actual);
      }
    }
    return problems;
  }

  /** Code in documents is cut out of files that the build uses; indentation may differ. */
  static List<String> snippets(String markdown, String language, Collection<String> used) {
    List<String> sources = used.stream().map(DocRules::withoutLayout).toList();
    return blocks(markdown, language).stream()
        .filter(block -> sources.stream().noneMatch(s -> s.contains(withoutLayout(block))))
        .map(block -> "in no file that the build uses: " + block)
        .toList();
  }

  /** The fenced blocks of a language. */
  static List<String> blocks(String markdown, String language) {
    return FENCE
        .matcher(markdown)
        .results()
        .filter(block -> block.group(1).equals(language))
        .map(block -> block.group(2))
        .toList();
  }

  private static String withoutLayout(String code) {
    return code.lines()
        .map(String::strip)
        .filter(line -> !line.isEmpty())
        .collect(Collectors.joining("\n", "\n", "\n"));
  }

  /**
   * Relative links lead somewhere, down to the heading.
   *
   * @param target gives the text of the linked file, an empty text for a folder or a file without
   *     headings, null where there is none; the empty path is the document itself
   */
  static List<String> links(String markdown, Function<String, @Nullable String> target) {
    List<String> problems = new ArrayList<>();
    String prose = FENCE.matcher(markdown).replaceAll("");
    LINK.matcher(prose)
        .results()
        .map(link -> link.group(1))
        .filter(link -> !link.matches("[a-z]+:.*"))
        .forEach(
            link -> {
              String[] parts = link.split("#", 2);
              String text = target.apply(parts[0]);
              if (text == null) {
                problems.add("leads nowhere: " + link);
              } else if (parts.length == 2
                  && headings(text).stream().map(DocRules::anchor).noneMatch(parts[1]::equals)) {
                problems.add("no such heading: " + link);
              }
            });
    return problems;
  }

  /** docs/adr/README.md: a link to each record with the record's own title. */
  static List<String> index(String markdown, Map<String, String> records) {
    List<String> problems = new ArrayList<>();
    records.forEach(
        (file, text) -> {
          String entry = "[" + headings(text).get(0) + "](" + file + ")";
          if (!markdown.contains(entry)) {
            problems.add("missing entry: " + entry);
          }
        });
    return problems;
  }

  static List<String> headings(String markdown) {
    return HEADING
        .matcher(FENCE.matcher(markdown).replaceAll(""))
        .results()
        .map(heading -> heading.group(1).strip())
        .toList();
  }

  /** As GitHub makes it. */
  private static String anchor(String heading) {
    return heading.toLowerCase(Locale.ROOT).replaceAll("[^\\p{L}\\p{N} _-]", "").replace(' ', '-');
  }
}
