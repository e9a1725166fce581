package org.ccl4j.nccl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.ccl4j.api.Tuning;
import org.ccl4j.api.UniqueId;
import org.ccl4j.api.config.Settings;
import org.ccl4j.spi.Backend;
import org.ccl4j.spi.BackendCommunicator;
import org.ccl4j.spi.DeviceRuntime;
import org.ccl4j.spi.Result;
import org.ccl4j.spi.StatusCode;
import org.ccl4j.stub.StubLibrary;

/** The backend as the core sees it, over the stub. */
final class Fixture implements AutoCloseable {
  static final long PATIENCE = TimeUnit.SECONDS.toNanos(30);

  final Backend backend;
  final DeviceRuntime devices;

  Fixture(StubLibrary library) {
    backend = new NcclBackendProvider().open(settings(library));
    devices = backend.devices();
  }

  static Settings settings(StubLibrary library) {
    return Settings.of(
        Map.of(
            Nccl.LIBRARY.key(),
            library.file().toString(),
            Nccl.RUNTIME.key(),
            StubLibrary.CUDA_13.file().toString()));
  }

  static Backend.Terms terms(long timeoutNanos) {
    return new Backend.Terms("test", Tuning.DEFAULT, timeoutNanos);
  }

  List<BackendCommunicator> all(int... ordinals) {
    return value(backend.connectAll(ordinals, terms(PATIENCE)));
  }

  UniqueId id() {
    return UniqueId.of(Nccl.ID, value(backend.newUniqueId()));
  }

  long stream(int device) {
    return value(devices.createStream(device, 0));
  }

  long memory(int device, long bytes) {
    return value(devices.allocate(device, bytes));
  }

  void await(int device, long stream) {
    ok(devices.synchronizeStream(device, stream, PATIENCE));
  }

  void end(BackendCommunicator communicator) {
    ok(communicator.finish(PATIENCE));
    ok(communicator.destroy());
  }

  <T> T value(Result<T> result) {
    assertEquals(StatusCode.OK, result.status(), () -> explain(result.status()));
    assertNotNull(result.value());
    return Objects.requireNonNull(result.value());
  }

  void ok(int status) {
    assertEquals(StatusCode.OK, status, () -> explain(status));
  }

  private String explain(int status) {
    return status < 0 ? "status " + status : backend.describe(status) + " " + backend.lastError();
  }

  @Override
  public void close() {
    backend.close();
  }
}
