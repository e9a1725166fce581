package org.ccl4j.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.EnumSet;
import java.util.List;
import org.ccl4j.api.Capability;
import org.ccl4j.api.Communicator;
import org.ccl4j.api.DataType;
import org.ccl4j.api.DeviceBuffer;
import org.ccl4j.api.PreMulSum;
import org.ccl4j.api.ReduceOp;
import org.ccl4j.api.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Which native calls an operation becomes: rank 1 of 3, 4 elements of FLOAT32 for each rank. */
class DispatchTest {
  private final StubBackend stub = new StubBackend();
  private World world = new World(stub, 3);
  private Communicator comm = world.comms.get(1);
  private Stream stream = world.devices.get(1).openStream();
  private DeviceBuffer a = world.devices.get(1).allocate(DataType.FLOAT32, 12);
  private DeviceBuffer b = world.devices.get(1).allocate(DataType.FLOAT32, 12);

  @AfterEach
  void close() {
    world.close();
  }

  private void useWithoutNativeForms() {
    world.close();
    stub.capabilities =
        EnumSet.complementOf(
            EnumSet.of(
                Capability.NATIVE_ALL_TO_ALL,
                Capability.NATIVE_ALL_TO_ALL_V,
                Capability.NATIVE_GATHER,
                Capability.NATIVE_SCATTER));
    world = new World(stub, 3);
    comm = world.comms.get(1);
    stream = world.devices.get(1).openStream();
    a = world.devices.get(1).allocate(DataType.FLOAT32, 12);
    b = world.devices.get(1).allocate(DataType.FLOAT32, 12);
  }

  /** Where an element is, as the stub writes it. */
  private static String at(DeviceBuffer buffer, long element) {
    return Long.toHexString(buffer.address() + 4 * element);
  }

  private void assertCalls(Runnable operation, String... expected) {
    stub.forget();
    operation.run();
    assertEquals(List.of(expected), stub.calls());
  }

  private String call(String method, String send, String recv, long count, int op, int peer) {
    return "r1."
        + method
        + "("
        + send
        + ", "
        + recv
        + ", "
        + count
        + ", FLOAT32, "
        + op
        + ", "
        + peer
        + ")";
  }

  private String send(DeviceBuffer from, long element, long count, int peer) {
    return call("send", at(from, element), "0", count, -1, peer);
  }

  private String recv(DeviceBuffer to, long element, long count, int peer) {
    return call("recv", "0", at(to, element), count, -1, peer);
  }

  private String[] group(String... calls) {
    String[] all = new String[calls.length + 2];
    all[0] = "groupStart()";
    System.arraycopy(calls, 0, all, 1, calls.length);
    all[all.length - 1] = "groupEnd()";
    return all;
  }

  @Test
  void whatACallWasMadeWithBeforeIsOfNoConcernToTheNext() {
    DeviceBuffer once = world.devices.get(1).allocate(DataType.FLOAT32, 12);
    comm.broadcast(once, b, 1, stream);
    once.close();
    assertCalls(
        () -> comm.broadcast(null, b, 2, stream), call("broadcast", "0", at(b, 0), 12, -1, 2));
    DeviceBuffer again = world.devices.get(1).allocate(DataType.FLOAT32, 12);
    comm.send(again, 0, stream);
    again.close();
    assertCalls(() -> comm.recv(b, 2, stream), recv(b, 0, 12, 2));
    assertCalls(() -> comm.send(a, 2, stream), send(a, 0, 12, 2));
  }

  @Test
  void operationsOfTheLibraryAreOneCallEach() {
    assertCalls(
        () -> comm.allReduce(a, b, ReduceOp.MAX, stream),
        call("allReduce", at(a, 0), at(b, 0), 12, 2, -1));
    assertCalls(
        () -> comm.broadcast(a, b, 1, stream), call("broadcast", at(a, 0), at(b, 0), 12, -1, 1));
    assertCalls(
        () -> comm.broadcast(null, b, 2, stream), call("broadcast", "0", at(b, 0), 12, -1, 2));
    assertCalls(
        () -> comm.reduce(a, b, ReduceOp.MIN, 1, stream),
        call("reduce", at(a, 0), at(b, 0), 12, 3, 1));
    assertCalls(
        () -> comm.reduce(a, null, ReduceOp.PROD, 0, stream),
        call("reduce", at(a, 0), "0", 12, 1, 0));
    assertCalls(
        () -> comm.allGather(a.slice(0, 4), b, stream),
        call("allGather", at(a, 0), at(b, 0), 4, -1, -1));
    assertCalls(
        () -> comm.reduceScatter(a, b.slice(4, 4), ReduceOp.AVG, stream),
        call("reduceScatter", at(a, 0), at(b, 4), 4, 4, -1));
    assertCalls(() -> comm.send(a, 2, stream), send(a, 0, 12, 2));
    assertCalls(() -> comm.recv(b, 0, stream), recv(b, 0, 12, 0));
    assertCalls(() -> comm.allToAll(a, b, stream), call("allToAll", at(a, 0), at(b, 0), 4, -1, -1));
    assertCalls(
        () -> comm.gather(a.slice(0, 4), b, 1, stream),
        call("gather", at(a, 0), at(b, 0), 4, -1, 1));
    assertCalls(
        () -> comm.scatter(a, b.slice(0, 4), 1, stream),
        call("scatter", at(a, 0), at(b, 0), 4, -1, 1));
  }

