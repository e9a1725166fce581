package org.ccl4j.fake;

/**
 * A checked place in memory. It keeps the allocation reachable, so that memory freed while work is
 * enqueued lives as long as the work.
 */
record Span(Allocation allocation, long offset) {
  Span plus(long bytes) {
    return bytes == 0 ? this : new Span(allocation, offset + bytes);
  }
}
