package org.ccl4j.tools;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.jr.ob.JSON;

/**
 * How the rules fared in one process of several, as lines of a file. Each line is there as soon as
 * it is told, so that it stays when the process dies in the next moment.
 */
final class RuleEvents {
  private static final String PLAN = "plan";
  private static final String START = "start";
  private static final String CASE = "case";
  private static final String END = "end";

  private final List<CaseResult> results = new ArrayList<>();
  private final Set<String> ended = new LinkedHashSet<>();
  private @Nullable CaseResult running;
  private long planned;

  private RuleEvents() {}

  /** Writes what is told to a new file. */
  static final class Writer implements RuleSink, AutoCloseable {
    private final OutputStream file;

    Writer(Path file) throws IOException {
      this.file = Files.newOutputStream(file, StandardOpenOption.CREATE_NEW);
    }

    private void write(String event, Object what) {
      try {
        file.write((JSON.std.asString(Map.of(event, what)) + "\n").getBytes(UTF_8));
      } catch (IOException e) {
        throw new UncheckedIOException("the results cannot be written", e);
      }
    }

    @Override
    public void planned(long rules) {
      write(PLAN, rules);
    }

    @Override
    public void started(CaseResult begun) {
      write(START, begun.toMap());
    }

    @Override
    public void finished(CaseResult result) {
      write(CASE, result.toMap());
    }

    @Override
    public void ruleEnded(String rule) {
      write(END, rule);
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }

  /** Reads what a process has told so far; nothing where it has not come that far. */
  static RuleEvents read(Path file) throws IOException {
    RuleEvents events = new RuleEvents();
    if (Files.exists(file)) {
      String text = Files.readString(file, UTF_8);
      // The last line may be cut off.
      text.substring(0, text.lastIndexOf('\n') + 1).lines().forEach(events::take);
    }
    return events;
  }

  private void take(String line) {
    JSON.std
        .mapFrom(line)
        .forEach(
            (event, what) -> {
              switch (event) {
                case PLAN -> planned = ((Number) what).longValue();
                case START -> running = CaseResult.of((Map<?, ?>) what);
                case CASE -> {
                  results.add(CaseResult.of((Map<?, ?>) what));
                  running = null;
                }
                default -> ended.add(String.valueOf(what));
              }
            });
  }

  /** The cases that have ended, in order. */
  List<CaseResult> results() {
    return results;
  }

  /** The rules all of whose cases have ended. */
  Set<String> ended() {
    return ended;
  }

  /** The case that had begun and not ended. */
  Optional<CaseResult> running() {
    return Optional.ofNullable(running);
  }

  long planned() {
    return planned;
  }
}
