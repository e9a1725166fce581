package org.ccl4j.jna;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.ccl4j.jna.search.DriverSpec;
import org.ccl4j.jna.search.LibrarySpec;

/**
 * A vendor as data: what the libraries are called, how they spell things and since when they know
 * them. Versions are written {@code 10000 * major + 100 * minor + patch}, such as 22809.
 *
 * @param backendId such as {@code nvidia/nccl}
 * @param name the library's name for people, such as {@code NCCL}
 * @param library how the collective library is found
 * @param runtime how the device runtime is found
 * @param driver what is asked of the driver beside the runtime; empty where the runtime has it all
 * @param driverSigns by what the driver shows itself
 * @param prefix of the collective library's symbols, such as {@code nccl}
 * @param runtimePrefix of the device runtime's symbols, such as {@code cuda}
 * @param spellings symbols that are not prefix and common name: from the common name ({@code
 *     AlltoAll}) to the library's spellings without the prefix, the one to prefer first; also for
 *     the names of result codes
 * @param config the options of communicators; empty where the library's are not known, so that it
 *     connects without
 * @param float8Since the version that can send 8-bit floats; 0 for never
 * @param float8ReductionArchitecture the major compute capability that all devices need for
 *     reducing them; 0 where any will do
 * @param sharedVariables environment variables that must be equal on all ranks
 */
public record VendorDescriptor(
    String backendId,
    String name,
    LibrarySpec library,
    LibrarySpec runtime,
    Optional<Driver> driver,
    DriverSpec driverSigns,
    String prefix,
    String runtimePrefix,
    Map<String, List<String>> spellings,
    ConfigLayout config,
    int float8Since,
    int float8ReductionArchitecture,
    List<String> sharedVariables) {

  /**
   * Copies the collections.
   *
   * @param backendId as in the record
   * @param name as in the record
   * @param library as in the record
   * @param runtime as in the record
   * @param driver as in the record
   * @param driverSigns as in the record
   * @param prefix as in the record
   * @param runtimePrefix as in the record
   * @param spellings as in the record
   * @param config as in the record
   * @param float8Since as in the record
   * @param float8ReductionArchitecture as in the record
   * @param sharedVariables as in the record
   */
  public VendorDescriptor {
    Objects.requireNonNull(backendId, "backendId");
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(library, "library");
    Objects.requireNonNull(runtime, "runtime");
    Objects.requireNonNull(driver, "driver");
    Objects.requireNonNull(driverSigns, "driverSigns");
    Objects.requireNonNull(prefix, "prefix");
    Objects.requireNonNull(runtimePrefix, "runtimePrefix");
    Objects.requireNonNull(config, "config");
    spellings = Map.copyOf(spellings);
    sharedVariables = List.copyOf(sharedVariables);
  }

  /** The library's spellings of a common name, with the prefix. */
  List<String> symbols(String commonName) {
    return spell(prefix, commonName);
  }

  /** The device runtime's spellings of a common name, with the prefix. */
  List<String> runtimeSymbols(String commonName) {
    return spell(runtimePrefix, commonName);
  }

  private List<String> spell(String before, String commonName) {
    return spellings.getOrDefault(commonName, List.of(commonName)).stream()
        .map(spelling -> before + spelling)
        .toList();
  }

  /**
   * What only the driver says.
   *
   * @param soname as the system's loader knows it, such as {@code libcuda.so.1}
   * @param deviceName {@code int f(char *name, int length, int device)}
   * @param contextState {@code int f(int device, unsigned *flags, int *active)}
   */
  public record Driver(String soname, String deviceName, String contextState) {

    /**
     * Requires all.
     *
     * @param soname as in the record
     * @param deviceName as in the record
     * @param contextState as in the record
     */
    public Driver {
      Objects.requireNonNull(soname, "soname");
      Objects.requireNonNull(deviceName, "deviceName");
      Objects.requireNonNull(contextState, "contextState");
    }
  }
}
