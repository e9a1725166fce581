package org.ccl4j.core;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.OpenOptions;
import org.ccl4j.api.ProbeResult;
import org.ccl4j.api.Selection;
import org.ccl4j.api.Selection.Candidate;
import org.ccl4j.api.config.Settings;
import org.ccl4j.api.internal.Services;
import org.ccl4j.spi.BackendProvider;
import org.jspecify.annotations.Nullable;

/**
 * Picks a backend by the rules of {@link Selection}. It never guesses, because ranks that guess
 * differently run different libraries.
 */
final class Selector {
  private static final Pattern PROVIDER_CLASS = Pattern.compile("Provider (\\S+) ");

  private final Settings settings;
  private final List<Entry> entries;

  private Selector(List<Entry> entries, Settings settings) {
    this.entries = entries;
    this.settings = settings;
  }

  /** What was decided, and the provider that goes with it. */
  record Decision(Selection selection, @Nullable BackendProvider provider) {}

  /** One provider, its row in the report, and its class for messages about providers. */
  private record Entry(
      Candidate candidate, String providerClass, @Nullable BackendProvider provider) {

    String id() {
      return candidate.id();
    }

    boolean available() {
      return provider != null && candidate.probe() instanceof ProbeResult.Available;
    }

    /** This entry with what its provider found out, unless that is known already. */
    // A provider is foreign code: whatever it throws, the others must still be looked at.
    @SuppressWarnings("CatchAndPrintStackTrace")
    Entry examined(Settings settings) {
      if (provider == null || !(candidate.probe() instanceof ProbeResult.Unexamined)) {
        return this;
      }
      try {
        ProbeResult probe = Objects.requireNonNull(provider.probe(settings), "probe() is null");
        if (probe instanceof ProbeResult.Unexamined) {
          throw new IllegalStateException("probe() says that it did not examine");
        }
        return new Entry(with(probe), providerClass, provider);
      } catch (VirtualMachineError e) {
        throw e;
      } catch (Throwable e) {
        return new Entry(with(brokenBecause(e)), providerClass, null);
      }
    }

    private Candidate with(ProbeResult probe) {
      return new Candidate(candidate.id(), candidate.priority(), candidate.simulated(), probe);
    }
  }

  /** Examines everything. */
  static Selection survey(OpenOptions options) {
    Selector selector = of(options);
    selector.examineAll();
    return selector.decide(options).selection();
  }

  /** Examines what the decision needs: a backend that is asked for by name, else everything. */
  static Decision select(OpenOptions options) {
    return of(options).decide(options);
  }

  private static Selector of(OpenOptions options) {
    List<Entry> entries = new ArrayList<>();
    for (Services.Loaded<BackendProvider> loaded :
        Services.load(BackendProvider.class, options.classLoader())) {
      if (loaded instanceof Services.Loaded.Working<BackendProvider> working) {
        entries.add(unexamined(working.provider()));
      } else {
        entries.add(broken(((Services.Loaded.Broken<BackendProvider>) loaded).error()));
      }
    }
    entries.sort(Comparator.comparing(Entry::id).thenComparing(Entry::providerClass));
    return new Selector(entries, options.settings());
  }

  private Decision decide(OpenOptions options) {
    String asked = options.backend();
    if (asked != null) {
      return named(asked.strip(), "OpenOptions.withBackend");
    }
    Optional<Settings.Origin> origin = settings.origin(CoreSettings.BACKEND);
    if (origin.isPresent()) {
      return named(origin.get().value(), origin.get().description());
    }
    return unasked();
  }

  private void examineAll() {
    entries.replaceAll(entry -> entry.examined(settings));
  }

  private Entry examine(Entry one) {
    Entry examined = one.examined(settings);
    entries.set(entries.indexOf(one), examined);
    return examined;
  }

  // A provider is foreign code: whatever it throws, the others must still be looked at.
  @SuppressWarnings("CatchAndPrintStackTrace")
  private static Entry unexamined(BackendProvider provider) {
    String providerClass = provider.getClass().getName();
    String id = providerClass;
    int priority = 0;
    boolean simulated = false;
    try {
      id = Objects.requireNonNull(provider.id(), "id() is null");
      priority = provider.priority();
      simulated = provider.simulated();
      ProbeResult probe = new ProbeResult.Unexamined();
      return new Entry(new Candidate(id, priority, simulated, probe), providerClass, provider);
    } catch (VirtualMachineError e) {
      throw e;
    } catch (Throwable e) {
      return new Entry(
          new Candidate(id, priority, simulated, brokenBecause(e)), providerClass, null);
    }
  }

