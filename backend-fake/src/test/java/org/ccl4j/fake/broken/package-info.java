/** The conformance kit on backends that break exactly one thing: each must be caught. */
@NullMarked
package org.ccl4j.fake.broken;

import org.jspecify.annotations.NullMarked;
