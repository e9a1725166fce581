package org.ccl4j.stub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.ccl4j.api.Tuning;
import org.ccl4j.api.UniqueId;
import org.ccl4j.spi.Backend;
import org.ccl4j.spi.BackendCommunicator;
import org.ccl4j.spi.DeviceRuntime;
import org.ccl4j.spi.Result;
import org.ccl4j.spi.StatusCode;

/** A backend as the core sees it, over the stub. */
public final class StubFixture implements AutoCloseable {
  /** How long a wait of a test may take that should not have to wait. */
  public static final long PATIENCE = TimeUnit.SECONDS.toNanos(30);

  private final StubBackend stub;
  private final Backend backend;
  private final DeviceRuntime devices;

  StubFixture(StubBackend stub) {
    this.stub = stub;
    backend = stub.provider().open(stub.settings());
    devices = backend.devices();
  }

  /**
   * The open backend.
   *
   * @return closed with this
   */
  public Backend backend() {
    return backend;
  }

  /**
   * Its device runtime.
   *
   * @return that of the backend
   */
  public DeviceRuntime devices() {
    return devices;
  }

  /**
   * What a communicator is made with.
   *
   * @param timeoutNanos for its calls
   * @return without a tuning
   */
  public static Backend.Terms terms(long timeoutNanos) {
    return new Backend.Terms("test", Tuning.DEFAULT, timeoutNanos);
  }

  /**
   * Communicators of ranks that this thread has.
   *
   * @param ordinals their devices
   * @return in the order of the ranks
   */
  public List<BackendCommunicator> all(int... ordinals) {
    return value(backend.connectAll(ordinals, terms(PATIENCE)));
  }

  /**
   * A new unique id.
   *
   * @return for one communicator
   */
  public UniqueId id() {
    return UniqueId.of(stub.provider().id(), value(backend.newUniqueId()));
  }

  /**
   * A new stream.
   *
   * @param device where
   * @return its handle
   */
  public long stream(int device) {
    return value(devices.createStream(device, 0));
  }

  /**
   * New memory.
   *
   * @param device where
   * @param bytes how much
   * @return its address
   */
  public long memory(int device, long bytes) {
    return value(devices.allocate(device, bytes));
  }

  /**
   * Waits for a stream.
   *
   * @param device of the stream
   * @param stream what to wait for
   */
  public void await(int device, long stream) {
    ok(devices.synchronizeStream(device, stream, PATIENCE));
  }

  /**
   * Gives a communicator back.
   *
   * @param communicator no operation of which fails
   */
  public void end(BackendCommunicator communicator) {
    ok(communicator.finish(PATIENCE));
    ok(communicator.destroy());
  }

  /**
   * The value of a result.
   *
   * @param <T> its type
   * @param result must have one
   * @return its value
   */
  public <T> T value(Result<T> result) {
    assertEquals(StatusCode.OK, result.status(), () -> explain(result.status()));
    assertNotNull(result.value());
    return Objects.requireNonNull(result.value());
  }

  /**
   * Fails the test when a call has failed.
   *
   * @param status of the call
   */
  public void ok(int status) {
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
