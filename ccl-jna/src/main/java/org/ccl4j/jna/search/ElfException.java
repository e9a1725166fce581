package org.ccl4j.jna.search;

/** The file is no library, or a damaged one. */
final class ElfException extends Exception {
  private static final long serialVersionUID = 1;

  /** What the finding means for the one who named the file. */
  enum Kind {
    /** It never was a library. */
    NO_ELF,
    /** The end of it is missing. */
    CUT_OFF,
    /** It contradicts itself. */
    DAMAGED
  }

  private final Kind kind;

  /**
   * Describes a finding.
   *
   * @param kind what it means
   * @param message a verb phrase of which the file is the subject
   */
  ElfException(Kind kind, String message) {
    super(message);
    this.kind = kind;
  }

  Kind kind() {
    return kind;
  }
}
