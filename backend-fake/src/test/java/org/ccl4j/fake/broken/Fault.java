package org.ccl4j.fake.broken;

import org.ccl4j.api.config.Setting;
import org.ccl4j.api.config.Settings;

/** The one thing that is broken. */
enum Fault {
  /** Nothing: the wrapping alone must not be caught. */
  NONE,
  /** The last element of a sum is off by one on rank 0. */
  WRONG_SUM,
  /** The parts of ranks 0 and 1 are swapped in an all-gather. */
  SWAPPED_RANKS,
  /** The last element of a broadcast is not written. */
  UNWRITTEN_ELEMENT,
  /** An all-reduce also writes the byte behind its result. */
  WRITES_BEYOND,
  /** Reductions go to rank 0 and broadcasts come from there, whatever the root. */
  IGNORES_ROOT,
  /** Copies to the host do not wait for the work before them. */
  IGNORES_STREAM_ORDER,
  /** Streams do not wait for events. */
  IGNORES_EVENTS,
  /** An all-gather in place reads rank 0's part on every rank. */
  WRONG_IN_PLACE_PART,
  /** A scalar before the sum counts as 1. */
  IGNORES_SCALAR,
  /** A communicator is destroyed twice. */
  DESTROYS_TWICE,
  /** Parts of an all-to-all are sent to the rank after the right one. */
  SHIFTED_PARTS,
  /** Messages go to rank 0. */
  WRONG_PEER,
  /** Every unique id is the same. */
  SAME_UNIQUE_ID,
  /** A split ignores the keys. */
  IGNORES_KEYS,
  /** A graph runs at its first launch only. */
  LAUNCHES_ONCE,
  /** An average of integers is their sum. */
  FORGETS_TO_DIVIDE,
  /** The calls of a group's body before an exception are launched. */
  LAUNCHES_HALF_A_GROUP,
  /** A second close fails. */
  SECOND_CLOSE_FAILS,
  /** Memory of the library starts 256 bytes behind where it should. */
  MISALIGNED_MEMORY,
  /** Host memory is given away again while it is in use. */
  REUSES_HOST_MEMORY,
  /** A put writes to the start of the window, whatever the offset. */
  IGNORES_OFFSET,
  /** A wait for a signal does not wait. */
  IGNORES_SIGNALS,
  /** A wait for several raises waits for one. */
  COUNTS_ONE_RAISE,
  /** Says that there are no signals. */
  HIDES_SIGNALS,
  /** Says that there is a signal more than there is. */
  INVENTS_SIGNALS,
  /** All signals are the first. */
  MIXES_SIGNALS,
  /** A window that the other ranks did not register in time is taken for good. */
  TAKES_WINDOWS_ALONE,
  /** Says that all ranks have suspended when they have not. */
  SUSPENDS_ALONE,
  /** Two threads that use a communicator at once wait for each other. */
  QUEUES_THREADS,
  /** Ranks are numbered from the end when 1 of 4 is left out, or 4 are grown to. */
  NUMBERS_BACKWARDS,
  /** What came from a communicator is aborted with it, whatever happened. */
  ABORTS_CHILDREN,
  /** Revoking ends nothing. */
  REVOKES_NOTHING,
  /** Whether memory was given back is never told. */
  HIDES_SUSPENSION,
  /** An estimate runs what it estimates. */
  RUNS_ESTIMATES,
  /** No option of a tuning is known. */
  KNOWS_NO_OPTION,
  /** No option of a call's tuning is known. */
  KNOWS_NO_OPTION_OF_CALLS,
  /** Calls with a tuning do nothing. */
  SKIPS_TUNED_CALLS,
  /** The root of calls with a tuning is rank 0. */
  IGNORES_TUNED_ROOTS,
  /** There are no parameters. */
  HIDES_PARAMETERS,
  /**
   * The parts of an all-to-all with counts are written one after the other, whatever the offsets.
   */
  CLOSES_GAPS,
  /** An all-to-all with counts looks at its arrays when the group ends. */
  KEEPS_ARRAYS,
  /** The last byte of a long part of an all-to-all with counts is wrong. */
  SPOILS_LONG_PARTS,
  /** A bias is left out. */
  IGNORES_BIAS,
  /** A bias is left out when there are many elements. */
  IGNORES_LONG_BIAS,
  /** A bias is read from the multiple of 256 bytes before it. */
  ALIGNS_BIAS,
  /** All biases of a group but the first are left out. */
  FORGETS_SECOND_BIAS,
  /** An all-reduce with a bias that is refused does nothing, and says so to nobody. */
  SWALLOWS_REFUSALS;

  private static final Setting KEY =
      new Setting("ccl.test.fault", "NONE", "What the broken backend breaks.");

  static Fault of(Settings settings) {
    return settings.getEnum(KEY, Fault.class);
  }

  static String key() {
    return KEY.key();
  }
}
