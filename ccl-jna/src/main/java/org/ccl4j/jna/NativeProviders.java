package org.ccl4j.jna;

import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.ccl4j.api.Capability;
import org.ccl4j.api.CclLibraryException;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.ProbeResult;
import org.ccl4j.api.config.Settings;
import org.ccl4j.jna.search.LibrarySearch;
import org.ccl4j.jna.search.LibrarySpec;
import org.ccl4j.jna.search.Refusal;
import org.ccl4j.jna.search.SearchReport;
import org.ccl4j.jna.sys.NativeLibraryHandle;
import org.ccl4j.spi.Backend;
import org.ccl4j.spi.StatusCode;
import org.ccl4j.spi.StatusText;

/** What the provider of every native backend does. */
public final class NativeProviders {
  /**
   * By file. All backends of the process share a runtime: whether a device is idle is a question
   * about the streams of all of them.
   */
  private static final Map<String, NativeRuntime> RUNTIMES = new ConcurrentHashMap<>();

  private NativeProviders() {}

  /**
   * Finds out whether a vendor's libraries can be used here.
   *
   * @param vendor whose
   * @param settings the configuration
   * @return available, or why not and what to do
   */
  public static ProbeResult probe(VendorDescriptor vendor, Settings settings) {
    Loaded loaded = load(vendor, settings);
    if (loaded instanceof Loaded.Failed failed) {
      return new ProbeResult.Unavailable(failed.reason(), failed.remedy());
    }
    Loaded.Both both = (Loaded.Both) loaded;
    int devices = both.runtime().deviceCount();
    if (devices == 0) {
      return new ProbeResult.Unavailable(
          noDevice(vendor, both), "Run where there is a device and its driver is installed.");
    }
    return new ProbeResult.Available(
        Versions.text(both.library().version),
        both.library().handle.name(),
        devices,
        capabilities(both));
  }

  private static String noDevice(VendorDescriptor vendor, Loaded.Both both) {
    String found =
        vendor.name()
            + " "
            + Versions.text(both.library().version)
            + " is there ("
            + both.library().handle.name()
            + "), but no device: ";
    int status = both.runtime().countStatus();
    if (status == StatusCode.OK) {
      return found + "the device runtime counts 0.";
    }
    StatusText text = both.runtime().describe(status);
    return found + text.name() + ": " + text.text() + ".";
  }

  private static Set<Capability> capabilities(Loaded.Both both) {
    EnumSet<Capability> found = EnumSet.noneOf(Capability.class);
    found.addAll(both.library().capabilities());
    found.addAll(both.runtime().library().capabilities());
    int needed = both.library().vendor.float8ReductionArchitecture();
    if (found.contains(Capability.FLOAT8)
        && (needed == 0 || both.runtime().lowestArchitecture() >= needed)) {
      found.add(Capability.FLOAT8_REDUCTION);
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
  public static Backend open(VendorDescriptor vendor, Settings settings) {
    Loaded loaded = load(vendor, settings);
    if (loaded instanceof Loaded.Failed failed) {
      throw new CclLibraryException(
          ErrorCode.LIBRARY_ERROR, failed.reason() + " " + failed.remedy());
    }
    Loaded.Both both = (Loaded.Both) loaded;
    return new NativeBackend(both.library(), both.runtime(), settings);
  }

  /** What loading came to. */
  private sealed interface Loaded {
    record Both(CollectiveLibrary library, NativeRuntime runtime) implements Loaded {}

    record Failed(String reason, String remedy) implements Loaded {}
  }

  private static Loaded load(VendorDescriptor vendor, Settings settings) {
    try {
      SearchReport library = search(vendor.library(), settings);
      if (library instanceof SearchReport.NotFound missing) {
        return new Loaded.Failed(missing.reason(), missing.remedy());
      }
      SearchReport runtime = search(vendor.runtime(), settings);
      if (runtime instanceof SearchReport.NotFound missing) {
        return new Loaded.Failed(missing.reason(), missing.remedy());
      }
      return new Loaded.Both(
          new CollectiveLibrary(vendor, handle(library)),
          RUNTIMES.computeIfAbsent(
              handle(runtime).name(),
              file -> new NativeRuntime(new RuntimeLibrary(vendor, handle(runtime)))));
    } catch (LinkageError e) {
      // JNA's own library may be refused: a folder without execution, or native access denied.
      return new Loaded.Failed(
          "Native code cannot be called: " + e,
          "Allow it: --enable-native-access=ALL-UNNAMED, and a java.io.tmpdir whose files may be"
              + " executed.");
    }
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
      return Optional.of(
          new Refusal("The loader refuses it: " + e.getMessage(), "Install what it needs."));
    }
  }
}
