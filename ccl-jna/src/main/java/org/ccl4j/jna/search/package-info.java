/**
 * Finds the files of a native library and looks at them before anything of them runs: where people
 * keep such libraries, whether a file is the library that is wanted, and why it is not.
 */
@NullMarked
package org.ccl4j.jna.search;

import org.jspecify.annotations.NullMarked;
