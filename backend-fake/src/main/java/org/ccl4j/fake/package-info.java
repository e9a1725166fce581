/**
 * The backend {@code cpu/fake}: collectives on the CPU, with the semantics of a GPU library and
 * none of its hardware.
 *
 * <p>From the outside in:
 *
 * <ul>
 *   <li>{@link org.ccl4j.fake.FakeBackendProvider}, {@code FakeBackend}, {@code FakeCommunicator}
 *       and {@code FakeRuntime} implement the SPI: they turn numbers into objects and objects into
 *       status codes;
 *   <li>{@code Engine} runs the streams of one device, {@code Op} by {@code Op}, on the threads
 *       that wait; {@code Helper} is the only thread of the fake's own;
 *   <li>{@code World} is a communicator as this JVM sees it and {@code Member} one of its ranks
 *       here; a {@code Part} is one rank's side of a call, a {@code Ring} a sequence of them, and
 *       the {@code Board} the memory on which ranks read about each other ({@code Layout} says
 *       where);
 *   <li>{@code SmallMessage}, {@code MoveWork} and {@code ReduceWork} touch the bytes, through
 *       {@code Lane}s for arithmetic and {@code Memory} for addresses;
 *   <li>{@code Medium} is where memory and boards lie: in this JVM, or, with {@code SharedMedium}
 *       and what it uses ({@code SharedFolder}, {@code Home}, {@code Arena}), in files that
 *       processes share.
 * </ul>
 *
 * <p>What the ranks of this JVM have in common is static on purpose: each rank may have opened a
 * backend of its own.
 */
@NullMarked
package org.ccl4j.fake;

import org.jspecify.annotations.NullMarked;
