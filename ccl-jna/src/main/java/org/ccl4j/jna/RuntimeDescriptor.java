package org.ccl4j.jna;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.ccl4j.api.config.Setting;
import org.ccl4j.jna.search.DriverSpec;
import org.ccl4j.jna.search.LibrarySpec;

/**
 * A vendor's device runtime as data. All of them have the shape of the CUDA runtime.
 *
 * @param prefix of its symbols, such as {@code cuda}
 * @param library how it is found, see {@link #library}
 * @param spellings symbols that are not prefix and common name, as those of {@link
 *     VendorDescriptor}; an empty list for a function that is there but must not be used
 * @param versions how it counts its versions
 * @param knowsArchitecture whether the attributes of devices have CUDA's numbers and meanings, so
 *     that the major compute capability can be asked
 * @param driver what is asked of the driver beside the runtime; empty where the runtime has it all
 * @param driverSigns by what the driver shows itself
 */
public record RuntimeDescriptor(
    String prefix,
    LibrarySpec library,
    Map<String, List<String>> spellings,
    Counting versions,
    boolean knowsArchitecture,
    Optional<Driver> driver,
    DriverSpec driverSigns) {

  private static final List<String> REQUIRED =
      List.of(
          "GetDeviceCount",
          "SetDevice",
          "GetDevice",
          "Malloc",
          "MemcpyAsync",
          "StreamCreateWithPriority",
          "StreamQuery",
          "EventQuery",
          "GetErrorName");

  /** How a runtime counts its versions. */
  public enum Counting {
    /** 1000 * major + 10 * minor, and the driver says the newest runtime that it can carry. */
    CUDA(1000, 10, true),
    /** 10000000 * major + 100000 * minor + patch; what the driver says is something else. */
    HIP(10_000_000, 100_000, false),
    /** 10000 * major + 100 * minor; what the driver says is not known. */
    HUNDREDS(10_000, 100, false);

    private final int major;
    private final int minor;
    private final boolean ofDriver;

    Counting(int major, int minor, boolean ofDriver) {
      this.major = major;
      this.minor = minor;
      this.ofDriver = ofDriver;
    }

    /** Such as {@code 13.0}. */
    String text(int version) {
      return version / major + "." + version % major / minor;
    }

    boolean isOfDriver() {
      return ofDriver;
    }
  }

  /**
   * Copies the spellings.
   *
   * @param prefix as in the record
   * @param library as in the record
   * @param spellings as in the record
   * @param versions as in the record
   * @param knowsArchitecture as in the record
   * @param driver as in the record
   * @param driverSigns as in the record
   */
  public RuntimeDescriptor {
    Objects.requireNonNull(prefix, "prefix");
    Objects.requireNonNull(library, "library");
    Objects.requireNonNull(versions, "versions");
    Objects.requireNonNull(driver, "driver");
    Objects.requireNonNull(driverSigns, "driverSigns");
    spellings = Map.copyOf(spellings);
  }

  /**
   * How a device runtime is found: the functions without which it is of no use follow from the
   * prefix.
   *
   * @param prefix of its symbols
   * @param explicit the setting that names the file
   * @param sonames the file names, the one to prefer first
   * @param homes folders to look in, as in {@link LibrarySpec}
   * @param remedy how one gets it
   * @return for a descriptor
   */
  public static LibrarySpec library(
      String prefix, Setting explicit, List<String> sonames, List<String> homes, String remedy) {
    Map<String, String> required = new LinkedHashMap<>();
    REQUIRED.forEach(name -> required.put(prefix + name, ""));
    return new LibrarySpec(
        explicit,
        List.of(),
        sonames,
        homes,
        required,
        prefix + "RuntimeGetVersion",
        List.of(),
        Map.of(),
        remedy);
  }

  /** The spellings of a common name, with the prefix. */
  List<String> symbols(String commonName) {
    return VendorDescriptor.spell(prefix, spellings, commonName);
  }

  /**
   * What only the driver says.
   *
   * @param soname as the system's loader knows it, such as {@code libcuda.so.1}
   * @param deviceName {@code int f(char *name, int length, int device)}
   * @param contextState {@code int f(int device, unsigned *flags, int *active)}; empty where there
   *     is no such function
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
