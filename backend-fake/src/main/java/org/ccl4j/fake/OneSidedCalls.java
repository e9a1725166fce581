package org.ccl4j.fake;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.ccl4j.spi.StatusCode;

/**
 * The one-sided calls that a thread holds back in a group. What raises needs nobody and comes
 * before the group's other calls; what waits comes after them, so that nothing in the group is kept
 * from a rank that must go on to raise.
 */
final class OneSidedCalls {
  private record Held(int device, long stream, Supplier<? extends Op> op) {}

  private final List<Held> raising = new ArrayList<>();
  private final List<Held> waiting = new ArrayList<>();

  void hold(int device, long stream, boolean waits, Supplier<? extends Op> op) {
    (waits ? waiting : raising).add(new Held(device, stream, op));
  }

  int issueRaising() {
    return issue(raising);
  }

  int issueWaiting() {
    return issue(waiting);
  }

  void forget() {
    raising.clear();
    waiting.clear();
  }

  private static int issue(List<Held> held) {
    int status = StatusCode.OK;
    for (Held one : held) {
      int newest = FakeRuntime.enqueue(one.device, one.stream, one.op);
      status = status == StatusCode.OK ? newest : status;
    }
    held.clear();
    return status;
  }
}
