package org.ccl4j.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.domain.properties.HasName;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.ccl4j.api.config.Setting;
import org.jspecify.annotations.NullMarked;

/** The rules over classes. */
final class CodeRules {
  private static final String PROJECT = "org.ccl4j";
  private static final Set<String> JAVA_BASE = Object.class.getModule().getPackages();

  /** Caught as the start of a word ({@code cudart}) ... */
  private static final List<String> VENDOR_PREFIXES =
      List.of("nccl", "rccl", "mccl", "cuda", "musa", "nvidia");

  /** ... and these only as a whole word, because "relationship" is innocent. */
  private static final Set<String> VENDOR_WORDS = Set.of("hip", "amd");

  private CodeRules() {}

  /** Where classes may reach inside the project. */
  static ArchRule dependOnlyOn(Set<Module> allowed) {
    return noDependency(
        "reach only along the arrows, that is to " + allowed,
        target ->
            isIn(target, PROJECT)
                && allowed.stream().noneMatch(module -> isIn(target, module.rootPackage())));
  }

  /**
   * Nothing outside the project but java.base and annotations that are not needed to run: those of
   * nullness, and the one from which the compiler writes the service file.
   */
  static ArchRule needOnlyTheJdk() {
    return noDependency(
        "need only java.base, JSpecify and the project",
        target ->
            !target.isPrimitive()
                && !JAVA_BASE.contains(target.getPackageName())
                && !isIn(target, NullMarked.class.getPackageName())
                && !target.getName().equals("com.google.auto.service.AutoService")
                && !isIn(target, PROJECT));
  }

  static ArchRule openNoFilesSocketsOrProcesses() {
    return noDependency(
        "open no files, sockets or processes",
        target ->
            target.getName().startsWith("java.io.File")
                || target.getName().equals("java.io.RandomAccessFile")
                || isIn(target, "java.nio.file")
                || isIn(target, "java.nio.channels")
                || isIn(target, "java.net")
                || target.getName().startsWith("java.lang.Process"));
  }

  static ArchRule startNoProcesses() {
    return noDependency(
        "start no processes", target -> target.getName().startsWith("java.lang.ProcessBuilder"));
  }

  /** Not even those that come from somewhere else. */
  static ArchRule useNoByteStreams() {
    Set<String> values =
        Set.of("java.io.Serializable", "java.io.IOException", "java.io.UncheckedIOException");
    return noDependency(
        "use no byte streams, readers and writers",
        target -> isIn(target, "java.io") && !values.contains(target.getName()));
  }

  static ArchRule nameNoVendor() {
    return each(
        "name no vendor in packages, classes, methods and fields",
        (item, report) ->
            Stream.of(
                    Stream.of(item.getName()),
                    item.getMethods().stream().map(HasName::getName),
                    item.getFields().stream().map(HasName::getName))
                .flatMap(names -> names)
                .filter(CodeRules::namesVendor)
                .forEach(name -> report.accept("has a vendor's word in " + name)));
  }

  static boolean namesVendor(String name) {
    String[] words =
        name.split("(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[^A-Za-z0-9]+", -1);
    return Arrays.stream(words)
        .map(word -> word.toLowerCase(Locale.ROOT))
        .anyMatch(
            word ->
                VENDOR_WORDS.contains(word) || VENDOR_PREFIXES.stream().anyMatch(word::startsWith));
  }

  /** One place asks for providers, and keeps the broken ones as findings. */
  static ArchRule leaveServiceLoaderTo(String seam) {
    return noDependencyBut(
        seam,
        "leave java.util.ServiceLoader to " + seam,
        target -> target.getName().equals("java.util.ServiceLoader"));
  }

  /** One place reads the process's configuration, so that tests and reports can replace it. */
  static ArchRule leaveConfigurationTo(String seam) {
    return each(
        "leave system properties and the environment to " + seam,
        (item, report) -> {
          if (!isOrIsIn(item, seam)) {
            accesses(item)
                .filter(
                    access ->
                        isMember(
                                access.getTarget(),
                                "java.lang.System",
                                "getProperty",
                                "getProperties",
                                "setProperty",
                                "setProperties",
                                "clearProperty",
                                "getenv")
                            || isMember(access.getTarget(), "java.lang.Boolean", "getBoolean")
                            || isMember(access.getTarget(), "java.lang.Integer", "getInteger")
                            || isMember(access.getTarget(), "java.lang.Long", "getLong"))
                .forEach(access -> report.accept(access.getDescription()));
          }
        });
  }

  static ArchRule leaveStandardStreamsAlone() {
    return each(
        "leave the standard streams alone",
        (item, report) ->
            accesses(item)
                .filter(
                    access ->
                        isMember(
                                access.getTarget(),
                                "java.lang.System",
                                "out",
                                "err",
                                "in",
                                "console",
                                "setOut",
                                "setErr",
                                "setIn")
                            || (access.getTarget().getName().equals("printStackTrace")
                                && access.getTargetOwner().isAssignableTo(Throwable.class)))
                .forEach(access -> report.accept(access.getDescription())));
  }

  static ArchRule logThroughTheJdkOnly() {
    return noDependency(
        "log through System.Logger only",
        target ->
            Stream.of(
                    "java.util.logging",
                    "org.slf4j",
                    "org.apache.logging",
                    "org.apache.log4j",
                    "org.apache.commons.logging",
                    "org.jboss.logging",
                    "com.google.common.flogger")
                .anyMatch(logging -> isIn(target, logging)));
  }

