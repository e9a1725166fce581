package org.ccl4j.stub;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.management.ManagementFactory;
import java.util.function.IntSupplier;
import org.ccl4j.spi.StatusCode;

/** What calls allocate on their way to C, on device 0. */
public final class Allocations {
  private static final int WARM_UP = 20_000;
  private static final int CALLS = 5_000;
  private static final int WAIT_EVERY = 500;

  private static final com.sun.management.ThreadMXBean THREADS =
      (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();

  private final StubFixture fixture;
  private final long stream;
  private int calls;

  /**
   * For calls on one stream.
   *
   * @param fixture the open backend
   * @param stream of device 0; waited for now and then, so that it does not fill up
   */
  public Allocations(StubFixture fixture, long stream) {
    this.fixture = fixture;
    this.stream = stream;
  }

  /**
   * Measures many calls at once: what they allocate together must be less than one byte each.
   *
   * @param call gives a status
   */
  public void assertNone(IntSupplier call) {
    long least = Long.MAX_VALUE;
    repeat(WARM_UP, call);
    // The compiler needs its time: what does not outlive a call it does not allocate.
    for (int round = 0; round < 200 && least >= CALLS; round++) {
      long before = THREADS.getCurrentThreadAllocatedBytes();
      repeat(CALLS, call);
      least = Math.min(least, THREADS.getCurrentThreadAllocatedBytes() - before);
    }
    assertEquals(0, least / CALLS, "bytes per call; " + least + " in " + CALLS + " calls");
  }

  private void repeat(int times, IntSupplier call) {
    for (int i = 0; i < times; i++) {
      int status = call.getAsInt();
      if (status != StatusCode.OK && status != StatusCode.NOT_READY) {
        fixture.ok(status);
      }
      if (++calls % WAIT_EVERY == 0) {
        fixture.await(0, stream);
      }
    }
  }
}
