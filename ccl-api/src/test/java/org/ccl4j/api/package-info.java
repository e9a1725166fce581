@NullMarked
package org.ccl4j.api;

import org.jspecify.annotations.NullMarked;