  /** The row of a provider that could not even be constructed. Whether it is simulated is open. */
  private static Entry broken(Throwable error) {
    Matcher named = PROVIDER_CLASS.matcher(String.valueOf(error.getMessage()));
    String providerClass = named.find() ? named.group(1) : "unknown provider";
    return new Entry(
        new Candidate(providerClass, 0, false, brokenBecause(error)), providerClass, null);
  }

  private static ProbeResult brokenBecause(Throwable error) {
    StringBuilder chain = new StringBuilder("the provider is broken: ").append(error);
    for (Throwable cause = error.getCause(); cause != null; cause = cause.getCause()) {
      chain.append(", caused by ").append(cause);
    }
    return new ProbeResult.Unavailable(
        chain.toString(),
        "Give all org.ccl4j artifacts one version (import ccl-bom), or take the artifact of this"
            + " provider off the class path.");
  }

  private Decision named(String name, String where) {
    List<Entry> fits = entries.stream().filter(e -> e.id().equals(name)).toList();
    if (fits.isEmpty()) {
      fits = entries.stream().filter(e -> e.id().endsWith("/" + name)).toList();
    }
    String asked = "'" + name + "', asked for by " + where + ", ";
    if (fits.isEmpty()) {
      return failed(
          ErrorCode.UNKNOWN_BACKEND,
          asked
              + "is not on the class path. "
              + (entries.isEmpty()
                  ? "Add the artifact of the backend at run time."
                  : "Add its artifact, or name one of: " + names(entries) + "."));
    }
    if (fits.size() > 1) {
      return failed(ErrorCode.AMBIGUOUS_BACKEND, asked + "fits several: " + settle(fits));
    }
    Entry entry = examine(fits.get(0));
    if (!entry.available()) {
      return failed(
          ErrorCode.BACKEND_UNAVAILABLE,
          asked + "cannot be used on this machine. Do what its line says, or name another.");
    }
    return taken(entry, "asked for by " + where);
  }

  private Decision unasked() {
    examineAll();
    if (entries.isEmpty()) {
      return failed(
          ErrorCode.NO_BACKEND,
          "no backend is on the class path. Add the artifact of one at run time, such as"
              + " org.ccl4j:backend-fake.");
    }
    List<Entry> real = entries.stream().filter(e -> !e.candidate().simulated()).toList();
    boolean onlySimulated = real.isEmpty();
    List<Entry> usable =
        (onlySimulated ? entries : real).stream().filter(Entry::available).toList();
    if (usable.isEmpty()) {
      boolean simulationIdle = entries.stream().anyMatch(e -> e.available());
      return failed(
          ErrorCode.ALL_BACKENDS_UNAVAILABLE,
          "no backend on the class path can be used on this machine. Do what the lines below say"
              + (simulationIdle
                  ? ", or ask for the simulated one by name: it is never taken unasked while a real"
                      + " one is there."
                  : "."));
    }
    int highest = usable.stream().mapToInt(e -> e.candidate().priority()).max().orElseThrow();
    List<Entry> best = usable.stream().filter(e -> e.candidate().priority() == highest).toList();
    if (best.size() > 1) {
      return failed(
          ErrorCode.AMBIGUOUS_BACKEND,
          "several backends of priority " + highest + " can be used: " + settle(best));
    }
    Entry entry = best.get(0);
    List<Entry> twins = entries.stream().filter(e -> e.id().equals(entry.id())).toList();
    if (twins.size() > 1) {
      return failed(ErrorCode.AMBIGUOUS_BACKEND, "an id is there several times: " + settle(twins));
    }
    return taken(
        entry,
        onlySimulated
            ? "only simulated backends are on the class path"
            : usable.size() == 1
                ? "the only real backend that can be used"
                : "the highest priority of those that can be used");
  }

  private static String settle(List<Entry> several) {
    if (several.stream().map(Entry::id).distinct().count() > 1) {
      return names(several)
          + ". Name one in full with OpenOptions.withBackend, "
          + CoreSettings.BACKEND.key()
          + " or "
          + CoreSettings.BACKEND.environmentVariable()
          + ".";
    }
    return several.get(0).id()
        + " of "
        + several.stream().map(Entry::providerClass).collect(Collectors.joining(" and of "))
        + ". Take all but one of them off the class path.";
  }

  private static String names(List<Entry> entries) {
    return entries.stream().map(Entry::id).distinct().collect(Collectors.joining(", "));
  }

  private Decision taken(Entry entry, String reason) {
    return new Decision(
        new Selection(entry.id(), entry.id() + ": " + reason, null, rows()), entry.provider());
  }

  private Decision failed(ErrorCode code, String reason) {
    examineAll();
    return new Decision(new Selection(null, reason, code, rows()), null);
  }

  private List<Candidate> rows() {
    return entries.stream().map(Entry::candidate).toList();
  }
}
