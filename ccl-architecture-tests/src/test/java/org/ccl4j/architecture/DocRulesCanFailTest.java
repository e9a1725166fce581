package org.ccl4j.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.ccl4j.api.config.Setting;
import org.junit.jupiter.api.Test;

/** Each rule over documents finds the violation that was planted for it. */
class DocRulesCanFailTest {
  private static final Setting SETTING = new Setting("ccl.planted.key", "8", "How many.");
  private static final String ROW = "| `ccl.planted.key` | `CCL_PLANTED_KEY` | `8` | How many. |\n";

  @Test
  void aMissingRenamedOrMisplacedErrorHeadingIsFound() {
    String right = Repository.read("docs/errors.md");

    for (String wrong :
        List.of(
            right.replace("### CCL-2003\n", ""),
            right.replace("### CCL-2003\n", "### CCL-2003 too small\n"),
            right.replace("CCL-2003", "CCL-9999"),
            right
                .replace("### CCL-2003\n", "### X\n")
                .replace("### CCL-2004\n", "### CCL-2003\n")
                .replace("### X\n", "### CCL-2004\n"),
            right.replace("**BUFFER_TOO_SMALL**: fix call", "**BUFFER_TOO_SMALL**: retry"),
            right.replace("Do: ", "Remedy: "))) {
      assertNotEquals(right, wrong, "nothing was planted");
      assertNotEquals(List.of(), DocRules.errors(wrong));
    }
  }

  @Test
  void aMissingWrongOrUnknownSettingIsFound() {
    assertEquals(List.of(), DocRules.configuration(ROW, List.of(SETTING)));
    assertEquals(1, DocRules.configuration("", List.of(SETTING)).size());
    assertEquals(1, DocRules.configuration(ROW, List.of()).size());
    for (String part : List.of("CCL_PLANTED_KEY", "8", "How many")) {
      assertEquals(
          2, DocRules.configuration(ROW.replace(part, "x"), List.of(SETTING)).size(), part);
    }
  }

  @Test
  void aWrongModuleTableIsFound() {
    String right = Repository.read("README.md");
    List<String> reactor = Pom.root().modules();
    List<String> more = new ArrayList<>(reactor);
    more.add("another");

    assertEquals(1, DocRules.moduleTable(right, more).size());
    assertEquals(1, DocRules.moduleTable(right, reactor.subList(1, reactor.size())).size());
    assertEquals(
        1,
        DocRules.moduleTable(right.replaceFirst("`ccl-api`, `ccl-spi` \\|", "`ccl-api` |"), reactor)
            .size());
  }

  @Test
  void javaThatIsNotCompiledIsFound() {
    String markdown = "```java\nint x =\n    1;\n```\n";

    assertEquals(List.of(), snippets(markdown, "class A {\n  int x =\n1;\n}\n"));
    assertEquals(1, snippets(markdown, "class A {\n  int x = 2;\n}\n").size());
  }

  private static List<String> snippets(String markdown, String compiled) {
    return DocRules.snippets(markdown, "java", List.of(compiled));
  }

  @Test
  void aBrokenLinkIsFound() {
    String markdown = "# A b-c: d\n[x](there.md#a-b-c-d) [y](https://nowhere) [z](#a-b-c-d)\n";

    assertEquals(List.of(), DocRules.links(markdown, link -> markdown));
    assertEquals(2, DocRules.links(markdown, link -> null).size());
    assertEquals(2, DocRules.links(markdown, link -> "# Other\n").size());
  }

  @Test
  void aDecisionThatIsNotInTheIndexIsFound() {
    Map<String, String> records = Map.of("0001-x.md", "# 1. X\n");

    assertEquals(List.of(), DocRules.index("- [1. X](0001-x.md)\n", records));
    assertEquals(1, DocRules.index("- [1. Y](0001-x.md)\n", records).size());
    assertEquals(1, DocRules.index("", records).size());
  }
}
