package org.ccl4j.jna;

import java.nio.file.Path;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.ccl4j.api.Capability;
import org.ccl4j.api.CclLibraryException;
import org.ccl4j.api.CclUsageException;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.ProbeResult;
import org.ccl4j.api.config.Setting;
import org.ccl4j.api.config.Settings;
import org.ccl4j.jna.search.DriverSigns;
import org.ccl4j.jna.search.LibrarySearch;
import org.ccl4j.jna.search.LibrarySpec;
import org.ccl4j.jna.search.Refusal;
import org.ccl4j.jna.search.SearchReport;
import org.ccl4j.jna.sys.CFunction;
import org.ccl4j.jna.sys.NativeLibraryHandle;
import org.ccl4j.spi.Backend;
import org.ccl4j.spi.StatusCode;
import org.ccl4j.spi.StatusText;

/** What the provider of every native backend does. */
final class NativeProviders {
  /**
   * By file. All backends of the process share a runtime: whether a device is idle is a question
   * about the streams of all of them.
   */
  private static final Map<String, NativeRuntime> RUNTIMES = new ConcurrentHashMap<>();

  /** The first version that has all types and operators of the API, but for the 8-bit floats. */
  private static final int OLDEST = 21000;

  static final Setting NONBLOCKING =
      new Setting(
          "ccl.native.nonblocking",
          "off",
          "Whether communicators of native libraries stay nonblocking after they are connected: on lets a call be given up that waits inside the library, and makes small calls several times slower.");

  static final Setting CONFIG =
      new Setting(
          "ccl.native.config",
          "on",
          "Whether native libraries are given a configuration when they connect: off for one that refuses it, which then has neither a tuning nor connects that can be given up.");

  static final Setting FOREIGN =
      new Setting(
          "ccl.native.foreign",
          "on",
          "Whether native functions are called through java.lang.foreign where the JVM has it (Java 22): a crossing takes a tenth of the time of JNA's. It holds for the whole process once one was opened with on.");

  private NativeProviders() {}

  /**
   * Finds out whether a vendor's libraries can be used here.
   *
   * @param vendor whose
   * @param settings the configuration
   * @return available, or why not and what to do
   */
  static ProbeResult probe(VendorDescriptor vendor, Settings settings) {
    try {
      return probeWith(vendor, settings);
    } catch (CclUsageException e) {
      return new ProbeResult.Unavailable(
          String.valueOf(e.getMessage()), "Correct or unset the setting.");
    }
  }

  private static ProbeResult probeWith(VendorDescriptor vendor, Settings settings) {
    Map<String, String> details = new LinkedHashMap<>();
    Loaded loaded = load(vendor, settings, details);
    DriverSigns signs = DriverSigns.of(vendor.runtime().driverSigns(), settings);
    if (loaded instanceof Loaded.Failed failed) {
      details.put("driver", signs.describe());
      return new ProbeResult.Unavailable(failed.reason(), failed.remedy(), details);
    }
    Loaded.Both both = (Loaded.Both) loaded;
    details.put("driver", driver(both) + signs.describe());
    if (both.library().version < OLDEST) {
      return new ProbeResult.Unavailable(
          vendor.name()
              + " "
              + Versions.text(both.library().version)
              + " ("
              + both.library().handle.name()
              + ") is too old: it has neither BFLOAT16 nor the operator AVG.",
          vendor.library().remedy(),
          details);
    }
    int devices = both.runtime().deviceCount();
    if (devices == 0) {
      Refusal missing = noDevice(vendor, both, signs);
      return new ProbeResult.Unavailable(missing.reason(), missing.remedy(), details);
    }
    return new ProbeResult.Available(
        Versions.text(both.library().version),
        both.library().handle.name(),
        devices,
        capabilities(both, settings),
        details);
  }

  /** The newest runtime that the driver can carry, where there is a driver. */
  private static String driver(Loaded.Both both) {
    int version = both.runtime().library().driverVersion();
    return version == 0
        ? ""
        : "for device runtimes up to " + both.runtime().library().versionText(version) + "\n";
  }

  private static Refusal noDevice(VendorDescriptor vendor, Loaded.Both both, DriverSigns signs) {
    String found =
        vendor.name()
            + " "
            + Versions.text(both.library().version)
            + " is there ("
            + both.library().handle.name()
            + "), but no device. ";
    int status = both.runtime().countStatus();
    StatusText text = both.runtime().describe(status);
    String said =
        status == StatusCode.OK
            ? "The device runtime counts 0."
            : "The device runtime says: " + text.text() + " (" + text.name() + ").";
    return signs
        .missing()
        .map(missing -> new Refusal(found + missing.reason() + " " + said, missing.remedy()))
        .orElseGet(() -> new Refusal(found + said, tooOld(vendor, both)));
  }

  private static String tooOld(VendorDescriptor vendor, Loaded.Both both) {
    RuntimeLibrary library = both.runtime().library();
    int driver = library.driverVersion();
    int runtime = library.runtimeVersion();
    return driver > 0 && driver < runtime
        ? "The driver is for runtimes up to "
            + library.versionText(driver)
            + ", and this one is "
            + library.versionText(runtime)
            + ": update the driver, or name an older runtime by "
            + vendor.runtime().library().explicit().key()
            + "."
        : "Run where there is a device, and look at what the driver logs.";
  }