  @Test
  void aPreMulSumGoesByTheNumberTheBackendGave() {
    PreMulSum op = comm.preMulSum(DataType.FLOAT32, 2);
    assertCalls(
        () -> comm.allReduce(a, b, op, stream), call("allReduce", at(a, 0), at(b, 0), 12, 5, -1));
  }

  @Test
  void aBarrierIsAnAllReduceOfOneElementOfTheCommunicatorsOwn() {
    stub.forget();
    comm.barrier(stream);
    assertEquals(1, stub.calls().size());
    assertTrue(
        stub.calls().get(0).matches("r1.allReduce\\((\\w+), \\1, 1, INT32, 0, -1\\)"),
        stub.calls().get(0));
  }

  @Test
  void aCountOfZeroStillReachesTheBackendSoThatItCanBeCompared() {
    DeviceBuffer none = world.devices.get(1).allocate(DataType.FLOAT32, 0);
    assertCalls(
        () -> comm.allReduce(none, none, ReduceOp.SUM, stream),
        call("allReduce", "0", "0", 0, 0, -1));
  }

  @Test
  void allToAllWithoutNativeFormIsSendsAndReceives() {
    useWithoutNativeForms();
    assertCalls(
        () -> comm.allToAll(a, b, stream),
        group(
            send(a, 0, 4, 0),
            recv(b, 0, 4, 0),
            send(a, 4, 4, 1),
            recv(b, 4, 4, 1),
            send(a, 8, 4, 2),
            recv(b, 8, 4, 2)));
  }

  @Test
  void gatherWithoutNativeFormIsSendsAndReceives() {
    useWithoutNativeForms();
    DeviceBuffer mine = a.slice(0, 4);
    assertCalls(
        () -> comm.gather(mine, b, 1, stream),
        group(send(a, 0, 4, 1), recv(b, 4, 4, 1), recv(b, 0, 4, 0), recv(b, 8, 4, 2)));
    assertCalls(() -> comm.gather(mine, null, 2, stream), group(send(a, 0, 4, 2)));
    assertCalls(
        () -> comm.gather(b.slice(4, 4), b, 1, stream), group(recv(b, 0, 4, 0), recv(b, 8, 4, 2)));
  }

  @Test
  void scatterWithoutNativeFormIsSendsAndReceives() {
    useWithoutNativeForms();
    DeviceBuffer mine = b.slice(0, 4);
    assertCalls(
        () -> comm.scatter(a, mine, 1, stream),
        group(send(a, 4, 4, 1), recv(b, 0, 4, 1), send(a, 0, 4, 0), send(a, 8, 4, 2)));
    assertCalls(() -> comm.scatter(null, mine, 2, stream), group(recv(b, 0, 4, 2)));
    assertCalls(
        () -> comm.scatter(a, a.slice(4, 4), 1, stream), group(send(a, 0, 4, 0), send(a, 8, 4, 2)));
  }

  @Test
  void allToAllVIsOneCallWithTheOffsetsOfItsParts() {
    assertCalls(
        () -> comm.allToAllV(a, new long[] {5, 0, 2}, b, new long[] {0, 1, 3}, stream),
        "r1.allToAllV("
            + at(a, 0)
            + ", (5, 0, 2), (0, 5, 5), "
            + at(b, 0)
            + ", (0, 1, 3), (0, 0, 1), FLOAT32)");
  }

