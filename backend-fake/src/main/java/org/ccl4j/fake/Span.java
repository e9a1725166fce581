package org.ccl4j.fake;

/**
 * A checked place in memory. It keeps the allocation reachable, so that memory freed while work is
 * enqueued lives as long as the work.
 */
record Span(Allocation allocation, long offset) {
  Span plus(long bytes) {
    return bytes == 0 ? this : new Span(allocation, offset + bytes);
  }

  /** Copies bytes from a place that does not overlap this one. */
  void copyFrom(Span source, long bytes) {
    allocation.copyFrom(offset, source.allocation, source.offset, bytes);
  }

  /** The place as other processes know it; -1 where the memory is private to this JVM. */
  long sharedOffset() {
    return allocation.base < 0 ? -1 : allocation.base + offset;
  }
}
