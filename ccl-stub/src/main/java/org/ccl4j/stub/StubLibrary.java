package org.ccl4j.stub;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The libraries that there are. Each is compiled when a test first asks for it. */
public enum StubLibrary {
  /** Without BFLOAT16 and averages, and without all that came later. */
  NCCL_2_7("libnccl-stub-2.7.8.so.2", collective("nccl", "NVIDIA", 20708)),
  /** Without configuration, split, last error and operators with a scalar. */
  NCCL_2_10("libnccl-stub-2.10.3.so.2", collective("nccl", "NVIDIA", 21003)),
  /** The first one that splits; no memory, windows or gather. */
  NCCL_2_18("libnccl-stub-2.18.6.so.2", collective("nccl", "NVIDIA", 21806)),
  /** With memory and registration. */
  NCCL_2_22("libnccl-stub-2.22.3.so.2", collective("nccl", "NVIDIA", 22203)),
  /** With shrink, revoke, windows and native all-to-all, gather and scatter. */
  NCCL_2_28("libnccl-stub-2.28.9.so.2", collective("nccl", "NVIDIA", 22809)),
  /** With one-sided operations that have one signal, and every option up to its version. */
  NCCL_2_30("libnccl-stub-2.30.7.so.2", collective("nccl", "NVIDIA", 23007)),
  /** With every function and option; the one that the kit runs on. */
  NCCL_2_32("libnccl-stub-2.32.3.so.2", collective("nccl", "NVIDIA", 23203)),
  /** The names of NCCL, of no vendor that there is. */
  OTHER_2_27("libaccl-stub-2.27.7.so.1", collective("nccl", "OTHER", 22707)),
  /** The device runtime of CUDA 13. */
  CUDA_13("libcudart-stub.so.13", runtime("cuda", "CUDA", 13000)),
  /** The device runtime of HIP 6. */
  HIP_6("libamdhip64-stub.so.6", runtime("hip", "HIP", 60300000)),
  /** The device runtime of MUSA 5, whose error numbers are made up. */
  MUSA_5("libmusart-stub.so.5", runtime("musa", "MUSA", 50100)),
  /** The one before it. */
  MUSA_4("libmusart-stub.so.4", runtime("musa", "MUSA", 40300)),
  /** Instantiates graphs by the function with five arguments alone. */
  MUSA_3("libmusart-stub.so.1", runtime("musa", "MUSA", 30100)),
  /** Another copy of it, for a process that has two. */
  HIP_6_AGAIN("libamdhip64-stub-again.so.6", runtime("hip", "HIP", 60300000)),
  /** The driver of Moore Threads, under the name by which programs ask for it. */
  MUSA_DRIVER(
      "libmusa-stub.so.1", List.of("driver_api.c", "-DSTUB_PREFIX=mu", "-Wl,-soname,libmusa.so.1")),
  /** Nothing but a name to be linked with. */
  METAX_RUNTIME("libmcruntime-stub.so", List.of("driver_api.c", "-DSTUB_PREFIX=mc")),
  /** The names of NCCL, an all-to-all with a spelling and one with counts. */
  RCCL_2_21("librccl-stub-2.21.5.so.1", collective("nccl", "AMD", 22105), HIP_6),
  /** With everything but parameters. */
  RCCL_2_30("librccl-stub-2.30.4.so.1", collective("nccl", "AMD", 23004), HIP_6),
  /** Another prefix; communicators, collectives, send and receive alone. */
  MCCL_2_11("libmccl-stub-2.11.4.so.2", collective("mccl", "MOORE_THREADS", 21104)),
  /** With configuration, split, memory and native all-to-all. */
  MCCL_2_28("libmccl-stub-2.28.9.so.2", collective("mccl", "MOORE_THREADS", 22809)),
  /** Another vendor's under the same name and with the same prefix. */
  METAX_2_16("libmccl-stub-metax.so", collective("mccl", "METAX", 21605), METAX_RUNTIME);

  private final String fileName;

  @SuppressWarnings("ImmutableEnumChecker") // List.of makes one that is
  private final List<String> options;

  private final @Nullable StubLibrary linkedWith;

  StubLibrary(String fileName, List<String> options) {
    this(fileName, options, null);
  }

  StubLibrary(String fileName, List<String> options, @Nullable StubLibrary linkedWith) {
    this.fileName = fileName;
    this.options = options;
    this.linkedWith = linkedWith;
  }

  private static List<String> collective(String prefix, String vendor, int level) {
    return List.of(
        "ccl_api.c", "-DSTUB_PREFIX=" + prefix, "-DSTUB_VENDOR=" + vendor, "-DSTUB_LEVEL=" + level);
  }

  private static List<String> runtime(String prefix, String runtime, int version) {
    return List.of(
        "runtime_api.c",
        "-DSTUB_PREFIX=" + prefix,
        "-DSTUB_RUNTIME=" + runtime,
        "-DSTUB_VERSION=" + version);
  }

  /**
   * The library's file, compiled unless it is there. Skips the test, with the reason, where there
   * is no compiler; fails it where the environment variable {@code CCL_REQUIRE_GCC} is set.
   *
   * @return an absolute path
   */
  public Path file() {
    return StubBuild.get().library(this);
  }

  String fileName() {
    return fileName;
  }

  /** What the loader loads with it, as the vendor's own is linked. */
  Optional<StubLibrary> linkedWith() {
    return Optional.ofNullable(linkedWith);
  }

  /** The source file and its macros. */
  List<String> options() {
    return options;
  }
}
