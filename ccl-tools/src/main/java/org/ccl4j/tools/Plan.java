package org.ccl4j.tools;

import java.util.List;

/**
 * One operation at one size, seen from one rank: what is in the buffers before it and what must be
 * there after it. All numbers are in elements.
 *
 * @param count what the count column shows
 * @param sendCount the length of the send buffer
 * @param recvCount the length of the receive buffer
 * @param inPlaceSendAt where the send buffer starts within the one buffer of the in-place form
 * @param inPlaceRecvAt where the receive buffer starts within it
 * @param inputs what is in the send buffer before
 * @param results what must be in the receive buffer after the out-of-place form
 * @param inPlaceResults what must be in the receive buffer after the in-place form
 */
record Plan(
    long count,
    long sendCount,
    long recvCount,
    long inPlaceSendAt,
    long inPlaceRecvAt,
    List<Part> inputs,
    List<Part> results,
    List<Part> inPlaceResults) {

  /** A plan whose buffers coincide in place and whose results do not depend on the form. */
  static Plan simple(
      long count, long sendCount, long recvCount, List<Part> inputs, List<Part> results) {
    return new Plan(count, sendCount, recvCount, 0, 0, inputs, results, results);
  }

  /**
   * What the size column shows: the larger of both buffers. The bandwidth columns count the same.
   */
  long largest() {
    return Math.max(sendCount, recvCount);
  }
}
