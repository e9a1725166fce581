package org.ccl4j.spi;

import org.ccl4j.api.Status;

/**
 * A status in words.
 *
 * @param status the neutral meaning; {@link Status#UNKNOWN} for a code that the backend does not
 *     know
 * @param name the library's name for the code, such as {@code ncclInvalidUsage}
 * @param text the library's explanation
 */
public record StatusText(Status status, String name, String text) {}
