package org.ccl4j.nccl;

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

/** NVIDIA's libraries as data. */
final class Nccl {
  static final Setting LIBRARY =
      new Setting(
          "ccl.nccl.library",
          "",
          "The file of NVIDIA NCCL; without it the usual places are searched.");

  static final Setting RUNTIME =
      new Setting(
          "ccl.cuda.library",
          "",
          "The file of the CUDA runtime; without it the usual places are searched.");

  static final VendorDescriptor DESCRIPTOR =
      new VendorDescriptor(
          "nvidia/nccl",
          "NCCL",
          "nccl",
          VendorDescriptor.library(
              "nccl",
              LIBRARY,
              List.of("libnccl.so.2", "libnccl.so"),
              List.of(
                  "$NCCL_HOME/lib",
                  "python:nvidia/nccl/lib",
                  "$CONDA_PREFIX/lib",
                  "$CUDA_HOME/lib64",
                  "/usr/local/nccl*/lib",
                  "/usr/local/cuda*/lib64",
                  "/usr/local/cuda*/targets/*/lib"),
              List.of(),
              Map.of(
                  "libamdhip64", "AMD's RCCL",
                  "ncclAllToAll", "AMD's RCCL",
                  "mscclLoadAlgo", "AMD's RCCL"),
              "Install NCCL 2.10 or newer (the package libnccl2, or pip install nvidia-nccl-cu13),"
                  + " or set ccl.nccl.library to the file."),
          new RuntimeDescriptor(
              "cuda",
              RuntimeDescriptor.library(
                  "cuda",
                  RUNTIME,
                  List.of(
                      "libcudart.so.13", "libcudart.so.12", "libcudart.so.11.0", "libcudart.so"),
                  List.of(
                      "$CUDA_HOME/lib64",
                      "$CUDA_HOME/targets/*/lib",
                      "python:nvidia/cu[0-9]*/lib",
                      "python:nvidia/cuda_runtime/lib",
                      "$CONDA_PREFIX/lib",
                      "/usr/local/cuda*/lib64",
                      "/usr/local/cuda*/targets/*/lib"),
                  "Install the CUDA runtime 11 or newer (the package cuda-cudart, or pip install"
                      + " nvidia-cuda-runtime), or set ccl.cuda.library to the file."),
              Map.of(),
              Counting.CUDA,
              true,
              Optional.of(
                  new Driver("libcuda.so.1", "cuDeviceGetName", "cuDevicePrimaryCtxGetState")),
              new DriverSpec(
                  "NVIDIA driver",
                  "/proc/driver/nvidia/version",
                  "/dev/nvidia[0-9]*",
                  "libcuda.so.1",
                  "CUDA_VISIBLE_DEVICES",
                  "A container gets devices and driver from the NVIDIA Container Toolkit (docker"
                      + " run --gpus all).",
                  "Run on a machine with an NVIDIA GPU, and install its driver.")),
          Map.of(),
          ConfigLayout.COMMON,
          new Float8(22400, 9, ""),
          new Sharing(23000, "NCCL_MULTI_RANK_GPU_ENABLE"),
          Map.of(),
          List.of("NCCL_ALGO", "NCCL_PROTO"));

  private Nccl() {}
}
