@NullMarked
package org.ccl4j.fake;

import org.jspecify.annotations.NullMarked;
