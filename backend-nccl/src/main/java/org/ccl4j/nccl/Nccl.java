package org.ccl4j.nccl;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ccl4j.api.config.Setting;
import org.ccl4j.jna.ConfigLayout;
import org.ccl4j.jna.VendorDescriptor;
import org.ccl4j.jna.search.DriverSpec;
import org.ccl4j.jna.search.LibrarySpec;

/** NVIDIA's libraries as data. */
final class Nccl {
  static final String ID = "nvidia/nccl";

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

  private Nccl() {}

  static VendorDescriptor descriptor() {
    return new VendorDescriptor(
        ID,
        "NCCL",
        library(),
        runtime(),
        Optional.of(
            new VendorDescriptor.Driver(
                "libcuda.so.1", "cuDeviceGetName", "cuDevicePrimaryCtxGetState")),
        driver(),
        "nccl",
        "cuda",
        Map.of(),
        ConfigLayout.COMMON,
        22400,
        9,
        List.of("NCCL_ALGO", "NCCL_PROTO"));
  }

  private static DriverSpec driver() {
    return new DriverSpec(
        "NVIDIA driver",
        "/proc/driver/nvidia/version",
        "/dev/nvidia[0-9]*",
        "libcuda.so.1",
        "CUDA_VISIBLE_DEVICES",
        "A container gets devices and driver from the NVIDIA Container Toolkit (docker run --gpus"
            + " all).",
        "Run on a machine with an NVIDIA GPU, and install its driver.");
  }

  private static LibrarySpec library() {
    return new LibrarySpec(
        "libnccl",
        LIBRARY,
        List.of("VLLM_NCCL_SO_PATH", "SGLANG_NCCL_SO_PATH"),
        List.of("libnccl.so.2", "libnccl.so"),
        List.of(
            "$NCCL_HOME/lib",
            "python:nvidia/nccl/lib",
            "$CONDA_PREFIX/lib",
            "$CUDA_HOME/lib64",
            "/usr/local/nccl*/lib",
            "/usr/local/cuda*/lib64",
            "/usr/local/cuda*/targets/*/lib"),
        since(
            "ncclGetVersion", "2.0",
            "ncclGetUniqueId", "2.0",
            "ncclCommInitRank", "2.0",
            "ncclCommInitAll", "2.0",
            "ncclCommDestroy", "2.0",
            "ncclAllReduce", "2.0",
            "ncclGroupStart", "2.0",
            "ncclGroupEnd", "2.0",
            "ncclSend", "2.7",
            "ncclRecv", "2.7"),
        "ncclGetVersion",
        since("libamdhip64", "AMD's RCCL", "mscclLoadAlgo", "AMD's RCCL"),
        "Install NCCL 2.10 or newer (the package libnccl2, or pip install nvidia-nccl-cu13), or set"
            + " ccl.nccl.library to the file.");
  }

  private static LibrarySpec runtime() {
    return new LibrarySpec(
        "libcudart",
        RUNTIME,
        List.of(),
        List.of("libcudart.so.13", "libcudart.so.12", "libcudart.so.11.0", "libcudart.so"),
        List.of(
            "$CUDA_HOME/lib64",
            "$CUDA_HOME/targets/*/lib",
            "python:nvidia/cu[0-9]*/lib",
            "python:nvidia/cuda_runtime/lib",
            "$CONDA_PREFIX/lib",
            "/usr/local/cuda*/lib64",
            "/usr/local/cuda*/targets/*/lib"),
        since(
            "cudaGetDeviceCount", "2.0",
            "cudaSetDevice", "2.0",
            "cudaGetDevice", "2.0",
            "cudaMalloc", "2.0",
            "cudaMemcpyAsync", "2.0",
            "cudaStreamCreateWithPriority", "5.5",
            "cudaStreamQuery", "2.0",
            "cudaEventQuery", "2.0"),
        "cudaRuntimeGetVersion",
        Map.of(),
        "Install the CUDA runtime 11 or newer (the package cuda-cudart, or pip install"
            + " nvidia-cuda-runtime), or set ccl.cuda.library to the file.");
  }

  /** Names and what stands beside them, in that order. */
  private static Map<String, String> since(String... pairs) {
    Map<String, String> map = new LinkedHashMap<>();
    for (int i = 0; i < pairs.length; i += 2) {
      map.put(pairs[i], pairs[i + 1]);
    }
    return map;
  }
}
