package org.ccl4j.nccl;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ccl4j.api.config.Setting;
import org.ccl4j.jna.ConfigLayout;
import org.ccl4j.jna.VendorDescriptor;
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
        "nccl",
        "cuda",
        Map.of(),
        ConfigLayout.COMMON,
        22400,
        9,
        List.of("NCCL_ALGO", "NCCL_PROTO"));
  }

  private static LibrarySpec library() {
    return new LibrarySpec(
        "libnccl",
        LIBRARY,
        List.of("VLLM_NCCL_SO_PATH", "SGLANG_NCCL_SO_PATH"),
        List.of("libnccl.so.2", "libnccl.so"),
        List.of(
            "python:nvidia/nccl/lib",
            "$NCCL_HOME/lib",
            "$CUDA_HOME/lib64",
            "/usr/lib/x86_64-linux-gnu",
            "/usr/lib/aarch64-linux-gnu",
            "/usr/lib64",
            "/usr/local/nccl*/lib",
            "/usr/local/cuda*/lib64"),
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
        "Install NCCL 2.7 or newer (the package libnccl2, or pip install nvidia-nccl-cu13), or set"
            + " ccl.nccl.library to the file.");
  }

  private static LibrarySpec runtime() {
    return new LibrarySpec(
        "libcudart",
        RUNTIME,
        List.of(),
        List.of("libcudart.so.13", "libcudart.so.12", "libcudart.so.11.0", "libcudart.so"),
        List.of(
            "python:nvidia/cu13/lib",
            "python:nvidia/cuda_runtime/lib",
            "$CUDA_HOME/lib64",
            "/usr/local/cuda*/lib64",
            "/usr/local/cuda*/targets/*-linux/lib",
            "/usr/lib/x86_64-linux-gnu",
            "/usr/lib/aarch64-linux-gnu",
            "/usr/lib64"),
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
