package org.ccl4j.jna.search;

import java.util.Objects;

/**
 * Why a candidate is not used.
 *
 * @param reason what is wrong with it: a verb phrase of which the candidate is the subject, such as
 *     {@code is a folder}
 * @param remedy what to do about it, in one sentence; empty where nothing has to be done
 */
public record Refusal(String reason, String remedy) {

  /**
   * Requires both texts.
   *
   * @param reason as in the record
   * @param remedy as in the record
   */
  public Refusal {
    Objects.requireNonNull(reason, "reason");
    Objects.requireNonNull(remedy, "remedy");
  }

  /**
   * What the system's loader meant.
   *
   * @param message as it came from {@code dlerror}, in one line or more
   * @return the same for people who do not know the loader
   */
  public static Refusal ofLoadError(String message) {
    return LoadError.explain(message);
  }
}
