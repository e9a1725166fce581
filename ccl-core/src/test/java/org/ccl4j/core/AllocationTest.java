package org.ccl4j.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.util.EnumSet;
import org.ccl4j.api.Capability;
import org.ccl4j.api.CollectiveOptions;
import org.ccl4j.api.Communicator;
import org.ccl4j.api.DataType;
import org.ccl4j.api.DeviceBuffer;
import org.ccl4j.api.ReduceOp;
import org.ccl4j.api.Stream;
import org.ccl4j.api.Tuning;
import org.ccl4j.api.TuningOption;
import org.ccl4j.api.Window;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A call that is in order allocates nothing on its way to the backend. */
class AllocationTest {
  private static final int WARM_UP = 20_000;
  private static final int CALLS = 20_000;

  private static final com.sun.management.ThreadMXBean THREADS =
      (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();

  private final StubBackend stub = new StubBackend();
  private final World world;

  AllocationTest() {
    stub.capabilities =
        EnumSet.complementOf(
            EnumSet.of(
                Capability.NATIVE_ALL_TO_ALL,
                Capability.NATIVE_ALL_TO_ALL_V,
                Capability.NATIVE_GATHER,
                Capability.NATIVE_SCATTER));
    world = new World(stub, 2);
    stub.recording = false;
  }

  @AfterEach
  void close() {
    world.close();
  }

  /** Measures many calls at once: what they allocate together must be less than one byte each. */
  private static void assertAllocatesNothing(Runnable call) {
    long id = Thread.currentThread().getId();
    for (int i = 0; i < WARM_UP; i++) {
      call.run();
    }
    long least = Long.MAX_VALUE;
    // The first rounds may still see the compiler replace code.
    for (int round = 0; round < 5 && least > 0; round++) {
      long before = THREADS.getThreadAllocatedBytes(id);
      for (int i = 0; i < CALLS; i++) {
        call.run();
      }
      least = Math.min(least, THREADS.getThreadAllocatedBytes(id) - before);
    }
    assertEquals(0, least / CALLS, "bytes per call; " + least + " in " + CALLS + " calls");
  }

  @Test
  void directCallsAllocateNothing() {
    Communicator comm = world.comm;
    Stream stream = world.stream;
    DeviceBuffer a = world.floats(8);
    DeviceBuffer b = world.floats(8);
    DeviceBuffer half = world.floats(4);
    assertAllocatesNothing(() -> comm.allReduce(a, b, ReduceOp.SUM, stream));
    DeviceBuffer bias = world.floats(8);
    assertAllocatesNothing(() -> comm.allReduceWithBias(a, b, bias, ReduceOp.SUM, stream));
    assertAllocatesNothing(() -> comm.broadcast(a, b, 0, stream));
    assertAllocatesNothing(() -> comm.reduce(a, b, ReduceOp.MAX, 0, stream));
    assertAllocatesNothing(() -> comm.allGather(half, b, stream));
    assertAllocatesNothing(() -> comm.reduceScatter(a, half, ReduceOp.AVG, stream));
    CollectiveOptions tuned =
        CollectiveOptions.DEFAULT.withTuning(Tuning.DEFAULT.with(TuningOption.MAX_CTAS, 2));
    assertAllocatesNothing(() -> comm.allReduce(a, b, 8, ReduceOp.SUM, stream, tuned));
    assertAllocatesNothing(() -> comm.send(a, 1, stream));
    assertAllocatesNothing(() -> comm.recv(a, 1, stream));
    assertAllocatesNothing(() -> comm.barrier(stream));
  }

  @Test
  void groupedCallsAllocateNothing() {
    Communicator comm = world.comm;
    Communicator other = world.comms.get(1);
    Stream stream = world.stream;
    Stream otherStream = world.devices.get(1).openStream();
    DeviceBuffer a = world.floats(8);
    DeviceBuffer b = world.devices.get(1).allocate(org.ccl4j.api.DataType.FLOAT32, 8);
    Runnable body =
        () -> {
          for (int i = 0; i < 20; i++) {
            comm.send(a, 1, stream);
            other.recv(b, 0, otherStream);
          }
          comm.allReduce(a, a, ReduceOp.SUM, stream);
          other.allReduce(b, b, ReduceOp.SUM, otherStream);
        };
    Runnable nested = () -> world.ccl.group(body);
    assertAllocatesNothing(() -> world.ccl.group(body));
    assertAllocatesNothing(() -> world.ccl.group(nested));
  }

  @Test
  void composedCallsAllocateNothing() {
    Communicator comm = world.comm;
    Stream stream = world.stream;
    DeviceBuffer a = world.floats(8);
    DeviceBuffer b = world.floats(8);
    DeviceBuffer half = world.floats(4);
    long[] counts = {4, 4};
    long[] offsets = {0, 4};
    assertAllocatesNothing(() -> comm.allToAll(a, b, stream));
    assertAllocatesNothing(() -> comm.gather(half, b, 0, stream));
    assertAllocatesNothing(() -> comm.scatter(a, half, 0, stream));
    assertAllocatesNothing(
        () ->
            comm.allToAllV(
                a, counts, offsets, b, counts, offsets, stream, CollectiveOptions.DEFAULT));
  }

  /** What is kept for the end of a group grows in ever larger and rarer steps: all are counted. */
  @Test
  void composedCallsKeepNothingWhenTheyAreOver() {
    DeviceBuffer a = world.floats(8);
    DeviceBuffer b = world.floats(8);
    Runnable call = () -> world.comm.allToAll(a, b, world.stream);
    assertKeepsNothing(call);
    assertKeepsNothing(() -> world.ccl.group(call));
  }

  private static void assertKeepsNothing(Runnable call) {
    long id = Thread.currentThread().getId();
    for (int i = 0; i < WARM_UP; i++) {
      call.run();
    }
    long before = THREADS.getThreadAllocatedBytes(id);
    for (int i = 0; i < 5 * CALLS; i++) {
      call.run();
    }
    long all = THREADS.getThreadAllocatedBytes(id) - before;
    assertTrue(all < 5 * CALLS, all + " bytes in " + 5 * CALLS + " calls");
  }

  @Test
  void callsWithCountsAllocateNothing() {
    StubBackend complete = new StubBackend();
    try (World other = new World(complete, 2)) {
      complete.recording = false;
      DeviceBuffer a = other.floats(8);
      DeviceBuffer b = other.floats(8);
      long[] counts = {4, 4};
      long[] offsets = {0, 4};
      Runnable call =
          () ->
              other.comm.allToAllV(
                  a,
                  counts,
                  offsets,
                  b,
                  counts,
                  offsets,
                  other.stream,
                  org.ccl4j.api.CollectiveOptions.DEFAULT);
      Runnable twice =
          () -> {
            call.run();
            call.run();
          };
      assertAllocatesNothing(call);
      assertAllocatesNothing(() -> other.ccl.group(twice));
    }
  }

  @Test
  void oneSidedCallsAllocateNothing() {
    Communicator comm = world.comm;
    Stream stream = world.stream;
    Window window = comm.registerWindow(world.device.wrap(4096, DataType.FLOAT32, 64));
    DeviceBuffer a = window.buffer().slice(0, 8);
    assertAllocatesNothing(() -> comm.putSignal(a, 1, window, 8, stream));
    assertAllocatesNothing(() -> comm.signal(1, stream));
  }

  @Test
  void callsBetweenWaitsAllocateNothing() {
    Communicator comm = world.comm;
    StreamHandle stream = ((StreamImpl) world.stream).handleOf();
    DeviceBuffer a = world.floats(8);
    assertAllocatesNothing(
        () -> {
          comm.allReduce(a, a, ReduceOp.SUM, world.stream);
          stream.endWait(stream.beginWait(), true);
        });
  }
}
