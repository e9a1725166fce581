package org.ccl4j.benchmarks;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.ccl4j.api.DataType;
import org.ccl4j.api.DeviceInfo;
import org.ccl4j.api.MemoryInfo;
import org.ccl4j.api.Status;
import org.ccl4j.spi.Backend;
import org.ccl4j.spi.BackendCommunicator;
import org.ccl4j.spi.DeviceRuntime;
import org.ccl4j.spi.Result;
import org.ccl4j.spi.StatusCode;
import org.ccl4j.spi.StatusText;

/** One device whose memory, streams and communicators are numbers. */
final class NothingBackend implements Backend, DeviceRuntime, BackendCommunicator {
  private long next = 4096;

  private Result<Long> number() {
    next += 4096;
    return Result.of(next);
  }

  @Override
  public DeviceRuntime devices() {
    return this;
  }

  @Override
  public Result<byte[]> newUniqueId() {
    return Result.of(new byte[uniqueIdSize()]);
  }

  @Override
  public int uniqueIdSize() {
    return 128;
  }

  @Override
  public Result<BackendCommunicator> connect(ConnectRequest request) {
    return Result.of(this);
  }

  @Override
  public Result<List<BackendCommunicator>> connectAll(int[] devices, Terms terms) {
    List<BackendCommunicator> all = new ArrayList<>();
    for (int i = 0; i < devices.length; i++) {
      all.add(this);
    }
    return Result.of(all);
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
    return new StatusText(Status.UNKNOWN, "nothing", "nothing went wrong");
  }

  @Override
  public String lastError() {
    return "";
  }

  @Override
  public void close() {}

  @Override
  public int deviceCount() {
    return 1;
  }

  @Override
  public Result<DeviceInfo> describeDevice(int device) {
    return Result.of(new DeviceInfo(device, "Nothing", "0", 0));
  }

  @Override
  public Result<MemoryInfo> memoryInfo(int device) {
    return Result.of(new MemoryInfo(0, 0));
  }

  @Override
  public boolean canAccessPeer(int device, int peer) {
    return true;
  }

  @Override
  public Result<Long> allocate(int device, long bytes) {
    return number();
  }

  @Override
  public int free(int device, long address) {
    return StatusCode.OK;
  }

  @Override
  public int copyToDevice(int device, long target, ByteBuffer source, long stream) {
    return StatusCode.OK;
  }

  @Override
  public int copyToHost(int device, ByteBuffer target, long source, long stream) {
    return StatusCode.OK;
  }

  @Override
  public int copyOnDevice(int device, long target, long source, long bytes, long stream) {
    return StatusCode.OK;
  }

  @Override
  public int fill(int device, long target, byte value, long bytes, long stream) {
    return StatusCode.OK;
  }

  @Override
  public Result<Long> createStream(int device, int priority) {
    return number();
  }

  @Override
  public int destroyStream(int device, long stream) {
    return StatusCode.OK;
  }

  @Override
  public int queryStream(int device, long stream) {
    return StatusCode.OK;
  }

  @Override
  public int synchronizeStream(int device, long stream, long timeoutNanos) {
    return StatusCode.OK;
  }

  @Override
  public Result<Long> createEvent(int device, boolean timing) {
    return number();
  }

  @Override
  public int destroyEvent(int device, long event) {
    return StatusCode.OK;
  }

  @Override
  public int recordEvent(int device, long event, long stream) {
    return StatusCode.OK;
  }

  @Override
  public int waitEvent(int device, long stream, long event) {
    return StatusCode.OK;
  }

  @Override
  public int queryEvent(int device, long event) {
    return StatusCode.OK;
  }

  @Override
  public int synchronizeEvent(int device, long event, long timeoutNanos) {
    return StatusCode.OK;
  }

  @Override
  public Result<Long> elapsedNanos(int device, long start, long end) {
    return Result.of(0L);
  }

  @Override
  public long handle() {
    return 1;
  }

  @Override
  public int allReduce(long send, long recv, long count, DataType type, int op, long stream) {
    return StatusCode.OK;
  }

  @Override
  public int broadcast(long send, long recv, long count, DataType type, int root, long stream) {
    return StatusCode.OK;
  }

  @Override
  public int reduce(
      long send, long recv, long count, DataType type, int op, int root, long stream) {
    return StatusCode.OK;
  }

  @Override
  public int allGather(long send, long recv, long count, DataType type, long stream) {
    return StatusCode.OK;
  }

  @Override
  public int reduceScatter(long send, long recv, long count, DataType type, int op, long stream) {
    return StatusCode.OK;
  }

  @Override
  public int send(long address, long count, DataType type, int peer, long stream) {
    return StatusCode.OK;
  }

  @Override
  public int recv(long address, long count, DataType type, int peer, long stream) {
    return StatusCode.OK;
  }

  @Override
  public int asyncError() {
    return StatusCode.OK;
  }

  @Override
  public int finish(long timeoutNanos) {
    return StatusCode.OK;
  }

  @Override
  public int destroy() {
    return StatusCode.OK;
  }

  @Override
  public int abort() {
    return StatusCode.OK;
  }
}
