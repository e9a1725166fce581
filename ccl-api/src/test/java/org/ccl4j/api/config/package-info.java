@NullMarked
package org.ccl4j.api.config;

import org.jspecify.annotations.NullMarked;
