package org.ccl4j.core;

import java.nio.ByteBuffer;
import org.ccl4j.api.Device;
import org.ccl4j.api.HostBuffer;

/** Host memory as its user holds it. */
final class HostBufferImpl implements HostBuffer {
  private final DeviceImpl device;
  private final HostMemoryHandle handle;

  HostBufferImpl(DeviceImpl device, HostMemoryHandle handle) {
    this.device = device;
    this.handle = handle;
    device.library().leaks.watch(this, handle);
  }

  @Override
  public Device device() {
    return device;
  }

  @Override
  public int byteSize() {
    return handle.bytes;
  }

  @Override
  public ByteBuffer bytes() {
    return handle.view("bytes");
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
