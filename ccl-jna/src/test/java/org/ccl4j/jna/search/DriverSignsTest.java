package org.ccl4j.jna.search;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is missing is told apart: the driver, the devices, the right to them, the library. */
final class DriverSignsTest {
  private static final DriverSpec SPEC =
      new DriverSpec(
          "Thing driver",
          "/proc/driver/thing/version",
          "/dev/thing[0-9]*",
          "libthingdriver.so.1",
          "THING_VISIBLE_DEVICES",
          "A container gets things by --things.",
          "Install the Thing driver.");

  @TempDir private Path root;

  private DriverSigns signs(Map<String, String> environment) {
    return DriverSigns.of(SPEC, CLibraries.settings(environment), root);
  }

  private Path file(String name, String content) throws Exception {
    Path file = root.resolve(name);
    Files.createDirectories(file.resolveSibling("."));
    return Files.writeString(file, content);
  }

  private void driver() throws Exception {
    file("proc/driver/thing/version", "Thing 580.1\nGCC 13\n");
  }

  @Test
  void noDriverAtAll() {
    assertEquals(
        Optional.of(
            new Refusal(
                "This machine has no Thing driver: there is neither /proc/driver/thing/version nor"
                    + " /dev/thing[0-9]*.",
                "Install the Thing driver. A container gets things by --things.")),
        signs(Map.of()).missing());
    assertEquals(
        """
        kernel: /proc/driver/thing/version does not exist
        devices: /dev/thing[0-9]* does not exist
        library: libthingdriver.so.1 is not where the system's loader looks""",
        signs(Map.of()).describe());
  }

  @Test
  void aContainerThatDidNotGetTheDevices() throws Exception {
    driver();

    assertEquals(
        Optional.of(
            new Refusal(
                "The kernel has the Thing driver, but this process sees no device: there is no"
                    + " /dev/thing[0-9]*.",
                "A container gets things by --things.")),
        signs(Map.of()).missing());
  }

  @Test
  void aContainerThatDidNotGetTheLibrary() throws Exception {
    driver();
    file("dev/thing0", "");
    file("dev/thingctl", "");

    assertEquals(
        "The devices are there, but the Thing driver's library libthingdriver.so.1 is not where the"
            + " system's loader looks.",
        signs(Map.of()).missing().orElseThrow().reason());
  }

  @Test
  void everythingThereIsNothingMissing() throws Exception {
    driver();
    Path device = file("dev/thing0", "");
    Path library = file("usr/lib/x86_64-linux-gnu/libthingdriver.so.1", "");

    assertEquals(Optional.empty(), signs(Map.of("THING_VISIBLE_DEVICES", "0,1")).missing());
    assertEquals(
        "kernel: Thing 580.1\ndevices: "
            + device
            + "\nlibrary: "
            + library
            + "\nTHING_VISIBLE_DEVICES: 0,1",
        signs(Map.of("THING_VISIBLE_DEVICES", "0,1")).describe());
  }

  @Test
  void aVariableThatHidesAllDevices() throws Exception {
    driver();
    file("dev/thing0", "");
    file("usr/lib/x86_64-linux-gnu/libthingdriver.so.1", "");

    assertEquals(
        Optional.of(
            new Refusal(
                "THING_VISIBLE_DEVICES is '-1', which hides every device.",
                "Unset it, or name devices in it, such as 0,1.")),
        signs(Map.of("THING_VISIBLE_DEVICES", "-1")).missing());
  }
}
