/** Violations of the rules, for the tests that show each rule to fail. */
@NullMarked
package org.ccl4j.architecture.planted.left;

import org.jspecify.annotations.NullMarked;
