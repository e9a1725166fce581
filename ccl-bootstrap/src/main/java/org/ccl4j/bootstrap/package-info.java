/** Getting the ranks of a job together: stores over which they find each other. */
@NullMarked
package org.ccl4j.bootstrap;

import org.jspecify.annotations.NullMarked;
