/** Tests of the kit that need no backend. */
@NullMarked
package org.ccl4j.tck;

import org.jspecify.annotations.NullMarked;
