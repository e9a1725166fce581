package org.ccl4j.jna;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongPredicate;

/** The streams that were made here and not destroyed: only those may be asked at any time. */
final class LiveStreams {
  private final Map<Long, Integer> devices = new ConcurrentHashMap<>();

  void add(long stream, int device) {
    devices.put(stream, device);
  }

  void remove(long stream) {
    devices.remove(stream);
  }

  boolean contains(long stream) {
    return devices.containsKey(stream);
  }

  /** Whether all streams of a device are so. */
  boolean all(int device, LongPredicate condition) {
    return devices.entrySet().stream()
        .filter(stream -> stream.getValue() == device)
        .allMatch(stream -> condition.test(stream.getKey()));
  }
}
