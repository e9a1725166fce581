package org.ccl4j.architecture;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The project's Markdown files. */
final class Documents {
  private Documents() {}

  static List<Path> all() {
    return Repository.files(Repository.ROOT, ".md");
  }

  /** The complete program of the README: the Java block that has a main method. */
  static String program(String readme) {
    return DocRules.blocks(readme, "java").stream()
        .filter(block -> block.contains("public static void main("))
        .findFirst()
        .orElseThrow();
  }

  /** What the README says that its program prints: the first text block after it. */
  static String outputOfProgram(String readme) {
    String rest = readme.substring(readme.indexOf(program(readme)));
    return DocRules.blocks(rest.substring(rest.indexOf("```") + 3), "text").get(0);
  }

  /** What a relative link of a document leads to; see {@link DocRules#links}. */
  static @Nullable String target(Path document, String link) {
    Path file = link.isEmpty() ? document : document.resolveSibling(link).normalize();
    if (!Files.exists(file)) {
      return null;
    }
    return file.toString().endsWith(".md") ? Repository.read(file) : "";
  }
}
