package org.ccl4j.tools;

/**
 * A run of elements in a buffer.
 *
 * @param offset the first element, from the start of the operation's buffer
 * @param count the number of elements
 * @param content what they are
 */
record Part(long offset, long count, Content content) {}
