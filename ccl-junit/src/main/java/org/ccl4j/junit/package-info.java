/**
 * Tests that run on every rank: {@link org.ccl4j.junit.RankTest} for JUnit 5 and {@link
 * org.ccl4j.junit.RankHarness} for everything else.
 */
@NullMarked
package org.ccl4j.junit;

import org.jspecify.annotations.NullMarked;
