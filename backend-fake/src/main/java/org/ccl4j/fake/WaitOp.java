package org.ccl4j.fake;

/** Holds a stream until the point in another that an event stood for when the wait was enqueued. */
final class WaitOp extends Op {
  private final RecordOp target;

  WaitOp(RecordOp target) {
    this.target = target;
  }

  @Override
  void start() {
    FakeStream own = stream;
    if (!target.isDone() && own != null) {
      target.watch(own.engine);
    }
  }

  @Override
  boolean poll() {
    return target.isDone();
  }

  @Override
  String describe() {
    FakeStream other = target.stream;
    if (other == null || target.isDone()) {
      return "a wait for an event";
    }
    return "a wait for an event of a stream of device "
        + other.device
        + ", which is behind: "
        + other.engine.describe(other);
  }
}
