package org.ccl4j.mccl;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ccl4j.api.config.Setting;
import org.ccl4j.jna.ConfigLayout;
import org.ccl4j.jna.RuntimeDescriptor;
import org.ccl4j.jna.RuntimeDescriptor.Counting;
import org.ccl4j.jna.RuntimeDescriptor.Driver;
import org.ccl4j.jna.VendorDescriptor;
import org.ccl4j.jna.VendorDescriptor.Float8;
import org.ccl4j.jna.VendorDescriptor.Sharing;
import org.ccl4j.jna.search.DriverSpec;

/** Moore Threads' libraries as data. */
final class Mccl {
  static final Setting LIBRARY =
      new Setting(
          "ccl.mccl.library",
          "",
          "The file of Moore Threads MCCL; without it the usual places are searched.");

  static final Setting RUNTIME =
      new Setting(
          "ccl.musa.library",
          "",
          "The file of the MUSA runtime; without it the one that MCCL is linked with is taken, else the usual places are searched.");

  private static final List<String> HOMES = List.of("$MUSA_HOME/lib", "/usr/local/musa*/lib");

  static final VendorDescriptor DESCRIPTOR =
      new VendorDescriptor(
          "moorethreads/mccl",
          "MCCL",
          "mccl",
          VendorDescriptor.library(
              "mccl",
              LIBRARY,
              List.of("libmccl.so.2", "libmccl.so"),
              HOMES,
              List.of("mcclCommMuDevice"),
              Map.of("mcclCommMcDevice", "MetaX's MCCL", "libmcruntime", "MetaX's MCCL"),
              "Install MCCL of the MUSA SDK, or set ccl.mccl.library to the file."),
          new RuntimeDescriptor(
              "musa",
              RuntimeDescriptor.library(
                  "musa",
                  RUNTIME,
                  List.of("libmusart.so.5", "libmusart.so.4", "libmusart.so.1", "libmusart.so"),
                  HOMES,
                  "Install the MUSA SDK, or set ccl.musa.library to the file."),
              // They are there, and do not work.
              Map.of("MallocAsync", List.of(), "FreeAsync", List.of()),
              Counting.HUNDREDS,
              false,
              Optional.of(new Driver("libmusa.so.1", "muDeviceGetName", "")),
              new DriverSpec(
                  "Moore Threads driver",
                  "/sys/module/mtgpu/initstate",
                  "/dev/mtgpu*",
                  "libmusa.so.1",
                  "MUSA_VISIBLE_DEVICES",
                  "A container gets devices from the toolkit of Moore Threads (docker run --runtime"
                      + " mthreads --env MTHREADS_VISIBLE_DEVICES=all).",
                  "Run on a machine with a Moore Threads GPU, and install its driver.")),
          Map.of(
              "AlltoAll", List.of("AlltoAll", "AllToAll"),
              "AllToAllv", List.of("AlltoAllv", "AllToAllv")),
          ConfigLayout.COMMON,
          new Float8(
              22809,
              Float8.NO_ARCHITECTURE,
              "sent but not reduced: the library reduces them on some devices only, and which these"
                  + " are cannot be asked"),
          Sharing.NONE,
          Map.of(),
          List.of("MCCL_ALGO", "MCCL_PROTO", "MCCL_ALGOS", "MCCL_PROTOS"));

  private Mccl() {}
}
