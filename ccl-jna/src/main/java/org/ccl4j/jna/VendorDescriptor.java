package org.ccl4j.jna;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.TreeMap;
import org.ccl4j.api.config.Setting;
import org.ccl4j.api.config.Settings;
import org.ccl4j.jna.search.LibrarySpec;

/**
 * A vendor as data: what the libraries are called, how they spell things and since when they know
 * them. Versions are written {@code 10000 * major + 100 * minor + patch}, such as 22809.
 *
 * @param backendId such as {@code nvidia/nccl}
 * @param name the library's name for people, such as {@code NCCL}
 * @param prefix of the collective library's symbols, such as {@code nccl}
 * @param library how the collective library is found, see {@link #library}
 * @param runtime the device runtime that it works with
 * @param spellings symbols that are not prefix and common name: from the common name ({@code
 *     AlltoAll}) to the library's spellings without the prefix, the one to prefer first; also for
 *     the names of result codes
 * @param config the options of communicators; empty where the library's are not known, so that it
 *     connects without
 * @param float8 what it can do with 8-bit floats
 * @param sharing whether ranks may share a device
 * @param releases of the vendor's software, such as {@code ROCm 6.3}, by the library's version in
 *     them; empty where the library is released alone
 * @param sharedVariables environment variables that must be equal on all ranks
 */
public record VendorDescriptor(
    String backendId,
    String name,
    String prefix,
    LibrarySpec library,
    RuntimeDescriptor runtime,
    Map<String, List<String>> spellings,
    ConfigLayout config,
    Float8 float8,
    Sharing sharing,
    Map<Integer, String> releases,
    List<String> sharedVariables) {

  /** Environment variables by which people name the library to other software, of any vendor. */
  private static final List<String> FOREIGN_VARIABLES =
      List.of("VLLM_NCCL_SO_PATH", "SGLANG_NCCL_SO_PATH");

  /** What no library of the family works without; everything else is a capability. */
  private static final Map<String, List<String>> REQUIRED =
      Map.of(
          "2.0",
          List.of(
              "GetUniqueId", "CommInitRank", "CommDestroy", "AllReduce", "GroupStart", "GroupEnd"),
          "2.7",
          List.of("Send", "Recv"));

  /**
   * Copies the collections.
   *
   * @param backendId as in the record
   * @param name as in the record
   * @param prefix as in the record
   * @param library as in the record
   * @param runtime as in the record
   * @param spellings as in the record
   * @param config as in the record
   * @param float8 as in the record
   * @param sharing as in the record
   * @param releases as in the record
   * @param sharedVariables as in the record
   */
  public VendorDescriptor {
    Objects.requireNonNull(backendId, "backendId");
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(prefix, "prefix");
    Objects.requireNonNull(library, "library");
    Objects.requireNonNull(runtime, "runtime");
    Objects.requireNonNull(config, "config");
    Objects.requireNonNull(float8, "float8");
    Objects.requireNonNull(sharing, "sharing");
    spellings = Map.copyOf(spellings);
    releases = Map.copyOf(releases);
    sharedVariables = List.copyOf(sharedVariables);
  }

  /**
   * How a collective library of the family is found: the functions without which it is of no use
   * follow from the prefix.
   *
   * @param prefix of its symbols
   * @param explicit the setting that names the file
   * @param sonames the file names, the one to prefer first
   * @param homes folders to look in, as in {@link LibrarySpec}
   * @param marks by which it shows itself, as in {@link LibrarySpec}
   * @param strangers by which others show themselves, as in {@link LibrarySpec}
   * @param remedy how one gets it
   * @return for a descriptor
   */
  public static LibrarySpec library(
      String prefix,
      Setting explicit,
      List<String> sonames,
      List<String> homes,
      List<String> marks,
      Map<String, String> strangers,
      String remedy) {
    Map<String, String> required = new LinkedHashMap<>();
    new TreeMap<>(REQUIRED)
        .forEach((since, names) -> names.forEach(name -> required.put(prefix + name, since)));
    return new LibrarySpec(
        explicit,
        FOREIGN_VARIABLES,
        sonames,
        homes,
        required,
        prefix + "GetVersion",
        marks,
        strangers,
        remedy);
  }

  /** The library's spellings of a common name, with the prefix. */
  List<String> symbols(String commonName) {
    return spell(prefix, spellings, commonName);
  }

  static List<String> spell(String prefix, Map<String, List<String>> spellings, String commonName) {
    return spellings.getOrDefault(commonName, List.of(commonName)).stream()
        .map(spelling -> prefix + spelling)
        .toList();
  }

  /** The same vendor, connected without options. */
  VendorDescriptor withoutConfig() {
    return new VendorDescriptor(
        backendId,
        name,
        prefix,
        library,
        runtime,
        spellings,
        ConfigLayout.UNKNOWN,
        float8,
        sharing,
        releases,
        sharedVariables);
  }

  /** Which release of the vendor's software a version came with; empty where there are none. */
  String release(int version) {
    if (releases.isEmpty()) {
      return "";
    }
    NavigableMap<Integer, String> sorted = new TreeMap<>(releases);
    Map.Entry<Integer, String> before = sorted.floorEntry(version);
    Map.Entry<Integer, String> after = sorted.higherEntry(version);
    if (before == null) {
      return "older than " + sorted.firstEntry().getValue();
    }
    if (before.getKey() == version) {
      return "of " + before.getValue();
    }
    return after == null
        ? "newer than " + before.getValue()
        : "between " + before.getValue() + " and " + after.getValue();
  }

  /**
   * What a library can do with 8-bit floats.
   *
   * @param since the version that can send them; 0 for never
   * @param architecture the major compute capability that all devices need for reducing them; 0
   *     where any will do, {@link #NO_ARCHITECTURE} where none does
   * @param limit why they are not reduced, for people, where none does; else empty
   */
  public record Float8(int since, int architecture, String limit) {
    /** As an architecture: reductions are refused, whatever the device. */
    public static final int NO_ARCHITECTURE = Integer.MAX_VALUE;

    /** For a library without them. */
    public static final Float8 NONE = new Float8(0, NO_ARCHITECTURE, "");

    /**
     * Requires the text.
     *
     * @param since as in the record
     * @param architecture as in the record
     * @param limit as in the record
     */
    public Float8 {
      Objects.requireNonNull(limit, "limit");
    }

    boolean isIn(int version) {
      return since != 0 && version >= since;
    }
  }

  /**
   * Whether several ranks of a communicator may be on one device.
   *
   * @param since the version that can do it; 0 for never
   * @param variable the environment variable by which the library is asked to, with a 1
   */
  public record Sharing(int since, String variable) {
    /** For a library that refuses it. */
    public static final Sharing NONE = new Sharing(0, "");

    /**
     * Requires the name.
     *
     * @param since as in the record
     * @param variable as in the record
     */
    public Sharing {
      Objects.requireNonNull(variable, "variable");
    }

    boolean isAskedFor(int version, Settings settings) {
      return since != 0
          && version >= since
          && settings.environmentVariable(variable).filter("1"::equals).isPresent();
    }
  }
}
