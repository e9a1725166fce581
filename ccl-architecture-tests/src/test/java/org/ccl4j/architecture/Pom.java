package org.ccl4j.architecture;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;

/** A pom.xml, as it is written: nothing inherited, nothing interpolated. */
final class Pom {
  private final Element project;

  private Pom(Document document) {
    this.project = document.getDocumentElement();
  }

  static Pom root() {
    return of("");
  }

  /** Reads the pom of a module. */
  static Pom of(String directory) {
    Path file = Repository.ROOT.resolve(directory).resolve("pom.xml");
    try {
      return new Pom(
          DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(file.toFile()));
    } catch (ParserConfigurationException | SAXException | IOException e) {
      throw new IllegalStateException(file + " cannot be read", e);
    }
  }

  List<String> modules() {
    return at("modules", "module").map(Element::getTextContent).toList();
  }

  /** The text of the element at a path below the project; empty when there is none. */
  String text(String... path) {
    return at(path).findFirst().map(Element::getTextContent).orElse("");
  }

  List<Dependency> dependencies() {
    return at("dependencies", "dependency").map(Dependency::of).toList();
  }

  List<Dependency> managedDependencies() {
    return at("dependencyManagement", "dependencies", "dependency").map(Dependency::of).toList();
  }

  /** The version that is written down for a plugin of the build. */
  Optional<String> pluginVersion(String artifactId) {
    return at("build", "plugins", "plugin")
        .filter(plugin -> textOf(plugin, "artifactId").equals(artifactId))
        .map(plugin -> textOf(plugin, "version"))
        .findFirst();
  }

  private Stream<Element> at(String... path) {
    Stream<Element> found = Stream.of(project);
    for (String name : path) {
      found = found.flatMap(parent -> children(parent, name));
    }
    return found;
  }

  private static Stream<Element> children(Element parent, String name) {
    NodeList nodes = parent.getChildNodes();
    return IntStream.range(0, nodes.getLength())
        .mapToObj(nodes::item)
        .filter(node -> node.getNodeName().equals(name))
        .map(Element.class::cast);
  }

  private static String textOf(Element parent, String name) {
    return children(parent, name).findFirst().map(Element::getTextContent).orElse("");
  }

  /** Of a dependency, what the rules ask for. */
  record Dependency(String groupId, String artifactId, String version, String scope) {
    private static Dependency of(Element element) {
      return new Dependency(
          textOf(element, "groupId"),
          textOf(element, "artifactId"),
          textOf(element, "version"),
          textOf(element, "scope"));
    }
  }
}
