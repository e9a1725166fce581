package org.ccl4j.jna;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * How a vendor's header says what the tables say in NVIDIA's words.
 *
 * @param header its name
 * @param runtimePrefix of the device runtime
 * @param since functions and types that it has had since another version, by their common names
 * @param spellings other names than prefix and common name
 * @param absent functions and numbers of the device runtime, or of the library, that it lacks or
 *     that are not used
 * @param words its other words for types and numbers of the device runtime
 */
record AbiDialect(
    String header,
    String runtimePrefix,
    Map<String, Integer> since,
    Map<String, List<Spelling>> spellings,
    Set<String> absent,
    Map<String, String> words) {

  /**
   * A name that came with a version.
   *
   * @param name with the prefix
   * @param since the first version whose header has it
   * @param until the first version whose header lacks it again
   */
  record Spelling(String name, int since, int until) {
    Spelling(String name, int since) {
      this(name, since, Integer.MAX_VALUE);
    }
  }

  static final AbiDialect NVIDIA =
      new AbiDialect("nccl.h", "cuda", Map.of(), Map.of(), Set.of(), Map.of());

  /** It has some functions longer than NVIDIA's, and had its own names for 8-bit floats. */
  static final AbiDialect AMD =
      new AbiDialect(
          "rccl.h",
          "hip",
          Map.of("Gather", 20708, "Scatter", 20708, "AllReduceWithBias", 22707),
          Map.of(
              "AlltoAll",
              List.of(new Spelling("ncclAllToAll", 20708), new Spelling("ncclAlltoAll", 22803)),
              "AllToAllv",
              List.of(new Spelling("ncclAllToAllv", 20804)),
              "HostAlloc",
              List.of(new Spelling("hipHostMalloc", 0)),
              "FreeHost",
              List.of(new Spelling("hipHostFree", 0)),
              "ncclFloat8e4m3",
              List.of(
                  new Spelling("ncclFp8E4M3", 22005, 22300), new Spelling("ncclFloat8e4m3", 22606)),
              "ncclFloat8e5m2",
              List.of(
                  new Spelling("ncclFp8E5M2", 22005, 22300),
                  new Spelling("ncclFloat8e5m2", 22606))),
          Set.of(
              "ParamGetAllParameterKeys",
              "ParamGetParameter",
              // With five arguments there.
              "GraphInstantiate",
              // Numbers of its own, which are not asked for.
              "cudaDevAttrComputeCapabilityMajor"),
          Map.of(
              "cudaHostAllocPortable", "hipHostMallocPortable",
              "cudaDeviceAttr", "hipDeviceAttribute_t"));

  static final List<AbiDialect> ALL = List.of(NVIDIA, AMD);

  static AbiDialect of(String header) {
    return ALL.stream()
        .filter(dialect -> dialect.header.equals(header))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no dialect of " + header));
  }

  /** What a function or number is called, and since when; nothing where it is not there. */
  Stream<Spelling> spelled(String name, String prefix, int commonlySince) {
    if (absent.contains(name)) {
      return Stream.of();
    }
    Spelling plain =
        new Spelling(translated(prefix + name), since.getOrDefault(name, commonlySince));
    return spellings.getOrDefault(name, List.of(plain)).stream();
  }

  /** In the words of this vendor. */
  String translated(String text) {
    return Arrays.stream(text.split("(?<=\\W)|(?=\\W)"))
        .map(word -> words.getOrDefault(word, word.replaceFirst("^cuda", runtimePrefix)))
        .reduce("", String::concat);
  }
}
