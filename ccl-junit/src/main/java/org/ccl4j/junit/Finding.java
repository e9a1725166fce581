package org.ccl4j.junit;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.ccl4j.api.Store;
import org.jspecify.annotations.Nullable;
import org.opentest4j.TestAbortedException;

/**
 * Something that went wrong in a run, in this process or in another one of the group.
 *
 * @param kind what it was
 * @param rank whose it was; {@link #NO_RANK} where it is not one rank's
 * @param text what was thrown, or what the ranks were doing
 * @param thrown what was thrown; null for what was not, and for what another process reported
 */
record Finding(Kind kind, int rank, String text, @Nullable Throwable thrown) {
  static final int NO_RANK = -1;

  private static final String FIELD = "\u0000";
  private static final String END = "\u0001";

  /** Longer texts, such as those of a hang with the stacks of hundreds of ranks, are cut. */
  private static final int LONGEST = Store.MAX_VALUE_BYTES / 64;

  private static final int MOST = 32;

  /** In the order in which they are worth reporting. */
  enum Kind {
    /** The ranks did not end in time. */
    HUNG,
    /** A rank's body, or its opening or closing, failed. */
    FAILED,
    /** It failed after its communicators had been aborted. */
    CONSEQUENCE,
    /** A body said that it cannot be run here. */
    ABORTED
  }

  static Finding of(int rank, Throwable thrown, boolean consequence) {
    Kind kind =
        thrown instanceof TestAbortedException
            ? Kind.ABORTED
            : consequence ? Kind.CONSEQUENCE : Kind.FAILED;
    String text = kind == Kind.ABORTED ? thrown.getMessage() : textOf(thrown);
    return new Finding(kind, rank, String.valueOf(text), thrown);
  }

  /**
   * With what is behind it: of a communicator that failed the first failure tells what happened.
   */
  private static String textOf(Throwable thrown) {
    StringBuilder text = new StringBuilder(thrown.toString());
    for (Throwable cause = thrown.getCause(); cause != null; cause = cause.getCause()) {
      text.append("; caused by ").append(cause);
    }
    return text.toString();
  }

  static Finding hung(String text) {
    return new Finding(Kind.HUNG, NO_RANK, text, null);
  }

  /** As what a run throws it. */
  Throwable asThrown(int size) {
    return switch (kind) {
      case HUNG -> new RanksHungError(text);
      case ABORTED -> thrown != null ? thrown : new TestAbortedException(text);
      case FAILED, CONSEQUENCE -> new RankFailedError(rank, size, text, thrown);
    };
  }

  static byte[] toBytes(List<Finding> findings) {
    return findings.stream()
        .limit(MOST)
        .map(Finding::toText)
        .collect(Collectors.joining(END))
        .getBytes(UTF_8);
  }

  private String toText() {
    String cut = text.length() <= LONGEST ? text : text.substring(0, LONGEST) + " ...";
    return kind + FIELD + rank + FIELD + cut;
  }

  static List<Finding> parse(byte[] bytes) {
    List<Finding> findings = new ArrayList<>();
    Arrays.stream(new String(bytes, UTF_8).split(END, -1))
        .filter(finding -> !finding.isEmpty())
        .map(finding -> finding.split(FIELD, 3))
        .forEach(
            parts ->
                findings.add(
                    new Finding(
                        Kind.valueOf(parts[0]), Integer.parseInt(parts[1]), parts[2], null)));
    return findings;
  }
}
