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
 *   <li>{@code World} is what the ranks of one communicator share: it matches their calls into
 *       {@code Exchange}s and notices when they do not fit;
 *   <li>{@code Scheduler} is the only part with threads in it: streams of {@code Op}s, one lock,
 *       and {@code Work} that any waiting thread may do a chunk of;
 *   <li>{@code MoveWork} and {@code ReduceWork} touch the bytes, through {@code Lane}s for
 *       arithmetic and {@code Memory} for addresses.
 * </ul>
 *
 * <p>All ranks of a communicator live in one JVM. Everything that ranks share is static on purpose:
 * each rank may have opened a backend of its own.
 */
@NullMarked
package org.ccl4j.fake;

import org.jspecify.annotations.NullMarked;
