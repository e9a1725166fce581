package org.ccl4j.rccl;

import java.nio.ByteBuffer;
import org.ccl4j.api.DataType;
import org.ccl4j.spi.BackendCommunicator;
import org.ccl4j.stub.Allocations;
import org.ccl4j.stub.StubFixture;
import org.ccl4j.stub.StubLibrary;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Hot calls allocate nothing on their way to C. */
class AllocationTest {
  private final StubFixture fixture = Stub.of(StubLibrary.RCCL_2_30).open();
  private final BackendCommunicator comm = fixture.all(0).get(0);
  private final long stream = fixture.stream(0);
  private final long memory = fixture.memory(0, 4096);
  private final Allocations allocations = new Allocations(fixture, stream);

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

  @Test
  void collectives() {
    allocations.assertNone(() -> comm.allReduce(memory, memory, 8, DataType.FLOAT32, 0, stream));
    allocations.assertNone(() -> comm.reduce(memory, memory, 8, DataType.FLOAT32, 0, 0, stream));
    allocations.assertNone(() -> comm.allGather(memory, memory, 8, DataType.BFLOAT16, stream));
  }

  @Test
  void groups() {
    allocations.assertNone(
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
    allocations.assertNone(
        () -> comm.allToAllV(memory, counts, offsets, to, counts, offsets, DataType.INT32, stream));
    allocations.assertNone(
        () -> {
          int status = fixture.backend().groupStart();
          status |=
              comm.allToAllV(memory, counts, offsets, to, counts, offsets, DataType.INT32, stream);
          status |=
              comm.allToAllV(memory, counts, counts, to, counts, counts, DataType.INT32, stream);
          return status | fixture.backend().groupEnd();
        });
    allocations.assertNone(
        () -> comm.allReduceWithBias(memory, memory, to, 8, DataType.INT32, 0, stream));
    fixture.await(0, stream);
    fixture.ok(fixture.devices().free(0, to));
  }

  @Test
  void queries() {
    allocations.assertNone(() -> fixture.devices().queryStream(0, stream));
    allocations.assertNone(comm::asyncError);
  }

  @Test
  void copies() {
    ByteBuffer host = ByteBuffer.allocateDirect(64);
    allocations.assertNone(() -> fixture.devices().copyToDevice(0, memory, host, stream));
    allocations.assertNone(() -> fixture.devices().copyToHost(0, host, memory, stream));
    allocations.assertNone(() -> fixture.devices().fill(0, memory, (byte) 1, 64, stream));
  }

  @Test
  void events() {
    long event = fixture.value(fixture.devices().createEvent(0, false));
    allocations.assertNone(() -> fixture.devices().recordEvent(0, event, stream));
    allocations.assertNone(() -> fixture.devices().waitEvent(0, stream, event));
    allocations.assertNone(() -> fixture.devices().queryEvent(0, event));
    fixture.ok(fixture.devices().destroyEvent(0, event));
  }
}
