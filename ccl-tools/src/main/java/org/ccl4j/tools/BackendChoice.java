package org.ccl4j.tools;

import java.io.PrintWriter;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.ccl4j.api.Ccl;
import org.ccl4j.api.CclSelectionException;
import org.ccl4j.api.Device;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.OpenOptions;
import org.ccl4j.api.ProbeResult.Available;
import org.ccl4j.api.Selection;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

/** Finds the backend for a command before anything is opened. */
final class BackendChoice {
  // The keys of backend-fake for its devices, and their limits. What it simulates costs nothing
  // until it is used, so a command line is not refused on account of their defaults.
  private static final String SIMULATED_DEVICES = "ccl.fake.devices";
  private static final int MOST_SIMULATED_DEVICES = 1024;
  private static final String SIMULATED_MEMORY = "ccl.fake.memory";
  private static final long MOST_SIMULATED_MEBIS = 1 << 24;
  private static final long MEBI = 1 << 20;
  private static final String SIMULATED_TRANSPORT = "ccl.fake.transport";

  private static final int MOST_UNASKED_RANKS = 8;

  private final OpenOptions options;
  private final Selection selection;
  private final String warning;

  private BackendChoice(OpenOptions options, Selection selection, String warning) {
    this.options = options;
    this.selection = selection;
    this.warning = warning;
  }

  /**
   * Selects.
   *
   * @param backend the name that was asked for; null for the usual selection
   * @throws UsageException when there is no such backend
   */
  static BackendChoice of(@Nullable String backend) {
    return of(backend, OpenOptions.DEFAULT);
  }

  /**
   * Selects.
   *
   * @param backend the name that was asked for; null for the usual selection
   * @param base what else to open with
   * @throws UsageException when there is no such backend
   */
  static BackendChoice of(@Nullable String backend, OpenOptions base) {
    OpenOptions options = backend == null ? base : base.withBackend(backend);
    Selection selection = Ccl.survey(options);
    if (backend != null
        && (selection.failure() == ErrorCode.UNKNOWN_BACKEND
            || selection.failure() == ErrorCode.AMBIGUOUS_BACKEND)) {
      throw UsageException.notAllowed(
          "--backend",
          backend,
          "one of the backends on the class path, " + names(selection.candidates()));
    }
    return simulatedInstead(selection)
        .map(candidate -> simulated(options, selection, candidate))
        .orElseGet(() -> new BackendChoice(options, selection, ""));
  }

  /**
   * The real backends come with these commands, whatever the machine. Where none of them can be
   * used, a simulated one still shows what the commands do; a program would get an error.
   */
  private static Optional<Selection.Candidate> simulatedInstead(Selection selection) {
    if (selection.failure() != ErrorCode.ALL_BACKENDS_UNAVAILABLE) {
      return Optional.empty();
    }
    List<Selection.Candidate> usable =
        selection.candidates().stream()
            .filter(c -> c.simulated() && c.probe() instanceof Available)
            .sorted(Comparator.comparingInt(Selection.Candidate::priority).reversed())
            .toList();
    boolean isTie = usable.size() > 1 && usable.get(0).priority() == usable.get(1).priority();
    return isTie ? Optional.empty() : usable.stream().findFirst();
  }

  private static BackendChoice simulated(
      OpenOptions options, Selection selection, Selection.Candidate candidate) {
    String id = candidate.id();
    String reason =
        id
            + ": no real backend can be used on this machine, so the commands of this tool take a"
            + " simulated one. A program with the same class path gets "
            + ErrorCode.ALL_BACKENDS_UNAVAILABLE.text()
            + " unless it asks for "
            + id
            + " by name.";
    return new BackendChoice(
        options.withBackend(id),
        new Selection(id, reason, null, selection.candidates()),
        "no real backend can be used on this machine (ccl doctor says why); taking " + id);
  }

  /** Says so when the backend is not the one that a program would get. */
  void warn(CommandSpec spec) {
    if (!warning.isEmpty()) {
      PrintWriter err = spec.commandLine().getErr();
      err.println("ccl " + spec.name() + ": " + warning);
      err.flush();
    }
  }

