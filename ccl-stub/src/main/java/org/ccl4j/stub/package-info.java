/**
 * Libraries of the shape of the vendors' for tests on machines without a device: the C sources, and
 * how a test gets them compiled.
 *
 * <p>{@link org.ccl4j.stub.StubLibrary} is the list of them. All of them share one core, which
 * carries the calls out on host memory with a thread for each stream, and checks what it is given
 * more strictly than the real libraries do; {@link org.ccl4j.stub.StubControl} counts what it
 * objected to and plants faults. What each C file is for stands at its beginning.
 */
@NullMarked
package org.ccl4j.stub;

import org.jspecify.annotations.NullMarked;
