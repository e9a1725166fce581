package org.ccl4j.tck;

/** An area of docs/spec.md: default methods that test its rules, one method for each. */
public interface ConformanceRules {

  /**
   * The way to the backend under test.
   *
   * @return a kit; asked for by every rule
   */
  Kit kit();
}
