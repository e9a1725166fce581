package org.ccl4j.jna.search;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ccl4j.api.config.Settings;

/**
 * What is to be seen of a device driver, without asking it: it is what tells a machine without
 * devices from a container that did not get them.
 */
public final class DriverSigns {
  private final DriverSpec spec;
  private final Optional<String> kernel;
  private final List<Path> devices;
  private final Optional<Path> library;
  private final Optional<String> hiding;

  private DriverSigns(DriverSpec spec, Settings settings, Path root) {
    this.spec = spec;
    kernel = firstLine(below(root, spec.kernelFile()));
    devices = list(below(root, spec.deviceFiles()));
    List<String> names = List.of(spec.soname());
    library =
        spec.soname().isEmpty()
            ? Optional.empty()
            : new Places(root, settings)
                .ofTheLoader(names).stream()
                    .flatMap(place -> place.candidates(names))
                    .filter(Files::exists)
                    .findFirst();
    hiding = settings.environmentVariable(spec.hidingVariable());
  }

  /**
   * Looks.
   *
   * @param spec by what the driver shows itself
   * @param settings the configuration
   * @return what there is
   */
  public static DriverSigns of(DriverSpec spec, Settings settings) {
    return of(spec, settings, Path.of("/"));
  }

  static DriverSigns of(DriverSpec spec, Settings settings, Path root) {
    return new DriverSigns(spec, settings, root);
  }

  /**
   * Everything, for a report.
   *
   * @return a line for each sign
   */
  public String describe() {
    List<String> lines = new ArrayList<>();
    lines.add(
        kernel
            .map(version -> "kernel: " + version)
            .orElse("kernel: " + spec.kernelFile() + " does not exist"));
    lines.add(
        devices.isEmpty()
            ? "devices: " + spec.deviceFiles() + " does not exist"
            : "devices: " + Places.joined(devices));
    if (!spec.soname().isEmpty()) {
      lines.add(
          library
              .map(file -> "library: " + file)
              .orElse("library: " + spec.soname() + " is not where the system's loader looks"));
    }
    hiding.ifPresent(value -> lines.add(spec.hidingVariable() + ": " + Printable.of(value)));
    return String.join("\n", lines);
  }

  /**
   * Why there may be no device.
   *
   * @return what is missing and what to do; empty when nothing is to be seen, so that the driver's
   *     own words have to do
   */
  public Optional<Refusal> missing() {
    if (kernel.isEmpty() && devices.isEmpty()) {
      return refusal(
          "This machine has no "
              + spec.name()
              + ": there is neither "
              + spec.kernelFile()
              + " nor "
              + spec.deviceFiles()
              + ".",
          spec.remedy() + " " + spec.container());
    }
    if (devices.isEmpty()) {
      return refusal(
          "The kernel has the "
              + spec.name()
              + ", but this process sees no device: there is no "
              + spec.deviceFiles()
              + ".",
          spec.container());
    }
    Optional<Path> closed = devices.stream().filter(file -> !Files.isReadable(file)).findFirst();
    if (closed.isPresent()) {
      return refusal(
          "This user may not open " + closed.get() + ".",
          "Give the user the right to it, usually by a group (ls -l " + closed.get() + ").");
    }
    if (!spec.soname().isEmpty() && library.isEmpty()) {
      return refusal(
          "The devices are there, but the "
              + spec.name()
              + "'s library "
              + spec.soname()
              + " is not where the system's loader looks.",
          spec.container() + " Elsewhere, install the part of the driver that programs use.");
    }
    return hiding
        .filter(value -> !value.matches("[0-9].*|(GPU|MIG)-.*|all"))
        .map(
            value ->
                new Refusal(
                    spec.hidingVariable()
                        + " is '"
                        + Printable.of(value)
                        + "', which hides every device.",
                    "Unset it, or name devices in it, such as 0,1."));
  }

  private static Optional<Refusal> refusal(String reason, String remedy) {
    return Optional.of(new Refusal(reason, remedy));
  }

  private static Path below(Path root, String absolute) {
    return root.resolve(absolute.substring(1));
  }

  private static Optional<String> firstLine(Path file) {
    try (BoundedFile bounded = new BoundedFile(file)) {
      return Optional.of(Printable.of(bounded.firstLine()));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static List<Path> list(Path pattern) {
    Path folder = pattern.getParent();
    List<Path> found = new ArrayList<>();
    if (folder != null) {
      try (DirectoryStream<Path> files =
          Files.newDirectoryStream(folder, String.valueOf(pattern.getFileName()))) {
        files.forEach(found::add);
      } catch (IOException | java.nio.file.DirectoryIteratorException e) {
        return List.of();
      }
    }
    found.sort(null);
    return found;
  }
}
