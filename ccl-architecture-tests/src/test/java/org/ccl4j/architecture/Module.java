package org.ccl4j.architecture;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The house as one executable map: every module with code, and the arrows that leave it. The module
 * table of the README and the poms are compared with this.
 *
 * <p>The smallest class count of a module lies well below its size; it keeps a rule from passing
 * because it looked at nothing.
 */
enum Module {
  CCL_API("org.ccl4j.api", true, 40),
  CCL_SPI("org.ccl4j.spi", true, 8, CCL_API),
  CCL_CORE("org.ccl4j.core", true, 15, CCL_API, CCL_SPI),
  CCL_BOOTSTRAP("org.ccl4j.bootstrap", true, 20, CCL_API),
  CCL_JNA("org.ccl4j.jna", true, 30, CCL_SPI),
  BACKEND_FAKE("org.ccl4j.fake", true, 15, CCL_SPI),
  BACKEND_NCCL("org.ccl4j.nccl", true, 2, CCL_JNA),
  BACKEND_RCCL("org.ccl4j.rccl", true, 2, CCL_JNA),
  BACKEND_MCCL("org.ccl4j.mccl", true, 2, CCL_JNA),
  CCL_JUNIT("org.ccl4j.junit", true, 3, CCL_CORE, CCL_BOOTSTRAP),
  CCL_TCK("org.ccl4j.tck", true, 10, CCL_CORE, CCL_JUNIT),
  CCL_STUB("org.ccl4j.stub", false, 5, CCL_JNA, CCL_TCK),
  CCL_TOOLS("org.ccl4j.tools", true, 10, CCL_CORE, CCL_BOOTSTRAP, CCL_TCK),
  EXAMPLES("org.ccl4j.examples", false, 4, CCL_CORE, CCL_BOOTSTRAP),
  CCL_BENCHMARKS("org.ccl4j.benchmarks", false, 3, CCL_API, CCL_SPI);

  private static final Map<Module, JavaClasses> CLASSES = new ConcurrentHashMap<>();

  private final String rootPackage;
  private final boolean published;
  private final int minimumClasses;

  @SuppressWarnings("ImmutableEnumChecker") // List.of makes one that is
  private final List<Module> arrows;

  Module(String rootPackage, boolean published, int minimumClasses, Module... arrows) {
    this.rootPackage = rootPackage;
    this.published = published;
    this.minimumClasses = minimumClasses;
    this.arrows = List.of(arrows);
  }

  /** The folder and the artifact id. */
  String directory() {
    return name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
  }

  String rootPackage() {
    return rootPackage;
  }

  boolean published() {
    return published;
  }

  int minimumClasses() {
    return minimumClasses;
  }

  /** The modules that this one depends on directly, at compile time. */
  List<Module> arrows() {
    return arrows;
  }

  /** The modules whose classes this one may name: where its arrows lead, and its own. */
  Set<Module> reachable() {
    Set<Module> found = EnumSet.of(this);
    arrows.forEach(target -> found.addAll(target.reachable()));
    return found;
  }

  Path classesFolder() {
    return Repository.ROOT.resolve(directory()).resolve("target/classes");
  }

  Path mainSources() {
    return Repository.ROOT.resolve(directory()).resolve("src/main/java");
  }

  /** The main classes, read once from the module's own output and nowhere else. */
  JavaClasses classes() {
    return CLASSES.computeIfAbsent(this, module -> importer().importPath(module.classesFolder()));
  }

  static JavaClasses allClasses() {
    return importer()
        .importPaths(EnumSet.allOf(Module.class).stream().map(Module::classesFolder).toList());
  }

  /** What JMH generates follows rules of its own. */
  private static ClassFileImporter importer() {
    return new ClassFileImporter()
        .withImportOption(location -> !location.contains("/jmh_generated/"));
  }
}
