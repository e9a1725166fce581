package org.ccl4j.core;

import java.util.Set;
import org.ccl4j.api.Capability;
import org.ccl4j.api.CclUsageException;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.Tuning;
import org.ccl4j.api.TuningOption;

/**
 * Whether the loaded library can be asked for a tuning, of a communicator or of a call. A library
 * drops an option that is newer than it is without a word, so that it must not even get to see one.
 */
final class Tunings {
  private Tunings() {}

  static void requireKnown(CclHandle library, String what, Tuning tuning) {
    Set<TuningOption> known =
        library.info.can(Capability.TUNING) ? library.backend.tuning() : Set.of();
    requireAmong(known, library, what, "", tuning);
  }

  static void requireKnownForCalls(CclHandle library, String what, Tuning tuning) {
    library.requireCapability(what, Capability.CALL_TUNING);
    requireAmong(library.backend.callTuning(), library, what, " for a call", tuning);
  }

  private static void requireAmong(
      Set<TuningOption> known, CclHandle library, String what, String where, Tuning tuning) {
    for (TuningOption option : tuning.options()) {
      if (!known.contains(option)) {
        throw new CclUsageException(
            ErrorCode.UNSUPPORTED,
            what
                + ": the tuning has "
                + option
                + ", which "
                + library.loaded()
                + " does not know"
                + where
                + "; allowed "
                + (known.isEmpty() ? "is none" : "are " + known)
                + ". Leave it out, or load a newer library.");
      }
    }
    int fewest = tuning.value(TuningOption.MIN_CTAS).orElse(1);
    int most = tuning.value(TuningOption.MAX_CTAS).orElse(Integer.MAX_VALUE);
    if (fewest > most) {
      throw new CclUsageException(
          ErrorCode.INVALID_ARGUMENT,
          what
              + ": the tuning has MIN_CTAS "
              + fewest
              + " and MAX_CTAS "
              + most
              + "; allowed is a minimum no larger than the maximum.");
    }
  }
}