  @Test
  void allToAllVWithoutElementsStillReachesALibraryThatHasIt() {
    long[] none = {0, 0, 0};
    assertCalls(
        () -> comm.allToAllV(a, none, b, none, stream),
        "r1.allToAllV("
            + at(a, 0)
            + ", (0, 0, 0), (0, 0, 0), "
            + at(b, 0)
            + ", (0, 0, 0), (0, 0, 0), FLOAT32)");
  }

  @Test
  void allReduceWithBiasIsOneCall() {
    DeviceBuffer bias = world.devices.get(1).allocate(DataType.FLOAT32, 12);
    assertCalls(
        () -> comm.allReduceWithBias(a, b, bias, ReduceOp.MIN, stream),
        "r1.allReduceWithBias("
            + at(a, 0)
            + ", "
            + at(b, 0)
            + ", "
            + at(bias, 0)
            + ", 12, FLOAT32, 3)");
  }

  @Test
  void aSingleRankSendsToItselfInPlaceOfTheLibrarysAllToAlls() {
    try (World alone = new World(1)) {
      DeviceBuffer from = alone.floats(4);
      DeviceBuffer to = alone.floats(4);
      long[] all = {4};
      alone.stub.forget();
      alone.comm.allToAll(from, to, alone.stream);
      alone.comm.allToAllV(from, all, to, all, alone.stream);
      assertEquals(2, alone.stub.calls("send").size());
      assertEquals(2, alone.stub.calls("recv").size());
      assertEquals(List.of(), alone.stub.calls("allToAll", "allToAllV"));
    }
  }

  @Test
  void allToAllVWithoutNativeFormLeavesOutPartsWithoutElements() {
    useWithoutNativeForms();
    assertCalls(
        () -> comm.allToAllV(a, new long[] {5, 0, 2}, b, new long[] {0, 1, 3}, stream),
        group(send(a, 0, 5, 0), recv(b, 0, 1, 1), send(a, 5, 2, 2), recv(b, 1, 3, 2)));
  }

  @Test
  void allGatherVIsABroadcastFromEachRankThatHasElements() {
    assertCalls(
        () -> comm.allGatherV(a.slice(0, 5), b, new long[] {3, 5, 0}, stream),
        group(
            call("broadcast", "0", at(b, 0), 3, -1, 0),
            call("broadcast", at(a, 0), at(b, 3), 5, -1, 1)));
  }

  @Test
  void reduceScatterVIsAReductionToEachRankThatGetsElements() {
    assertCalls(
        () -> comm.reduceScatterV(a, new long[] {3, 5, 0}, b.slice(0, 5), ReduceOp.SUM, stream),
        group(call("reduce", at(a, 0), "0", 3, 0, 0), call("reduce", at(a, 3), at(b, 0), 5, 0, 1)));
  }

  @Test
  void gatherVAndScatterVAreSendsAndReceives() {
    long[] counts = {3, 5, 0};
    assertCalls(
        () -> comm.gatherV(a, b, counts, 1, stream),
        group(send(a, 0, 5, 1), recv(b, 3, 5, 1), recv(b, 0, 3, 0)));
    assertCalls(() -> comm.gatherV(a, null, counts, 0, stream), group(send(a, 0, 5, 0)));
    assertCalls(
        () -> comm.scatterV(a, counts, b, 1, stream),
        group(send(a, 3, 5, 1), recv(b, 0, 5, 1), send(a, 0, 3, 0)));
    assertCalls(() -> comm.scatterV(null, counts, b, 2, stream), group(recv(b, 0, 5, 2)));
  }

  @Test
  void withoutAnyElementsNothingIsIssued() {
    useWithoutNativeForms();
    long[] none = {0, 0, 0};
    assertCalls(() -> comm.allToAllV(a, none, b, none, stream));
    assertCalls(() -> comm.allGatherV(a, b, none, stream));
    assertCalls(() -> comm.gatherV(a, b, new long[] {3, 0, 3}, 0, stream));
  }

  @Test
  void composedOperationsJoinTheGroupTheyAreIn() {
    useWithoutNativeForms();
    assertCalls(
        () ->
            world.ccl.group(
                () -> {
                  comm.gather(a.slice(0, 4), null, 2, stream);
                  comm.allReduce(a, b, ReduceOp.SUM, stream);
                  comm.allToAllV(a, new long[] {1, 0, 0}, b, new long[] {0, 0, 1}, stream);
                }),
        group(
            send(a, 0, 4, 2),
            call("allReduce", at(a, 0), at(b, 0), 12, 0, -1),
            send(a, 0, 1, 0),
            recv(b, 0, 1, 2)));
  }
}