  private static Set<Capability> capabilities(Loaded.Both both, Settings settings) {
    EnumSet<Capability> found = EnumSet.noneOf(Capability.class);
    found.addAll(both.library().capabilities());
    found.addAll(both.runtime().library().capabilities());
    int needed = both.library().vendor.float8().architecture();
    if (found.contains(Capability.FLOAT8)
        && (needed == 0 || both.runtime().lowestArchitecture() >= needed)) {
      found.add(Capability.FLOAT8_REDUCTION);
    }
    if (both.library().vendor.sharing().isAskedFor(both.library().version, settings)) {
      found.add(Capability.SHARED_DEVICES);
    }
    return found;
  }

  /**
   * Opens a vendor's libraries.
   *
   * @param vendor whose
   * @param settings the configuration
   * @return the open backend
   * @throws CclLibraryException when they cannot be used after all
   */
  static Backend open(VendorDescriptor vendor, Settings settings) {
    Loaded loaded = load(vendor, settings, new LinkedHashMap<>());
    if (loaded instanceof Loaded.Failed failed) {
      throw new CclLibraryException(
          ErrorCode.LIBRARY_ERROR, failed.reason() + " " + failed.remedy());
    }
    Loaded.Both both = (Loaded.Both) loaded;
    if (settings.getBoolean(FOREIGN)) {
      quicken();
    }
    return new NativeBackend(both.library(), both.runtime(), settings);
  }

  /** Aside, because it takes some tenths of a second and nobody needs to wait for it. */
  private static void quicken() {
    Thread thread = new Thread(CFunction::quicken, "ccl-quicken");
    thread.setDaemon(true);
    thread.start();
  }

  /** What loading came to. */
  private sealed interface Loaded {
    record Both(CollectiveLibrary library, NativeRuntime runtime) implements Loaded {}

    record Failed(String reason, String remedy) implements Loaded {}
  }

  private static Loaded load(
      VendorDescriptor described, Settings settings, Map<String, String> details) {
    VendorDescriptor vendor = settings.getBoolean(CONFIG) ? described : described.withoutConfig();
    try {
      SearchReport library = search(vendor.library(), settings);
      SearchReport runtime =
          library instanceof SearchReport.Found found
              ? LibrarySearch.search(
                  vendor.runtime().library(), settings, NativeProviders::tryToLoad, found)
              : search(vendor.runtime().library(), settings);
      details.put("library", summary(library));
      details.put("runtime", summary(runtime));
      details.put("search", searched(library) + "\n" + searched(runtime));
      for (SearchReport report : List.of(library, runtime)) {
        if (report instanceof SearchReport.NotFound missing) {
          return new Loaded.Failed(missing.reason(), missing.remedy());
        }
      }
      Loaded.Both both =
          new Loaded.Both(
              new CollectiveLibrary(vendor, handle(library), settings.getBoolean(NONBLOCKING)),
              RUNTIMES.computeIfAbsent(
                  handle(runtime).name(),
                  file ->
                      new NativeRuntime(new RuntimeLibrary(vendor.runtime(), handle(runtime)))));
      addVersions(both, details);
      return both;
    } catch (LinkageError e) {
      // JNA's own library may be refused: a folder without execution, or native access denied.
      return new Loaded.Failed(
          "Native code cannot be called: " + e,
          "Allow it: --enable-native-access=ALL-UNNAMED, and a java.io.tmpdir whose files may be"
              + " executed.");
    }
  }

  private static void addVersions(Loaded.Both both, Map<String, String> details) {
    CollectiveLibrary library = both.library();
    String release = library.vendor.release(library.version);
    details.merge(
        "library",
        "version " + Versions.text(library.version) + (release.isEmpty() ? "" : ", " + release),
        NativeProviders::join);
    RuntimeLibrary runtime = both.runtime().library();
    details.merge(
        "runtime",
        "version " + runtime.versionText(runtime.runtimeVersion()),
        NativeProviders::join);
    VendorDescriptor.Float8 float8 = library.vendor.float8();
    if (float8.isIn(library.version) && !float8.limit().isEmpty()) {
      details.put("float8", float8.limit());
    }
  }

  private static String join(String first, String second) {
    return first + "\n" + second;
  }

  private static String summary(SearchReport report) {
    return report instanceof SearchReport.Found found
        ? found.file() + "\nfound by " + found.origin()
        : "none";
  }

  private static String searched(SearchReport report) {
    return report.spec().name() + "\n" + report.describe().indent(2).stripTrailing();
  }

  private static NativeLibraryHandle handle(SearchReport report) {
    return NativeLibraryHandle.open(((SearchReport.Found) report).file().toString());
  }

  private static SearchReport search(LibrarySpec spec, Settings settings) {
    return LibrarySearch.search(spec, settings, NativeProviders::tryToLoad);
  }

  private static Optional<Refusal> tryToLoad(Path file) {
    try {
      NativeLibraryHandle unused = NativeLibraryHandle.open(file.toString());
      return Optional.empty();
    } catch (UnsatisfiedLinkError e) {
      return Optional.of(Refusal.ofLoadError(String.valueOf(e.getMessage())));
    }
  }
}
