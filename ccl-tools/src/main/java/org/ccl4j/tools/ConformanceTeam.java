package org.ccl4j.tools;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.ccl4j.bootstrap.JobEnd;
import org.ccl4j.bootstrap.JobObserver;
import org.ccl4j.bootstrap.RankEnd;
import picocli.CommandLine.Model.CommandSpec;

/**
 * Has several processes run the rules together, and makes one result of theirs. When one of them
 * dies, the rule that it was in has failed, and a new group goes on with those that are left.
 */
final class ConformanceTeam {
  /** So many groups may die; a library that dies in every rule would take hours. */
  private static final int MOST_GROUPS = 10;

  private static final int TAIL_BYTES = 2000;
  private static final String DONE = "done";

  private final int count;
  private final Path folder;
  private final ConformanceRun run;
  private final ProgressMeter progress;
  private final Set<String> done = new LinkedHashSet<>();
  private long planned;
  private long shown;

  private ConformanceTeam(int count, Path folder, ProgressMeter progress) {
    this.count = count;
    this.folder = folder;
    this.progress = progress;
    // The results come when a group has ended, too late to show how far it is.
    this.run = new ConformanceRun(ProgressMeter.NONE);
  }

  /**
   * Runs the rules.
   *
   * @param command the one that each process gets as well, with a folder for its results
   */
  static ConformanceRun run(int count, CommandSpec command, ProgressMeter progress) {
    try {
      Path folder = SharedFiles.createFolder("ccl-verify-");
      try {
        ConformanceTeam team = new ConformanceTeam(count, folder, progress);
        team.runGroups(command);
        return team.run;
      } finally {
        progress.end();
        SharedFiles.delete(folder);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("the processes cannot leave their results", e);
    }
  }

  /** The rules that a process is to leave out. */
  static Set<String> done(Path folder) throws IOException {
    return Set.copyOf(Files.readAllLines(folder.resolve(DONE)));
  }

  /** Where a process of the group leaves its results. */
  static Path file(Path folder, int index) {
    return folder.resolve(index + ".events");
  }

  private void runGroups(CommandSpec command) throws IOException {
    for (int group = 1; group <= MOST_GROUPS; group++) {
      Files.write(folder.resolve(DONE), done);
      Watcher watcher = new Watcher();
      JobEnd end =
          ProcessTeam.run(count, List.of("--results", folder.toString()), command, watcher);
      List<RuleEvents> events = read();
      take(events);
      RankEnd died = end.first().orElse(null);
      if (died == null) {
        return; // all is done, or this process was told to end
      }
      int before = done.size();
      bury(died, events, watcher.tail(died.rank()));
      for (int index = 0; index < count; index++) {
        Files.deleteIfExists(file(folder, index));
      }
      if (done.size() >= planned) {
        return;
      }
      if (done.size() == before || group == MOST_GROUPS) {
        run.finished(
            failure(
                (planned - done.size())
                    + " rules were not run, because the processes died again and again"));
        return;
      }
    }
  }

  private List<RuleEvents> read() throws IOException {
    List<RuleEvents> events = new ArrayList<>();
    for (int index = 0; index < count; index++) {
      events.add(RuleEvents.read(file(folder, index)));
    }
    planned = Math.max(planned, events.get(0).planned());
    return events;
  }

  /** Takes the cases that have ended in all processes. */
  private void take(List<RuleEvents> events) {
    int cases = events.stream().mapToInt(e -> e.results().size()).min().orElse(0);
    for (int i = 0; i < cases; i++) {
      int place = i;
      run.finished(merge(events.stream().map(e -> e.results().get(place)).toList()));
    }
    Set<String> everywhere = new LinkedHashSet<>(events.get(0).ended());
    events.forEach(e -> everywhere.retainAll(e.ended()));
    done.addAll(everywhere);
  }

  /** What became of a case that ran in several processes. */
  static CaseResult merge(List<CaseResult> inEach) {
    CaseResult first = inEach.get(0);
    List<String> names = inEach.stream().map(CaseResult::name).distinct().toList();
    if (names.size() > 1) {
      return first.failed("the processes ran different rules at the same time: " + names, "");
    }
    List<CaseResult> failed =
        inEach.stream().filter(r -> r.outcome() == CaseResult.Outcome.FAILED).toList();
    if (!failed.isEmpty()) {
      return first.failed(
          failed.get(0).message(),
          IntStream.range(0, inEach.size())
              .filter(index -> !inEach.get(index).trace().isEmpty())
              .mapToObj(index -> "in process " + index + ": " + inEach.get(index).trace())
              .collect(Collectors.joining()));
    }
    if (inEach.stream().map(CaseResult::outcome).distinct().count() > 1) {
      return first.failed("unsupported in some of the processes only", "");
    }
    return first;
  }

  /** Takes the case in which a process died for failed. */
  private void bury(RankEnd died, List<RuleEvents> events, String tail) {
    String how =
        "process "
            + died.rank()
            + " of "
            + count
            + " died here, with "
            + JobReport.code(died.exitCode())
            + (tail.isBlank() ? "" : "; the last it printed:\n" + tail.strip());
    CaseResult victim =
        events.get(died.rank()).running().orElseGet(() -> failure("")).failed(how, "");
    run.finished(victim);
    if (!victim.rule().isEmpty()) {
      done.add(victim.rule());
    }
  }

  private static CaseResult failure(String why) {
    return new CaseResult(
        0, "the kit itself", "", "outside of the rules", CaseResult.Outcome.FAILED, why, "");
  }

  /** Keeps the last that each process printed, and takes it as a sign that there is news. */
  private final class Watcher implements JobObserver {
    private final Map<Integer, ByteArrayOutputStream> tails = new ConcurrentHashMap<>();

    @Override
    public void output(int rank, boolean isError, byte[] bytes, int length) {
      ByteArrayOutputStream tail =
          tails.computeIfAbsent(rank, r -> new ByteArrayOutputStream(2 * TAIL_BYTES));
      synchronized (tail) {
        int from = Math.max(0, length - TAIL_BYTES);
        if (tail.size() + length > 2 * TAIL_BYTES) {
          byte[] kept = tail.toByteArray();
          tail.reset();
          int keep = Math.min(kept.length, TAIL_BYTES);
          tail.write(kept, kept.length - keep, keep);
        }
        tail.write(bytes, from, length - from);
      }
      if (rank == 0 && !isError) {
        show();
      }
    }

    private void show() {
      try {
        RuleEvents events = RuleEvents.read(file(folder, 0));
        if (shown == 0 && events.planned() > 0) {
          progress.start("verify", events.planned());
        }
        long now = (long) done.size() + events.ended().size();
        progress.advance(now - shown);
        shown = Math.max(shown, now);
      } catch (IOException e) {
        // No bar then; the results are read again in the end.
      }
    }

    String tail(int rank) {
      ByteArrayOutputStream tail = tails.get(rank);
      if (tail == null) {
        return "";
      }
      synchronized (tail) {
        String text = tail.toString(Charset.defaultCharset());
        return text.substring(Math.max(0, text.length() - TAIL_BYTES));
      }
    }
  }
}
