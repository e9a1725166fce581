package org.ccl4j.fake;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * A queue of operations. Everything here is under the scheduler's lock, but for {@link #length()}
 * and the final fields.
 */
final class FakeStream {
  final int device;
  private final ArrayDeque<Op> ops = new ArrayDeque<>();
  private boolean headStarted;
  private volatile int length;
  private @Nullable Capture capture;

  FakeStream(int device) {
    this.device = device;
  }

  /** Appends; true when the operation became the head. */
  boolean append(Op op) {
    ops.addLast(op);
    length = ops.size();
    return ops.size() == 1;
  }

  /**
   * Starts the head unless there is none or it has started; true when it is done at once and to be
   * removed.
   */
  boolean startHead(Scheduler scheduler) {
    Op head = ops.peekFirst();
    if (head == null || headStarted) {
      return false;
    }
    headStarted = true;
    return head.start(scheduler);
  }

  Op removeHead() {
    headStarted = false;
    Op head = ops.removeFirst();
    length = ops.size();
    return head;
  }

  void assertHead(Op op) {
    if (ops.peekFirst() != op || !headStarted) {
      throw new IllegalStateException("completed out of order: " + op.describe());
    }
  }

  boolean isEmpty() {
    return ops.isEmpty();
  }

  @Nullable Op head() {
    return ops.peekFirst();
  }

  /** The newest operation: what a synchronize waits for. */
  @Nullable Op tail() {
    return ops.peekLast();
  }

  /** The number of operations; may be read without the lock. */
  int length() {
    return length;
  }

  /** The capture that what is enqueued goes to; null when it goes to the stream. */
  @Nullable Capture capture() {
    return capture;
  }

  void setCapture(@Nullable Capture capture) {
    this.capture = capture;
  }

  String describe() {
    Op head = ops.peekFirst();
    if (head == null) {
      return "";
    }
    int behind = ops.size() - 1;
    return head.describe()
        + (behind == 0
            ? ""
            : System.lineSeparator() + behind + " more operations are enqueued behind it");
  }
}
