/**
 * Small programs to start from. What a library would keep takes a {@link
 * org.ccl4j.api.Communicator} and knows nothing about how the ranks came together; the {@code main}
 * methods bring them together as threads of one JVM. {@link org.ccl4j.examples.AllReduceEverywhere}
 * runs under launchers as well.
 */
@NullMarked
package org.ccl4j.examples;

import org.jspecify.annotations.NullMarked;
