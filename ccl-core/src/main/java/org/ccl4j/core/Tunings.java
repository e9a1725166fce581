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
    for (TuningOption option : tuning.options()) {
      if (!option.isOfCommunicators()) {
        throw misplaced(what, option, "a single call", "CollectiveOptions");
      }
      requireAmong(known, library, what, option, "communicator");
    }
    requireOrder(what, tuning);
  }

  static void requireKnownForCalls(CclHandle library, String what, Tuning tuning) {
    library.requireCapability(what, Capability.CALL_TUNING);
    for (TuningOption option : tuning.options()) {
      if (!option.isOfCalls()) {
        throw misplaced(what, option, "a communicator", "ConnectOptions");
      }
      requireAmong(library.backend.callTuning(), library, what, option, "call");
    }
    requireOrder(what, tuning);
  }

  private static CclUsageException misplaced(
      String what, TuningOption option, String owner, String options) {
    return new CclUsageException(
        ErrorCode.UNSUPPORTED,
        what
            + ": the tuning has "
            + option
            + ", which is an option of "
            + owner
            + " alone. Leave it out here, and give it with "
            + options
            + ".withTuning.");
  }

  private static void requireAmong(
      Set<TuningOption> known, CclHandle library, String what, TuningOption option, String owner) {
    if (!known.contains(option)) {
      throw new CclUsageException(
          ErrorCode.UNSUPPORTED,
          what
              + ": the tuning has "
              + option
              + ", which "
              + library.loaded()
              + " does not know for a "
              + owner
              + "; allowed "
              + (known.isEmpty() ? "is none" : "are " + known)
              + ". Leave it out, or load a newer library.");
    }
  }

  private static void requireOrder(String what, Tuning tuning) {
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
