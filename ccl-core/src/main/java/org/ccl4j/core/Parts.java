package org.ccl4j.core;

import org.ccl4j.api.CollectiveOptions;
import org.jspecify.annotations.Nullable;

/**
 * An operation composed of several native calls: a group of its own, or a piece of the group that
 * it is called in. Parts without elements are left out, which both sides of a part do alike because
 * they agree on its count.
 */
final class Parts {
  private final Batch batch;
  private @Nullable CommunicatorHandle communicator;
  private @Nullable StreamHandle stream;
  private Operation called = Operation.ALL_TO_ALL;
  private int first;
  private boolean done;

  Parts(Batch batch) {
    this.batch = batch;
  }

  Parts start(CommunicatorHandle newCommunicator, Operation operation, StreamHandle on) {
    communicator = newCommunicator;
    called = operation;
    stream = on;
    done = false;
    first = batch.begin();
    return this;
  }

  void send(BufferImpl from, long offset, long count, int peer) {
    if (count > 0) {
      part(Operation.SEND, from, count).from(from, offset).with(peer);
      submit();
    }
  }

  void recv(BufferImpl to, long offset, long count, int peer) {
    if (count > 0) {
      part(Operation.RECV, to, count).to(to, offset).with(peer);
      submit();
    }
  }

  void broadcast(@Nullable BufferImpl from, BufferImpl to, long offset, long count, int root) {
    if (count > 0) {
      part(Operation.BROADCAST, to, count).from(from).to(to, offset).with(root);
      submit();
    }
  }

  void reduce(
      BufferImpl from,
      long offset,
      @Nullable BufferImpl to,
      long count,
      int op,
      @Nullable OperatorHandle custom,
      int root) {
    if (count > 0) {
      part(Operation.REDUCE, from, count).from(from, offset).to(to).reducing(op, custom).with(root);
      submit();
    }
  }

  private Call part(Operation issued, BufferImpl typed, long count) {
    return batch
        .draft(started(communicator), called, issued, started(stream), CollectiveOptions.DEFAULT)
        .of(count, typed.type());
  }

  private void submit() {
    batch.submit(started(communicator));
  }

  private static <T> T started(@Nullable T value) {
    if (value == null) {
      throw new IllegalStateException("a part was added before the start");
    }
    return value;
  }

  /** All parts are there; the options hold for them together. */
  void issue(CollectiveOptions options) {
    batch.setOptionsOfNewest(first, options);
    batch.issueIfOutermost();
    done = true;
  }

  void end() {
    communicator = null;
    stream = null;
    batch.end(first, done);
  }
}
