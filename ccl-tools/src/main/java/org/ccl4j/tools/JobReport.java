package org.ccl4j.tools;

import java.time.Duration;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import org.ccl4j.bootstrap.JobEnd;
import org.ccl4j.bootstrap.RankEnd;

/** The end of a job in one line: who ended it, how and when, and what became of the others. */
final class JobReport {
  private static final DateTimeFormatter CLOCK =
      DateTimeFormatter.ofPattern("HH:mm:ss", Locale.ROOT);
  private static final int SIGNALS = 128;
  private static final Map<Integer, String> NAMES =
      Map.ofEntries(
          Map.entry(1, "SIGHUP"),
          Map.entry(2, "SIGINT"),
          Map.entry(3, "SIGQUIT"),
          Map.entry(4, "SIGILL"),
          Map.entry(6, "SIGABRT"),
          Map.entry(7, "SIGBUS"),
          Map.entry(8, "SIGFPE"),
          Map.entry(9, "SIGKILL; the kernel sends it when memory runs out"),
          Map.entry(11, "SIGSEGV"),
          Map.entry(13, "SIGPIPE"),
          Map.entry(15, "SIGTERM"));

  private JobReport() {}

  /** The line; empty after success. */
  static String of(JobEnd end) {
    String why =
        switch (end.cause()) {
          case SUCCESS -> "";
          case RANK_FAILED -> end.first().map(JobReport::failure).orElse("a rank failed");
          case TIMEOUT -> "the time was over after " + seconds(end.after());
          case FAILED_ELSEWHERE -> "the job failed on " + end.elsewhere();
          case STOPPED -> "told to end after " + seconds(end.after());
        };
    return why.isEmpty() ? "" : why + others(end) + ".";
  }

  private static String failure(RankEnd rank) {
    return "rank "
        + rank.rank()
        + " ended first, with "
        + code(rank.exitCode())
        + ", at "
        + CLOCK.format(rank.at().atZone(ZoneId.systemDefault()))
        + " after "
        + seconds(rank.after())
        + " (process "
        + rank.pid()
        + ")";
  }

  /** An exit code, and the signal for which it stands as a rule. */
  static String code(int code) {
    String text = "exit code " + code;
    if (code <= SIGNALS || code > SIGNALS + 64) {
      return text;
    }
    return text + " (" + NAMES.getOrDefault(code - SIGNALS, "signal " + (code - SIGNALS)) + ")";
  }

  private static String seconds(Duration time) {
    return String.format(Locale.ROOT, "%.1f s", time.toMillis() / 1e3);
  }

  private static String others(JobEnd end) {
    RankEnd first = end.first().orElse(null);
    List<String> parts = new ArrayList<>();
    for (RankEnd other : end.ranks()) {
      if (!other.equals(first) && other.means() == RankEnd.Means.ITSELF && other.exitCode() != 0) {
        parts.add("rank " + other.rank() + " ended with " + code(other.exitCode()) + " as well");
      }
    }
    add(parts, end, r -> r.means() == RankEnd.Means.TERMINATED, "ended by SIGTERM");
    add(parts, end, r -> r.means() == RankEnd.Means.KILLED, "had to be ended by SIGKILL");
    add(
        parts,
        end,
        r -> r.means() == RankEnd.Means.ITSELF && r.exitCode() == 0,
        "had ended with exit code 0");
    return parts.isEmpty() ? "" : "; " + String.join("; ", parts);
  }

  private static void add(List<String> parts, JobEnd end, Predicate<RankEnd> which, String what) {
    List<String> ranks =
        end.ranks().stream()
            .filter(which)
            .map(RankEnd::rank)
            .sorted()
            .map(String::valueOf)
            .toList();
    if (!ranks.isEmpty()) {
      parts.add((ranks.size() == 1 ? "rank " : "ranks ") + String.join(", ", ranks) + " " + what);
    }
  }
}
