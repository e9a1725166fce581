package org.ccl4j.tools;

import java.util.List;
import java.util.stream.Collectors;
import org.ccl4j.api.Ccl;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.OpenOptions;
import org.ccl4j.api.ProbeResult.Available;
import org.ccl4j.api.Selection;
import org.jspecify.annotations.Nullable;

/** Finds the backend for a command before anything is opened. */
final class BackendChoice {
  /** The key of backend-fake that says how many devices it has; it has no other limit on ranks. */
  private static final String SIMULATED_DEVICES = "ccl.fake.devices";

  private static final int MOST_SIMULATED_DEVICES = 1024;
  private static final int MOST_UNASKED_RANKS = 8;

  private final OpenOptions options;
  private final Selection selection;

  private BackendChoice(OpenOptions options, Selection selection) {
    this.options = options;
    this.selection = selection;
  }

  /**
   * Selects.
   *
   * @param backend the name that was asked for; null for the usual selection
   * @throws UsageException when there is no such backend
   */
  static BackendChoice of(@Nullable String backend) {
    OpenOptions options =
        backend == null ? OpenOptions.DEFAULT : OpenOptions.DEFAULT.withBackend(backend);
    Selection selection = Ccl.survey(options);
    if (backend != null
        && (selection.failure() == ErrorCode.UNKNOWN_BACKEND
            || selection.failure() == ErrorCode.AMBIGUOUS_BACKEND)) {
      throw UsageException.notAllowed(
          "--backend",
          backend,
          "one of the backends on the class path, " + names(selection.candidates()));
    }
    return new BackendChoice(options, selection);
  }

  private static String names(List<Selection.Candidate> candidates) {
    return candidates.isEmpty()
        ? "of which there are none"
        : candidates.stream().map(Selection.Candidate::id).collect(Collectors.joining(", "));
  }

  /** The options to open with. */
  OpenOptions options() {
    return options;
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
   * @throws UsageException when there are not that many devices
   */
  Opened open(@Nullable String ranks) {
    boolean simulated =
        selection.chosenCandidate().map(Selection.Candidate::simulated).orElse(false);
    return simulated ? openSimulated(ranks) : openReal(ranks);
  }

  private Opened openSimulated(@Nullable String ranks) {
    if (ranks != null) {
      int wanted = Arguments.count("--ranks", ranks, 1, MOST_SIMULATED_DEVICES);
      Ccl ccl = Ccl.open(options);
      if (ccl.deviceCount() < wanted) {
        ccl.close();
        ccl = Ccl.open(options.with(SIMULATED_DEVICES, Integer.toString(wanted)));
      }
      return new Opened(ccl, wanted);
    }
    Ccl ccl = Ccl.open(options);
    int processors = Math.max(2, Runtime.getRuntime().availableProcessors());
    return new Opened(ccl, Math.min(ccl.deviceCount(), Math.min(MOST_UNASKED_RANKS, processors)));
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
