package org.ccl4j.api;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How a backend was picked, or why none could be: the content of {@code ccl doctor}.
 *
 * <p>The rules, first match wins:
 *
 * <ol>
 *   <li>a backend asked for by {@link OpenOptions#withBackend(String)}, by the system property
 *       {@code ccl.backend} or by the environment variable {@code CCL_BACKEND}, in this order: that
 *       one, or an error;
 *   <li>only simulated backends on the class path: the one of the highest priority among the
 *       available;
 *   <li>else the one of the highest priority among the available that are not simulated. A tie is
 *       an error that names both. None available is an error with this whole report: the program
 *       never falls to the CPU unasked.
 * </ol>
 *
 * <p>What it takes to find out is really loaded. {@link Ccl#open(OpenOptions)} therefore examines
 * only the backend that was asked for by name, and the others when that one cannot be taken, for
 * the report. Without a name, and in {@link Ccl#survey}, all are examined. Their ids are always
 * compared, so that a name that fits several is found out.
 *
 * @param chosen the id of the backend taken; null when none was
 * @param reason why it was taken, or why none could be, in one or two sentences
 * @param failure the code of the failure; null when a backend was taken
 * @param candidates every provider found on the class path, broken ones included, ordered by id
 */
public record Selection(
    @Nullable String chosen,
    String reason,
    @Nullable ErrorCode failure,
    List<Candidate> candidates) {

  /**
   * Copies the list.
   *
   * @param chosen as in the record
   * @param reason as in the record
   * @param failure as in the record
   * @param candidates as in the record
   */
  public Selection {
    candidates = List.copyOf(candidates);
  }

  static Selection none(String reason) {
    return new Selection(null, reason, ErrorCode.NO_BACKEND, List.of());
  }

  /**
   * The row of the backend that was taken.
   *
   * @return empty when none was
   */
  public Optional<Candidate> chosenCandidate() {
    return candidates.stream().filter(c -> c.id().equals(chosen)).findFirst();
  }

  /**
   * The candidates as text, for messages and logs.
   *
   * @return one line for each candidate and, where it is unavailable, an indented line with the
   *     remedy
   */
  public String report() {
    if (candidates.isEmpty()) {
      return "no backend on the class path";
    }
    StringBuilder text = new StringBuilder();
    for (Candidate candidate : candidates) {
      if (text.length() > 0) {
        text.append(System.lineSeparator());
      }
      text.append(candidate.id().equals(chosen) ? "* " : "  ").append(candidate.describe());
    }
    return text.toString();
  }

  /**
   * One provider found on the class path.
   *
   * @param id the backend's id, such as {@code cpu/fake}; the class name where the provider is
   *     broken
   * @param priority its priority; higher is preferred
   * @param simulated true for a backend that only imitates devices
   * @param probe what it found out about itself, or that it was not examined
   */
  public record Candidate(String id, int priority, boolean simulated, ProbeResult probe) {

    private String describe() {
      if (probe instanceof ProbeResult.Available yes) {
        return id
            + " "
            + yes.version()
            + ": available, "
            + yes.devices()
            + " devices, "
            + yes.location();
      }
      if (probe instanceof ProbeResult.Unavailable no) {
        return id
            + ": unavailable: "
            + no.reason()
            + System.lineSeparator()
            + "      -> "
            + no.remedy();
      }
      return id + ": not examined, because another was asked for by name";
    }
  }
}
