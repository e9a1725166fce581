package org.ccl4j.jna.search;

import java.util.Objects;
import java.util.Optional;

/**
 * A place that was looked at.
 *
 * @param origin who named it, such as {@code environment variable CUDA_HOME}
 * @param path the file; the folder where it has no such file; empty where nothing was named
 * @param refusal why it is not used; empty for the one that is
 */
public record Candidate(String origin, String path, Optional<Refusal> refusal) {

  /**
   * Requires all.
   *
   * @param origin as in the record
   * @param path as in the record
   * @param refusal as in the record
   */
  public Candidate {
    Objects.requireNonNull(origin, "origin");
    Objects.requireNonNull(path, "path");
    Objects.requireNonNull(refusal, "refusal");
  }
}
