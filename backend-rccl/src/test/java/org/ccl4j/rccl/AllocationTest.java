package org.ccl4j.rccl;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.function.IntSupplier;
import org.ccl4j.api.DataType;
import org.ccl4j.spi.BackendCommunicator;
import org.ccl4j.spi.StatusCode;
import org.ccl4j.stub.StubFixture;
import org.ccl4j.stub.StubLibrary;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Hot calls allocate nothing on their way to C. */
class AllocationTest {
  private static final int WARM_UP = 20_000;
  private static final int CALLS = 5_000;
  private static final int WAIT_EVERY = 500;

  private static final com.sun.management.ThreadMXBean THREADS =
      (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();

  private final StubFixture fixture = Stub.of(StubLibrary.RCCL_2_30).open();
  private final BackendCommunicator comm = fixture.all(0).get(0);
  private final long stream = fixture.stream(0);
  private final long memory = fixture.memory(0, 4096);
  private int calls;

  @BeforeEach
  void start() {
    fixture.await(0, stream);
  }

  @AfterEach
  void end() {
    fixture.await(0, stream);
    fixture.end(comm);
    fixture.ok(fixture.devices().free(0, memory));
    fixture.ok(fixture.devices().destroyStream(0, stream));
    fixture.close();
  }

  /** Measures many calls at once: what they allocate together must be less than one byte each. */
  private void assertAllocatesNothing(IntSupplier call) {
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

  @Test
  void collectives() {
    assertAllocatesNothing(() -> comm.allReduce(memory, memory, 8, DataType.FLOAT32, 0, stream));
    assertAllocatesNothing(() -> comm.reduce(memory, memory, 8, DataType.FLOAT32, 0, 0, stream));
    assertAllocatesNothing(() -> comm.allGather(memory, memory, 8, DataType.BFLOAT16, stream));
  }

  @Test
  void groups() {
    assertAllocatesNothing(
        () -> {
          int status = fixture.backend().groupStart();
          status |= comm.allReduce(memory, memory, 8, DataType.INT32, 0, stream);
          return status | fixture.backend().groupEnd();
        });
  }

  @Test
  void tablesOfCounts() {
    long to = fixture.memory(0, 4096);
    long[] counts = {8};
    long[] offsets = {1};
    assertAllocatesNothing(
        () -> comm.allToAllV(memory, counts, offsets, to, counts, offsets, DataType.INT32, stream));
    assertAllocatesNothing(
        () -> {
          int status = fixture.backend().groupStart();
          status |=
              comm.allToAllV(memory, counts, offsets, to, counts, offsets, DataType.INT32, stream);
          status |=
              comm.allToAllV(memory, counts, counts, to, counts, counts, DataType.INT32, stream);
          return status | fixture.backend().groupEnd();
        });
    assertAllocatesNothing(
        () -> comm.allReduceWithBias(memory, memory, to, 8, DataType.INT32, 0, stream));
    fixture.await(0, stream);
    fixture.ok(fixture.devices().free(0, to));
  }

  @Test
  void queries() {
    assertAllocatesNothing(() -> fixture.devices().queryStream(0, stream));
    assertAllocatesNothing(comm::asyncError);
  }

  @Test
  void copies() {
    ByteBuffer host = ByteBuffer.allocateDirect(64);
    assertAllocatesNothing(() -> fixture.devices().copyToDevice(0, memory, host, stream));
    assertAllocatesNothing(() -> fixture.devices().copyToHost(0, host, memory, stream));
    assertAllocatesNothing(() -> fixture.devices().fill(0, memory, (byte) 1, 64, stream));
  }

  @Test
  void events() {
    long event = fixture.value(fixture.devices().createEvent(0, false));
    assertAllocatesNothing(() -> fixture.devices().recordEvent(0, event, stream));
    assertAllocatesNothing(() -> fixture.devices().waitEvent(0, stream, event));
    assertAllocatesNothing(() -> fixture.devices().queryEvent(0, event));
    fixture.ok(fixture.devices().destroyEvent(0, event));
  }
}
