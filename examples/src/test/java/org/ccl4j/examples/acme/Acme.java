package org.ccl4j.examples.acme;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ccl4j.api.config.Setting;
import org.ccl4j.jna.ConfigLayout;
import org.ccl4j.jna.RuntimeDescriptor;
import org.ccl4j.jna.VendorDescriptor;
import org.ccl4j.jna.search.DriverSpec;

final class Acme {
  static final Setting LIBRARY = new Setting("ccl.accl.library", "", "The file of ACCL.");
  static final Setting RUNTIME = new Setting("ccl.acrt.library", "", "The file of its runtime.");
  private static final List<String> HOMES = List.of("$ACME_HOME/lib", "/opt/acme*/lib");

  static final VendorDescriptor DESCRIPTOR =
      new VendorDescriptor(
          "acme/accl",
          "ACCL",
          "nccl",
          VendorDescriptor.library(
              "nccl",
              LIBRARY,
              List.of("libaccl.so.1"),
              HOMES,
              List.of(),
              Map.of("libamdhip64", "AMD's RCCL"),
              "Install the SDK of Acme, or set ccl.accl.library to the file."),
          new RuntimeDescriptor(
              "cuda",
              RuntimeDescriptor.library(
                  "cuda", RUNTIME, List.of("libacrt.so.1"), HOMES, "Install the SDK of Acme."),
              Map.of(),
              RuntimeDescriptor.Counting.CUDA,
              false,
              Optional.empty(),
              new DriverSpec(
                  "Acme driver",
                  "/sys/module/acme/version",
                  "/dev/acme*",
                  "",
                  "ACME_VISIBLE_DEVICES",
                  "A container gets devices by docker run --device /dev/acme0.",
                  "Run on a machine with an Acme card, and install its driver.")),
          Map.of(),
          ConfigLayout.COMMON,
          VendorDescriptor.Float8.NONE,
          VendorDescriptor.Sharing.NONE,
          Map.of(),
          List.of("NCCL_ALGO", "NCCL_PROTO"));

  private Acme() {}
}
