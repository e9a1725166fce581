/**
 * The command-line tool {@code ccl}. The only module that prints; what it knows about a library it
 * learns through ccl-api, as every other program does.
 */
@NullMarked
package org.ccl4j.tools;

import org.jspecify.annotations.NullMarked;
