package org.ccl4j.jna.search;

import java.util.Objects;

/**
 * Why a candidate is not used.
 *
 * @param reason what is wrong with it, in one sentence
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
}
