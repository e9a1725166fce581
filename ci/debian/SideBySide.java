package org.ccl4j.jna;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeSet;
import org.ccl4j.api.Capability;
import org.ccl4j.api.ProbeResult;
import org.ccl4j.api.Tuning;
import org.ccl4j.api.config.Settings;
import org.ccl4j.jna.sys.Cells;
import org.ccl4j.spi.Backend;
import org.ccl4j.spi.Backend.Terms;
import org.ccl4j.spi.BackendCommunicator;
import org.ccl4j.spi.BackendProvider;
import org.ccl4j.spi.Result;
import org.ccl4j.spi.StatusText;

/**
 * Two vendors' libraries with the same names of functions in one JVM, on a machine without devices: each answers for
 * itself, whichever was loaded first. It is in this package to see what the symbols of a library come to where no device
 * is found that could use them.
 *
 * <p>Arguments: for each backend its id, the version of its library, what its refusals name, and the capabilities that
 * its symbols give, those that they do not give after a slash, such as {@code amd/rccl 2.13.4 hip
 * PRE_MUL_SUM,NATIVE_GATHER/SPLIT}. The order is that in which they are opened.
 */
final class SideBySide {
  private static final Terms TERMS = new Terms("side by side", Tuning.DEFAULT, 20_000_000_000L);

  private int checks;

  private record Expected(
      String id, String version, String runtime, Set<Capability> can, Set<Capability> lacks) {}

  private record Opened(Expected expected, BackendProvider provider, NativeBackend backend) {}

  public static void main(String[] args) {
    SideBySide program = new SideBySide();
    program.run(expected(args));
    System.out.println("OK: " + program.checks + " passed, 0 failed, 0 unsupported");
    // Threads of the libraries may be about.
    System.exit(0);
  }

  private static List<Expected> expected(String[] args) {
    if (args.length == 0 || args.length % 4 != 0) {
      System.err.println("usage: SideBySide (ID VERSION RUNTIME CAPABILITIES/CAPABILITIES)...");
      System.exit(2);
    }
    List<Expected> expected = new ArrayList<>();
    for (int i = 0; i < args.length; i += 4) {
      String[] both = args[i + 3].split("/");
      expected.add(
          new Expected(args[i], args[i + 1], args[i + 2], capabilities(both[0]), capabilities(both[1])));
    }
    return expected;
  }

  private static Set<Capability> capabilities(String names) {
    Set<Capability> capabilities = new TreeSet<>();
    Arrays.stream(names.split(",")).map(Capability::valueOf).forEach(capabilities::add);
    return capabilities;
  }

  private void run(List<Expected> all) {
    Map<String, BackendProvider> providers = new HashMap<>();
    ServiceLoader.load(BackendProvider.class).forEach(found -> providers.put(found.id(), found));
    List<Opened> opened = new ArrayList<>();
    for (Expected expected : all) {
      BackendProvider provider = providers.get(expected.id);
      require(provider != null, "there is no backend " + expected.id);
      Backend backend = provider.open(Settings.system());
      opened.add(new Opened(expected, provider, (NativeBackend) backend));
    }
    // All are loaded now; only then are they asked.
    opened.forEach(this::itIsItself);
    opened.forEach(this::itsSymbolsAreItsOwn);
    idsDiffer(opened);
    opened.forEach(this::itRefusesInItsOwnWords);
    opened.forEach(this::itCallsItsOwnFunctions);
    opened.forEach(one -> one.backend.close());
  }

  private void itIsItself(Opened one) {
    String version = Versions.text(one.backend.library().version);
    System.out.println(one.expected.id + ": " + version + " from " + one.backend.library().handle.name());
    require(version.equals(one.expected.version), "it is " + version + ", not " + one.expected.version);
    if (!(one.provider.probe(Settings.system()) instanceof ProbeResult.Unavailable probe)) {
      throw new IllegalStateException(one.expected.id + " is available: there is a device after all");
    }
    System.out.println("  " + probe.reason() + "\n  " + probe.remedy());
    require(probe.reason().contains(version + " is there"), "the report of " + one.expected.id);
    require(!probe.remedy().isBlank(), "the advice of " + one.expected.id);
    StatusText invalid = one.backend.describe(4);
    require(invalid.name().equals("ncclInvalidArgument"), "status 4 is " + invalid);
    require(invalid.text().startsWith("invalid argument"), "status 4 is " + invalid);
  }

  private void itsSymbolsAreItsOwn(Opened one) {
    Set<Capability> found = new TreeSet<>(one.backend.library().capabilities());
    System.out.println(one.expected.id + " can " + found);
    Set<Capability> missing = new TreeSet<>(one.expected.can);
    missing.removeAll(found);
    require(missing.isEmpty(), one.expected.id + " lacks " + missing);
    Set<Capability> tooMany = new TreeSet<>(one.expected.lacks);
    tooMany.retainAll(found);
    require(tooMany.isEmpty(), one.expected.id + " should not have " + tooMany);
    require(one.backend.library().getLastError.isPresent(), one.expected.id + " has no last error");
  }

  private void idsDiffer(List<Opened> opened) {
    List<byte[]> ids = new ArrayList<>();
    for (int round = 0; round < 2; round++) {
      for (Opened one : opened) {
        Result<byte[]> id = one.backend.newUniqueId();
        require(id.status() == 0, "a unique id of " + one.expected.id + ": " + id.status());
        ids.forEach(other -> require(!Arrays.equals(other, id.value()), "an id came twice"));
        ids.add(id.value());
      }
    }
  }

  private void itRefusesInItsOwnWords(Opened one) {
    Result<List<BackendCommunicator>> result = one.backend.connectAll(new int[] {0}, TERMS);
    require(result.status() != 0, one.expected.id + " connected without a device");
    StatusText text = one.backend.describe(result.status());
    String said = text.name() + ": " + text.text() + ". " + one.backend.lastError();
    System.out.println(one.expected.id + " refuses: " + said);
    require(
        said.toLowerCase(Locale.ROOT).contains(one.expected.runtime),
        "the refusal of " + one.expected.id + " does not name " + one.expected.runtime + ": " + said);
  }

  /**
   * Past the backend, which asks the device runtime first: the library calls its own exported functions on this way, and
   * would reach the other's of the same name if the loader had made them known to all.
   */
  private void itCallsItsOwnFunctions(Opened one) {
    CollectiveLibrary library = one.backend.library();
    try (Cells out = new Cells(Long.BYTES);
        Cells devices = new Cells(Integer.BYTES)) {
      int status = library.commInitAll.call(out.address(), 1, devices.address());
      String said = one.backend.lastErrorOf(0);
      System.out.println(one.expected.id + " says: " + status + ", " + said);
      require(status == 1, "the status is " + status + ", not 1: unhandled device error");
      require(
          said.toLowerCase(Locale.ROOT).contains(one.expected.runtime + " failure"),
          "the last error of " + one.expected.id + " is '" + said + "'");
    }
  }

  private void require(boolean condition, String otherwise) {
    if (!condition) {
      throw new IllegalStateException("wrong: " + otherwise);
    }
    checks++;
  }
}
