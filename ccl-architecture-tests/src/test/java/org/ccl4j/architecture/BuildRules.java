package org.ccl4j.architecture;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** The rules over poms and source texts. Each gives a line for each violation. */
final class BuildRules {
  private static final String GROUP = "org.ccl4j";
  private static final String DISCLAIMER =
      "is internal to the project and may change or go away at any time.";

  private BuildRules() {}

  /** The BOM lists the published modules, all of them and nothing else, in the parent's version. */
  static List<String> bom(Pom bom, Set<String> published, String version) {
    List<String> problems = new ArrayList<>();
    Set<String> listed = new TreeSet<>();
    for (Pom.Dependency entry : bom.managedDependencies()) {
      listed.add(entry.artifactId());
      if (!entry.groupId().equals(GROUP) || !entry.version().equals(version)) {
        problems.add("not " + GROUP + " in version " + version + ": " + entry);
      }
    }
    if (!listed.equals(published)) {
      problems.add("the BOM lists " + listed + "; published are " + published);
    }
    if (!bom.text("version").equals(version)) {
      problems.add("the BOM's version is " + bom.text("version") + ", the parent's " + version);
    }
    if (!bom.text("parent", "artifactId").isEmpty()) {
      problems.add("the BOM has a parent, whose third-party versions would reach its users");
    }
    return problems;
  }

  /** What runs with a module is what its arrows say; to run, anything may need a backend. */
  static List<String> arrows(Pom pom, Module module) {
    Set<String> expected =
        module.arrows().stream()
            .map(Module::directory)
            .collect(Collectors.toCollection(TreeSet::new));
    Set<String> actual = new TreeSet<>();
    for (Pom.Dependency dependency : pom.dependencies()) {
      boolean compiledAgainst =
          dependency.scope().isEmpty() || dependency.scope().equals("provided");
      if (dependency.groupId().equals(GROUP) && compiledAgainst) {
        actual.add(dependency.artifactId());
      }
    }
    return actual.equals(expected)
        ? List.of()
        : List.of(module.directory() + " depends on " + actual + "; its arrows are " + expected);
  }

  /** The name under which other modules would require the jar is the root package. */
  static List<String> moduleName(Pom pom, Module module) {
    String name = pom.text("properties", "ccl.module");
    return name.equals(module.rootPackage())
        ? List.of()
        : List.of(module.directory() + ": ccl.module is '" + name + "', not the root package");
  }

  /** What nobody may leave behind in a source file. */
  static List<String> leftovers(String source) {
    List<String> problems = new ArrayList<>();
    source
        .lines()
        .filter(
            line ->
                line.contains("@" + "Disabled")
                    || line.contains("@" + "author")
                    || line.matches(".*\\b(TO" + "DO|FIX" + "ME|XX" + "X)\\b.*"))
        .forEach(line -> problems.add("unfinished, switched off or signed: " + line.strip()));
    return problems;
  }

  /** Public for technical reasons only, and says so. */
  static List<String> disclaimer(String source) {
    boolean isPublic = source.lines().anyMatch(line -> line.startsWith("public "));
    String words = source.replaceAll("\\s+\\*?\\s*", " ");
    return !isPublic || words.contains(DISCLAIMER)
        ? List.of()
        : List.of("its javadoc does not say: This class " + DISCLAIMER);
  }
}
