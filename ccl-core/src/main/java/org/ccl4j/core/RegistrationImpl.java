package org.ccl4j.core;

import org.ccl4j.api.DeviceBuffer;
import org.ccl4j.api.Registration;

/** A registration as its user holds it. */
final class RegistrationImpl implements Registration {
  private final BufferImpl buffer;
  private final RegistrationHandle handle;

  RegistrationImpl(BufferImpl buffer, RegistrationHandle handle) {
    this.buffer = buffer;
    this.handle = handle;
    handle.communicator.library.leaks.watch(this, handle);
  }

  @Override
  public DeviceBuffer buffer() {
    return buffer;
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
