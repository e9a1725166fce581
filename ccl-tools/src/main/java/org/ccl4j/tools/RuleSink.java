package org.ccl4j.tools;

/** Is told how the rules of the conformance kit fare, one after the other. */
interface RuleSink {
  /** So many rules will be run. */
  default void planned(long rules) {}

  /**
   * A case is about to run.
   *
   * @param begun the case as it would be if it passed
   */
  default void started(CaseResult begun) {}

  /** A case has ended. */
  void finished(CaseResult result);

  /** All cases of a rule have ended. */
  default void ruleEnded(String rule) {}
}
