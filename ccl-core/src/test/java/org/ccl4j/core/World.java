package org.ccl4j.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.ccl4j.api.Ccl;
import org.ccl4j.api.CclException;
import org.ccl4j.api.Communicator;
import org.ccl4j.api.DataType;
import org.ccl4j.api.Device;
import org.ccl4j.api.DeviceBuffer;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.Stream;
import org.junit.jupiter.api.function.Executable;

/** A stub backend, opened, with a communicator of some ranks that one thread drives. */
final class World implements AutoCloseable {
  final StubBackend stub;
  final Ccl ccl;
  final List<Device> devices;
  final List<Communicator> comms;
  final Device device;
  final Communicator comm;
  final Stream stream;

  World(int ranks) {
    this(new StubBackend(), ranks);
  }

  World(StubBackend stub, int ranks) {
    this.stub = stub;
    this.ccl = stub.open();
    this.devices = java.util.stream.IntStream.range(0, ranks).mapToObj(ccl::device).toList();
    this.comms = ccl.connectAll(devices);
    this.device = devices.get(0);
    this.comm = comms.get(0);
    this.stream = device.openStream();
    stub.forget();
  }

  CclHandle library() {
    return ((DeviceImpl) device).library();
  }

  CommunicatorHandle handle(Communicator communicator) {
    return (CommunicatorHandle)
        ((DeviceImpl) communicator.device())
            .handle().children(Resource.Kind.COMMUNICATOR).stream()
                .filter(c -> ((CommunicatorHandle) c).rank == communicator.rank())
                .findFirst()
                .orElseThrow();
  }

  DeviceBuffer floats(long count) {
    return device.allocate(DataType.FLOAT32, count);
  }

  StubBackend.StubCommunicator nativeComm(int rank) {
    return Objects.requireNonNull(stub.rank(rank));
  }

  /** Looks until something holds, and fails when it does not within a minute. */
  static void assertSoon(BooleanSupplier condition) {
    long begun = System.nanoTime();
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() - begun < TimeUnit.MINUTES.toNanos(1), "not within a minute");
      Thread.onSpinWait();
    }
  }

  static <T extends CclException> T assertCode(Class<T> type, ErrorCode expected, Executable call) {
    T thrown = assertThrows(type, call);
    assertEquals(expected, thrown.code(), String.valueOf(thrown.getMessage()));
    return thrown;
  }

  static CclException assertCode(ErrorCode expected, Executable call) {
    return assertCode(CclException.class, expected, call);
  }

  @Override
  public void close() {
    stub.idle = true;
    ccl.close();
  }
}
