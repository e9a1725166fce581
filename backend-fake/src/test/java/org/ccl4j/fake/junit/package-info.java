/** Tests of ccl-junit, which need a backend. */
@NullMarked
package org.ccl4j.fake.junit;

import org.jspecify.annotations.NullMarked;
