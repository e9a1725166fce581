@NullMarked
package org.ccl4j.stub;

import org.jspecify.annotations.NullMarked;
