package org.ccl4j.jna;

import java.util.HashMap;
import java.util.Map;
import java.util.function.IntSupplier;
import java.util.function.LongPredicate;
import org.ccl4j.spi.StatusCode;

/**
 * The streams that were made here and not destroyed: only those may be asked by others than their
 * users. Whoever asks does so in here, so that no stream ends meanwhile.
 */
final class LiveStreams {
  private final Map<Long, Integer> devices = new HashMap<>();

  synchronized void add(long stream, int device) {
    devices.put(stream, device);
  }

  /** From the return on nobody asks it. */
  synchronized void remove(long stream) {
    devices.remove(stream);
  }

  /** What the question gives; OK for a stream that is gone. */
  synchronized int ask(long stream, IntSupplier question) {
    return devices.containsKey(stream) ? question.getAsInt() : StatusCode.OK;
  }

  /** Whether all streams of a device are so. */
  synchronized boolean all(int device, LongPredicate condition) {
    return devices.entrySet().stream()
        .filter(stream -> stream.getValue() == device)
        .allMatch(stream -> condition.test(stream.getKey()));
  }
}
