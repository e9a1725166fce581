package org.ccl4j.core;

import org.ccl4j.api.DataType;
import org.ccl4j.api.PreMulSum;

/** An operator as its user holds it. */
final class PreMulSumImpl implements PreMulSum {
  private final OperatorHandle handle;

  PreMulSumImpl(OperatorHandle handle) {
    this.handle = handle;
    handle.communicator.library.leaks.watch(this, handle);
  }

  OperatorHandle handle() {
    return handle;
  }

  @Override
  public DataType type() {
    return handle.type;
  }

  @Override
  public boolean isClosed() {
    return handle.isClosed();
  }

  @Override
  public void close() {
    handle.close();
  }

  @Override
  public String toString() {
    return handle.toString();
  }
}
