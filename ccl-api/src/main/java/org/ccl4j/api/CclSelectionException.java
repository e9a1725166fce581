package org.ccl4j.api;

/**
 * No backend could be selected. The message holds the whole report: every candidate and why it was
 * not taken.
 */
public final class CclSelectionException extends CclException {
  private static final long serialVersionUID = 1L;

  private final transient Selection selection;

  /**
   * Makes an exception from a failed selection.
   *
   * @param code the stable code
   * @param selection the report; its {@link Selection#report()} becomes part of the message
   */
  public CclSelectionException(ErrorCode code, Selection selection) {
    super(
        code,
        selection.reason() + System.lineSeparator() + selection.report(),
        ErrorDetails.NONE,
        null);
    this.selection = selection;
  }

  /**
   * The report.
   *
   * @return every candidate and why it was not taken; an empty report after deserialization
   */
  public Selection selection() {
    return selection == null ? Selection.none("") : selection;
  }
}
