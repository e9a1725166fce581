package org.ccl4j.jna.search;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/** What a search came to, and all it looked at. */
public sealed interface SearchReport {

  /**
   * What was looked for.
   *
   * @return as given to the search
   */
  LibrarySpec spec();

  /**
   * Every place that was looked at, in that order.
   *
   * @return with the reasons why they were refused
   */
  List<Candidate> candidates();

  /**
   * For people: every candidate, a line each, and why it was refused.
   *
   * @return lines without an indent and without a line break at the end
   */
  default String describe() {
    return ReportText.of(this);
  }

  /**
   * The library is there.
   *
   * @param spec what was looked for
   * @param file absolute; not resolved, so that a version in the name is the one people see
   * @param origin who named it
   * @param candidates everything that was looked at
   */
  record Found(LibrarySpec spec, Path file, String origin, List<Candidate> candidates)
      implements SearchReport {

    /**
     * Copies the candidates.
     *
     * @param spec as in the record
     * @param file as in the record
     * @param origin as in the record
     * @param candidates as in the record
     */
    public Found {
      Objects.requireNonNull(spec, "spec");
      Objects.requireNonNull(file, "file");
      Objects.requireNonNull(origin, "origin");
      candidates = List.copyOf(candidates);
    }
  }

  /**
   * There is none that can be used.
   *
   * @param spec what was looked for
   * @param candidates everything that was looked at
   * @param reason the one sentence that matters most, for a program's error
   * @param remedy what to do, in one sentence
   */
  record NotFound(LibrarySpec spec, List<Candidate> candidates, String reason, String remedy)
      implements SearchReport {

    /**
     * Copies the candidates.
     *
     * @param spec as in the record
     * @param candidates as in the record
     * @param reason as in the record
     * @param remedy as in the record
     */
    public NotFound {
      Objects.requireNonNull(spec, "spec");
      Objects.requireNonNull(reason, "reason");
      Objects.requireNonNull(remedy, "remedy");
      candidates = List.copyOf(candidates);
    }
  }
}