  static ArchRule useNothingOf(String packageName) {
    return noDependency("use nothing of " + packageName, target -> isIn(target, packageName));
  }

  /** Neither a class of that name nor one that is nested in it. */
  static ArchRule useNoClassNamed(String className) {
    return noDependency(
        "not use " + className,
        target ->
            target.getName().equals(className) || target.getName().startsWith(className + "$"));
  }

  /**
   * Packages form no cycles. The facade package of the API and its two helpers count as one: they
   * stand apart because they make other promises, not because they could stand alone.
   */
  static ArchRule haveNoPackageCycles() {
    return SlicesRuleDefinition.slices()
        .assignedFrom(
            new SliceAssignment() {
              @Override
              public SliceIdentifier getIdentifierOf(JavaClass javaClass) {
                String name = javaClass.getPackageName();
                if (!isIn(javaClass, PROJECT)) {
                  return SliceIdentifier.ignore();
                }
                return SliceIdentifier.of(
                    isIn(javaClass, "org.ccl4j.api") ? "org.ccl4j.api" : name);
              }

              @Override
              public String getDescription() {
                return "packages";
              }
            })
        .should()
        .beFreeOfCycles();
  }

  /** What a service provider has to look like, whether it provides a backend or the core. */
  static ArchRule beProperProviders() {
    return each(
        "be public and final, have a public constructor without parameters, and touch nothing when"
            + " loaded",
        (item, report) -> {
          if (!item.getModifiers().contains(JavaModifier.PUBLIC)) {
            report.accept("is not public");
          }
          if (!item.getModifiers().contains(JavaModifier.FINAL)) {
            report.accept("is not final");
          }
          if (item.getConstructors().stream()
              .noneMatch(
                  constructor ->
                      constructor.getRawParameterTypes().isEmpty()
                          && constructor.getModifiers().contains(JavaModifier.PUBLIC))) {
            report.accept("has no public constructor without parameters");
          }
          Stream.<JavaCodeUnit>concat(
                  item.getConstructors().stream(), item.getStaticInitializer().stream())
              .flatMap(unit -> unit.getAccessesFromSelf().stream())
              .map(JavaAccess::getTargetOwner)
              .filter(owner -> !owner.equals(item) && !owner.isEquivalentTo(Object.class))
              .filter(owner -> !owner.isEquivalentTo(Setting.class))
              .forEach(owner -> report.accept("touches " + owner.getName() + " when loaded"));
        });
  }

  static ArchRule bePublicOnlyIf(Predicate<JavaClass> allowed) {
    return each(
        "not be visible to users",
        (item, report) -> {
          if (isVisible(item) && !allowed.test(item)) {
            report.accept("is public");
          }
        });
  }

  /** Public, and nested in public classes only. */
  static boolean isVisible(JavaClass item) {
    return item.getModifiers().contains(JavaModifier.PUBLIC)
        && item.getEnclosingClass().map(CodeRules::isVisible).orElse(true);
  }

  static ArchRule beInNullMarkedPackages() {
    return each(
        "be in packages whose package-info says @NullMarked",
        (item, report) -> {
          JavaPackage in = item.getPackage();
          if (!in.tryGetAnnotationOfType(NullMarked.class).isPresent()) {
            report.accept("is in " + in.getName() + ", which has no package-info with @NullMarked");
          }
        });
  }

  /** The constants of a type, which is how configuration keys are declared. */
  static Stream<JavaField> constantsOf(JavaClass item, Class<?> type) {
    return item.getFields().stream()
        .filter(field -> field.getModifiers().contains(JavaModifier.STATIC))
        .filter(field -> field.getRawType().isEquivalentTo(type));
  }

  private static ArchRule noDependency(String description, Predicate<JavaClass> forbidden) {
    return noDependencyBut("", description, forbidden);
  }

  private static ArchRule noDependencyBut(
      String exempt, String description, Predicate<JavaClass> forbidden) {
    return each(
        description,
        (item, report) -> {
          if (!isOrIsIn(item, exempt)) {
            item.getDirectDependenciesFromSelf().stream()
                .filter(to -> forbidden.test(to.getTargetClass().getBaseComponentType()))
                .map(Dependency::getDescription)
                .forEach(report);
          }
        });
  }

  private static ArchRule each(String description, BiConsumer<JavaClass, Consumer<String>> check) {
    return classes()
        .that(DescribedPredicate.describe("are the project's", item -> isIn(item, PROJECT)))
        .should(
            new ArchCondition<JavaClass>(description) {
              @Override
              public void check(JavaClass item, ConditionEvents events) {
                check.accept(
                    item,
                    what ->
                        events.add(
                            SimpleConditionEvent.violated(item, item.getName() + ": " + what)));
              }
            });
  }

  /** Calls, field accesses and method references alike: {@code System::getenv} reads it too. */
  private static Stream<JavaAccess<?>> accesses(JavaClass item) {
    return item.getAccessesFromSelf().stream();
  }

  private static boolean isMember(AccessTarget target, String owner, String... names) {
    return target.getOwner().getName().equals(owner) && List.of(names).contains(target.getName());
  }

  private static boolean isIn(JavaClass item, String packageName) {
    return (item.getPackageName() + ".").startsWith(packageName + ".");
  }

  private static boolean isOrIsIn(JavaClass item, String className) {
    return item.getName().equals(className) || item.getName().startsWith(className + "$");
  }
}
