/**
 * The narrow waist: what a backend implements. Raw and dull on purpose: addresses, counts and
 * handles as numbers, and a status as the result of each call.
 *
 * <p>ccl-core is the only caller. It has checked every argument before it calls, serialises the
 * calls for one communicator and for one device, and turns statuses into exceptions;
 * docs/writing-a-backend.md shows the whole contract at work. What holds for every method here,
 * unless it says otherwise:
 *
 * <ul>
 *   <li>it does not throw; it returns {@link org.ccl4j.spi.StatusCode#OK}, one of the other codes
 *       of {@link org.ccl4j.spi.StatusCode}, or a raw code of the library, which {@code describe}
 *       explains;
 *   <li>it does not block beyond what the library blocks; methods that wait take a bound;
 *   <li>those marked <em>hot</em> do not allocate;
 *   <li>it may be called from any thread, and sets the current device itself where the library has
 *       such a notion.
 * </ul>
 */
@NullMarked
package org.ccl4j.spi;

import org.jspecify.annotations.NullMarked;
