package org.ccl4j.jna;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The streams that were made here and not destroyed: only those may be asked at any time. */
final class LiveStreams {
  private final Set<Long> handles = ConcurrentHashMap.newKeySet();

  void add(long stream) {
    handles.add(stream);
  }

  void remove(long stream) {
    handles.remove(stream);
  }

  boolean contains(long stream) {
    return handles.contains(stream);
  }
}
