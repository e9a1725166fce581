package org.ccl4j.examples.solo;

import java.util.ArrayDeque;
import java.util.Queue;
import org.ccl4j.api.DataType;
import org.ccl4j.spi.BackendCommunicator;
import org.ccl4j.spi.StatusCode;

/** The communicator of the only rank: what all ranks have together is what this one has. */
final class SoloCommunicator implements BackendCommunicator {
  private final SoloRuntime runtime;
  private final Queue<Part> sent = new ArrayDeque<>();
  private final Queue<Part> wanted = new ArrayDeque<>();

  SoloCommunicator(SoloRuntime runtime) {
    this.runtime = runtime;
  }

  private int copy(long send, long recv, long count, DataType type) {
    return runtime.move(recv, send, count * type.byteSize());
  }

  @Override
  public long handle() {
    return 1;
  }

  @Override
  public int allReduce(long send, long recv, long count, DataType type, int op, long stream) {
    return copy(send, recv, count, type);
  }

  @Override
  public int broadcast(long send, long recv, long count, DataType type, int root, long stream) {
    return copy(send, recv, count, type);
  }

  @Override
  public int reduce(
      long send, long recv, long count, DataType type, int op, int root, long stream) {
    return copy(send, recv, count, type);
  }

  @Override
  public int allGather(long send, long recv, long count, DataType type, long stream) {
    return copy(send, recv, count, type);
  }

  @Override
  public int reduceScatter(long send, long recv, long count, DataType type, int op, long stream) {
    return copy(send, recv, count, type);
  }

  @Override
  public int send(long address, long count, DataType type, int peer, long stream) {
    sent.add(new Part(address, count, type));
    return match();
  }

  @Override
  public int recv(long address, long count, DataType type, int peer, long stream) {
    wanted.add(new Part(address, count, type));
    return match();
  }

  /** The rank sends to itself; in a group the two halves come in any order. */
  private int match() {
    if (sent.isEmpty() || wanted.isEmpty()) {
      return StatusCode.OK;
    }
    Part from = sent.remove();
    return copy(from.address(), wanted.remove().address(), from.count(), from.type());
  }

  @Override
  public int asyncError() {
    return StatusCode.OK;
  }

  @Override
  public String lastError() {
    return "";
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

  private record Part(long address, long count, DataType type) {}
}
