package org.ccl4j.fake;

import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A queue of operations. Everything here is under the lock of the device's engine, but for {@link
 * #length()} and the final fields.
 */
final class FakeStream {
  /** So many operations are done in a row before others get the lock. */
  private static final int MOST_AT_ONCE = 64;

  final int device;
  final Engine engine;

  /** Whether the engine has it on its list. */
  boolean listed;

  private final ArrayDeque<Op> ops = new ArrayDeque<>();
  private boolean headStarted;
  private final AtomicInteger length = new AtomicInteger();
  private @Nullable Capture capture;

  FakeStream(int device) {
    this.device = device;
    this.engine = FakeMachine.engine(device);
  }

  /** Appends, and starts the operation where nothing is before it. */
  void append(Op op) {
    op.stream = this;
    ops.addLast(op);
    length.lazySet(ops.size());
    if (ops.size() == 1) {
      startHead(op);
    }
  }

  private void startHead(Op head) {
    headStarted = true;
    head.start();
  }

  /** Does what can be done; true when an operation was completed. */
  boolean advance() {
    int completed = 0;
    for (Op head = ops.peekFirst(); head != null; head = ops.peekFirst()) {
      if (!headStarted) {
        startHead(head);
      }
      if (completed == MOST_AT_ONCE || !head.poll()) {
        break;
      }
      ops.removeFirst();
      headStarted = false;
      completed++;
      head.finish();
    }
    length.lazySet(ops.size());
    return completed > 0;
  }

  boolean isEmpty() {
    return ops.isEmpty();
  }

  /** What anybody can help with; null when there is nothing. */
  @Nullable Work work() {
    Op head = ops.peekFirst();
    Work work = head == null || !headStarted ? null : head.work();
    return work == null || work.isExhausted() ? null : work;
  }

  /** Looks for operations that can get no further. */
  void audit() {
    ops.forEach(Op::audit);
  }

  /** The newest operation: what a synchronize waits for. */
  @Nullable Op tail() {
    return ops.peekLast();
  }

  /** The number of operations; may be read without the lock. */
  int length() {
    return length.get();
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
