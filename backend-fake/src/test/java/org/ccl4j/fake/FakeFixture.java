package org.ccl4j.fake;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.ccl4j.api.Tuning;
import org.ccl4j.api.config.Settings;
import org.ccl4j.spi.Backend;
import org.ccl4j.spi.BackendCommunicator;
import org.ccl4j.spi.DeviceRuntime;
import org.ccl4j.spi.Result;
import org.ccl4j.spi.StatusCode;

/** An open fake, seen through the SPI, with the checks that every test makes. */
final class FakeFixture implements AutoCloseable {
  /** Longer than anything takes on a slow machine; what reaches it hangs. */
  static final long DEADLINE = TimeUnit.SECONDS.toNanos(30);

  final Backend backend;
  final DeviceRuntime runtime;

  FakeFixture(int devices) {
    this(Map.of("ccl.fake.devices", String.valueOf(devices)));
  }

  FakeFixture(Map<String, String> settings) {
    backend = new FakeBackendProvider().open(Settings.of(settings));
    runtime = backend.devices();
  }

  static <T> T value(Result<T> result) {
    assertEquals(StatusCode.OK, result.status(), Codes::lastError);
    return Objects.requireNonNull(result.value());
  }

  static void ok(int status) {
    assertEquals(StatusCode.OK, status, Codes::lastError);
  }

  /** A communicator over the first devices, one rank each. */
  List<BackendCommunicator> communicators(String name, int ranks) {
    return value(
        backend.connectAll(
            IntStream.range(0, ranks).toArray(),
            new Backend.Terms(name, Tuning.DEFAULT, DEADLINE)));
  }

  long stream(int device) {
    return value(runtime.createStream(device, 0));
  }

  long allocate(int device, long bytes) {
    return value(runtime.allocate(device, bytes));
  }

  void synchronize(int device, long stream) {
    assertEquals(
        StatusCode.OK,
        runtime.synchronizeStream(device, stream, DEADLINE),
        () -> runtime.describeStream(device, stream));
  }

  static ByteBuffer host(int bytes) {
    return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
  }

  void upload(int device, long address, int[] values, long stream) {
    ByteBuffer host = host(values.length * Integer.BYTES);
    host.asIntBuffer().put(values);
    ok(runtime.copyToDevice(device, address, host, stream));
  }

  /** Waits for the stream. */
  int[] download(int device, long address, int length, long stream) {
    ByteBuffer host = host(length * Integer.BYTES);
    ok(runtime.copyToHost(device, host, address, stream));
    synchronize(device, stream);
    int[] values = new int[length];
    host.asIntBuffer().get(values);
    return values;
  }

  /** A buffer on a device that holds one value over and over. */
  long filled(int device, int length, int value, long stream) {
    long address = allocate(device, (long) length * Integer.BYTES);
    int[] values = new int[length];
    Arrays.fill(values, value);
    upload(device, address, values, stream);
    return address;
  }

  /** Runs a rank in a thread of its own: a pool may have fewer threads than wait for each other. */
  static <T> CompletableFuture<T> inThread(Supplier<T> rank) {
    return CompletableFuture.supplyAsync(rank, body -> new Thread(body, "rank").start());
  }

  @SuppressWarnings("ThreadPriorityCheck") // looks again soon; the deadline decides
  static void assertSoon(BooleanSupplier condition) {
    long deadline = System.nanoTime() + DEADLINE;
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() < deadline, "not within the deadline");
      Thread.yield();
    }
  }

  @Override
  public void close() {
    backend.close();
  }
}
