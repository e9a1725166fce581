/**
 * The rules that hold over all modules. Each rule is a function from something (classes, a text) to
 * a list of violations; one test applies it to the project and another to a planted violation, so
 * that a rule that finds nothing is seen to be a rule and not an accident.
 */
@NullMarked
package org.ccl4j.architecture;

import org.jspecify.annotations.NullMarked;
