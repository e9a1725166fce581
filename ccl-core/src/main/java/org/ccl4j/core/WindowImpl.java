package org.ccl4j.core;

import java.util.Set;
import org.ccl4j.api.DeviceBuffer;
import org.ccl4j.api.Window;
import org.ccl4j.api.WindowOption;

/** A window as its user holds it. */
final class WindowImpl implements Window {
  private final BufferImpl buffer;
  private final RegistrationHandle handle;

  WindowImpl(BufferImpl buffer, RegistrationHandle handle) {
    this.buffer = buffer;
    this.handle = handle;
    handle.communicator.library.leaks.watch(this, handle);
  }

  RegistrationHandle handleOf() {
    return handle;
  }

  @Override
  public DeviceBuffer buffer() {
    return buffer;
  }

  @Override
  public long byteSize() {
    return handle.bytes;
  }

  @Override
  public Set<WindowOption> options() {
    return handle.options;
  }

  @Override
  public long handle() {
    return handle.handle;
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
