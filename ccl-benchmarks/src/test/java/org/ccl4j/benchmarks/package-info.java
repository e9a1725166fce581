@NullMarked
package org.ccl4j.benchmarks;

import org.jspecify.annotations.NullMarked;
