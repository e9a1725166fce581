package org.ccl4j.rccl;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ccl4j.api.config.Setting;
import org.ccl4j.jna.ConfigLayout;
import org.ccl4j.jna.RuntimeDescriptor;
import org.ccl4j.jna.RuntimeDescriptor.Counting;
import org.ccl4j.jna.VendorDescriptor;
import org.ccl4j.jna.VendorDescriptor.Float8;
import org.ccl4j.jna.VendorDescriptor.Sharing;
import org.ccl4j.jna.search.DriverSpec;

/** AMD's libraries as data. */
final class Rccl {
  static final Setting LIBRARY =
      new Setting(
          "ccl.rccl.library",
          "",
          "The file of AMD RCCL; without it the usual places are searched.");

  static final Setting RUNTIME =
      new Setting(
          "ccl.hip.library",
          "",
          "The file of the HIP runtime; without it the one that RCCL is linked with is taken, else the usual places are searched.");

  /** Where ROCm and the Python packages with parts of it have their libraries. */
  private static final List<String> HOMES =
      List.of(
          "$ROCM_PATH/lib",
          "/opt/rocm/lib",
          "/opt/rocm-*/lib",
          "python:_rocm_sdk_core/lib",
          "python:_rocm_sdk_libraries*/lib",
          "python:torch/lib");

  static final VendorDescriptor DESCRIPTOR =
      new VendorDescriptor(
          "amd/rccl",
          "RCCL",
          "nccl",
          VendorDescriptor.library(
              "nccl",
              LIBRARY,
              List.of("librccl.so.1", "librccl.so"),
              HOMES,
              List.of("libamdhip64", "ncclAllToAll", "mscclLoadAlgo"),
              Map.of("libcudart", "NVIDIA's NCCL", "ncclParamGetParameter", "NVIDIA's NCCL"),
              "Install RCCL of ROCm 5.4 or newer (the package rccl), or set ccl.rccl.library to the"
                  + " file."),
          new RuntimeDescriptor(
              "hip",
              RuntimeDescriptor.library(
                  "hip",
                  RUNTIME,
                  List.of(
                      "libamdhip64.so.7", "libamdhip64.so.6", "libamdhip64.so.5", "libamdhip64.so"),
                  HOMES,
                  "Install the HIP runtime of ROCm (the package hip-runtime-amd), or set"
                      + " ccl.hip.library to the file."),
              Map.of("HostAlloc", List.of("HostMalloc"), "FreeHost", List.of("HostFree")),
              Counting.HIP,
              false,
              Optional.empty(),
              new DriverSpec(
                  "AMD driver",
                  "/sys/class/kfd/kfd/topology/generation_id",
                  "/dev/kfd",
                  "",
                  "HIP_VISIBLE_DEVICES",
                  "A container gets devices by docker run --device /dev/kfd --device /dev/dri.",
                  "Run on a machine with an AMD GPU, and install its driver amdgpu.")),
          Map.of(
              "AlltoAll", List.of("AlltoAll", "AllToAll"),
              "AllToAllv", List.of("AlltoAllv", "AllToAllv")),
          ConfigLayout.COMMON,
          new Float8(
              22005,
              Float8.NO_ARCHITECTURE,
              "sent but not reduced: devices of the series gfx94x take them for numbers of another"
                  + " encoding (fnuz), and which series a device is of cannot be asked"),
          Sharing.NONE,
          Map.ofEntries(
              Map.entry(21803, "ROCm 6.0"),
              Map.entry(21806, "ROCm 6.1"),
              Map.entry(22005, "ROCm 6.2"),
              Map.entry(22105, "ROCm 6.3"),
              Map.entry(22203, "ROCm 6.4"),
              Map.entry(22606, "ROCm 7.0"),
              Map.entry(22707, "ROCm 7.1 or 7.2"),
              Map.entry(22803, "ROCm 7.11 to 7.13"),
              Map.entry(23004, "ROCm 7.14 or 10.0")),
          List.of("NCCL_ALGO", "NCCL_PROTO"));

  private Rccl() {}
}
