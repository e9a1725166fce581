package org.ccl4j.fake;

/** Holds a stream until the point in another that an event stood for when the wait was enqueued. */
final class WaitOp extends Op {
  private final RecordOp target;

  WaitOp(RecordOp target) {
    this.target = target;
  }

  @Override
  boolean start(Scheduler scheduler) {
    if (target.done) {
      return true;
    }
    target.addDependent(this);
    return false;
  }

  @Override
  boolean isUnderWay() {
    return target.done;
  }

  @Override
  String describe() {
    FakeStream other = target.stream;
    String cause = other == null || other.isEmpty() ? "" : ", which is behind: " + other.describe();
    return "a wait for an event of a stream of device "
        + (other == null ? "?" : other.device)
        + cause;
  }
}
