package org.ccl4j.jna;

import java.util.Objects;
import java.util.Optional;
import org.ccl4j.api.TuningOption;

/**
 * A member of the structure by which a communicator is configured.
 *
 * @param name in C
 * @param offset in bytes
 * @param type its kind
 * @param since the version of the library that introduced it
 * @param option what it stands for; empty where it is not for users
 */
public record ConfigField(
    String name, int offset, Type type, int since, Optional<TuningOption> option) {

  /** The kinds of members, and what stands in them when they are not set. */
  public enum Type {
    /** {@code int}; {@code INT_MIN} when not set. */
    INT,
    /** {@code const char *}; {@code NULL} when not set. */
    STRING
  }

  /**
   * Requires all.
   *
   * @param name as in the record
   * @param offset as in the record
   * @param type as in the record
   * @param since as in the record
   * @param option as in the record
   */
  public ConfigField {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(type, "type");
    Objects.requireNonNull(option, "option");
  }
}
