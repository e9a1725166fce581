package org.ccl4j.tools;

import java.util.Locale;
import java.util.function.LongFunction;
import org.ccl4j.api.BackendInfo;
import org.ccl4j.api.Capability;
import org.ccl4j.api.DataType;
import org.ccl4j.api.Device;
import org.ccl4j.api.DeviceBuffer;

/** Where the buffers of a measurement come from. */
enum PerfMemory {
  /** The library's where it has some, as nccl-tests does; simulated devices gain nothing by it. */
  AUTO,
  /** The device runtime's: {@code cudaMalloc}. */
  DEVICE,
  /** The library's, in which it reaches the other ranks directly: {@code ncclMemAlloc}. */
  LIBRARY;

  static PerfMemory parse(String option, String text) {
    for (PerfMemory memory : values()) {
      if (memory.text().equals(text)) {
        return memory;
      }
    }
    throw UsageException.notAllowed(option, text, "auto, device, library");
  }

  String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Refuses to go on with a backend that has no such memory. */
  void requireIn(BackendInfo backend) {
    if (this == LIBRARY && !backend.can(Capability.LIBRARY_MEMORY)) {
      throw UsageException.notAllowed(
          "--memory",
          text(),
          "auto or device: "
              + backend.id()
              + " "
              + backend.version()
              + " lacks "
              + Capability.LIBRARY_MEMORY);
    }
  }

  /** What it comes to with a backend. */
  PerfMemory with(BackendInfo backend) {
    if (this != AUTO) {
      return this;
    }
    return backend.can(Capability.LIBRARY_MEMORY) && !backend.simulated() ? LIBRARY : DEVICE;
  }

  /** Allocates bytes on a device. */
  LongFunction<DeviceBuffer> on(Device device, BackendInfo backend) {
    return with(backend) == LIBRARY
        ? bytes -> device.allocateShareable(DataType.UINT8, bytes)
        : bytes -> device.allocate(DataType.UINT8, bytes);
  }
}