  private static String names(List<Selection.Candidate> candidates) {
    return candidates.isEmpty()
        ? "of which there are none"
        : candidates.stream().map(Selection.Candidate::id).collect(Collectors.joining(", "));
  }

  /** The options to open with, where the devices are taken as they are. */
  OpenOptions options() {
    return options;
  }

  /**
   * The options to open with, for devices that have room. A real device has what it has; simulated
   * ones get at least this much memory each.
   */
  OpenOptions optionsWithRoom(long bytes) {
    long mebis = Math.min(bytes, Long.MAX_VALUE - MEBI) / MEBI + 1;
    if (!isSimulated() || mebis <= smallestMemory() / MEBI) {
      return options;
    }
    return options.with(SIMULATED_MEMORY, Long.toString(Math.min(mebis, MOST_SIMULATED_MEBIS)));
  }

  /** The same backend for ranks in several processes that no launcher has started. */
  BackendChoice forProcesses() {
    return isSimulated()
        ? new BackendChoice(options.with(SIMULATED_TRANSPORT, "shm"), selection, warning)
        : this;
  }

  private boolean isSimulated() {
    return selection.chosenCandidate().map(Selection.Candidate::simulated).orElse(false);
  }

  private long smallestMemory() {
    try (Ccl ccl = Ccl.open(options);
        Device device = ccl.device(0)) {
      return device.info().totalMemory();
    }
  }

  /** What was found, and what would be taken. */
  Selection selection() {
    return selection;
  }

  /** The number of devices that the selected backend saw. */
  int deviceCount() {
    return selection
        .chosenCandidate()
        .map(candidate -> candidate.probe() instanceof Available found ? found.devices() : 0)
        .orElse(0);
  }

  /**
   * The selected backend.
   *
   * @throws CclSelectionException when none can be used; says why
   */
  Selection.Candidate chosen() {
    return selection
        .chosenCandidate()
        .orElseThrow(
            () ->
                new CclSelectionException(
                    selection.failure() == null ? ErrorCode.NO_BACKEND : selection.failure(),
                    selection));
  }

  /** The most ranks on this machine, as far as can be told without opening anything. */
  int mostRanks() {
    return chosen().simulated() ? MOST_SIMULATED_DEVICES : deviceCount();
  }

  /** An open backend and the number of ranks to run on it. */
  record Opened(Ccl ccl, int ranks) implements AutoCloseable {
    @Override
    public void close() {
      ccl.close();
    }
  }

  /**
   * Opens the backend with a device for each rank.
   *
   * @param ranks the number that was asked for; null for the default
   * @param bytes the memory that each device must have
   * @throws UsageException when there are not that many devices
   */
  Opened open(@Nullable String ranks, long bytes) {
    OpenOptions withRoom = optionsWithRoom(bytes);
    return isSimulated() ? openSimulated(ranks, withRoom) : openReal(ranks);
  }

  private Opened openSimulated(@Nullable String ranks, OpenOptions withRoom) {
    if (ranks == null) {
      int processors = Math.max(2, Runtime.getRuntime().availableProcessors());
      int count = Math.min(deviceCount(), Math.min(MOST_UNASKED_RANKS, processors));
      return new Opened(Ccl.open(withRoom), count);
    }
    int count = Arguments.count("--ranks", ranks, 1, MOST_SIMULATED_DEVICES);
    return new Opened(
        Ccl.open(
            count <= deviceCount()
                ? withRoom
                : withRoom.with(SIMULATED_DEVICES, Integer.toString(count))),
        count);
  }

  private Opened openReal(@Nullable String ranks) {
    Ccl ccl = Ccl.open(options);
    try {
      int devices = ccl.deviceCount();
      return new Opened(
          ccl, ranks == null ? devices : Arguments.count("--ranks", ranks, 1, devices));
    } catch (RuntimeException e) {
      ccl.close();
      throw e;
    }
  }
}
