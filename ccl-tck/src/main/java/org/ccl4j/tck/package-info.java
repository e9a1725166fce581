/**
 * The conformance kit: the rules of docs/spec.md as tests. A backend's conformance is a subclass of
 * {@link org.ccl4j.tck.CclConformance} that says how to open it; JUnit runs the rest.
 *
 * <p>Each method that tests a rule has the rule's number in its name. Inputs are chosen so that
 * every result is exact, whatever the order of reduction; expected values come from formulas over
 * (rank, index), never from the code under test.
 */
@NullMarked
package org.ccl4j.tck;

import org.jspecify.annotations.NullMarked;
