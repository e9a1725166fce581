/**
 * The one implementation of {@code org.ccl4j.api}, over any backend that {@code org.ccl4j.spi}
 * describes. It names no vendor and does no I/O.
 *
 * <p>What a user holds ({@code StreamImpl}, {@code CommunicatorImpl} and so on) is apart from what
 * owns the native side ({@code StreamHandle}, {@code CommunicatorHandle}: the subclasses of {@code
 * Resource}). Parents keep their children's handles, never what the user holds; so an object that
 * the user forgot becomes unreachable and is reported, although its parent is still open and will
 * still close it.
 *
 * <p>The way of an operation: {@code CommunicatorImpl} has {@code Arguments} check it and fills a
 * {@code Call}; the thread's {@code Batch} issues it at once or, in a group, together with the
 * others at the end. Nothing on this way allocates.
 */
@NullMarked
package org.ccl4j.core;

import org.jspecify.annotations.NullMarked;
