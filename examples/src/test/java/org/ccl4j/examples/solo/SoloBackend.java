package org.ccl4j.examples.solo;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.ccl4j.spi.Backend;
import org.ccl4j.spi.BackendCommunicator;
import org.ccl4j.spi.DeviceRuntime;
import org.ccl4j.spi.Result;
import org.ccl4j.spi.StatusCode;
import org.ccl4j.spi.StatusText;

/** The open backend. */
final class SoloBackend implements Backend {
  private static final AtomicLong IDS = new AtomicLong();

  private final SoloRuntime runtime = new SoloRuntime();

  @Override
  public DeviceRuntime devices() {
    return runtime;
  }

  @Override
  public Result<byte[]> newUniqueId() {
    return Result.of(ByteBuffer.allocate(Long.BYTES).putLong(IDS.incrementAndGet()).array());
  }

  @Override
  public int uniqueIdSize() {
    return Long.BYTES;
  }

  @Override
  public Result<BackendCommunicator> connect(ConnectRequest request) {
    return request.size() == 1
        ? Result.of(new SoloCommunicator(runtime))
        : Result.failed(SoloStatus.NO_SUCH_RANK);
  }

  @Override
  public Result<List<BackendCommunicator>> connectAll(int[] devices, Terms terms) {
    return Result.of(List.of(new SoloCommunicator(runtime)));
  }

  @Override
  public int groupStart() {
    return StatusCode.OK;
  }

  @Override
  public int groupEnd() {
    return StatusCode.OK;
  }

  @Override
  public StatusText describe(int status) {
    return SoloStatus.describe(status);
  }

  @Override
  public String lastError() {
    return "";
  }

  @Override
  public void close() {}
}
