package org.ccl4j.fake;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What was enqueued on a stream, and on those that joined it, while it was captured; afterwards the
 * graph. Under the engine's lock while capturing, unchanging afterwards.
 */
final class Capture {
  /** One captured operation: enqueues itself anew at each launch. */
  interface Step {
    void enqueue(FakeStream target);
  }

  /** A record of an event inside the capture. */
  static final class Slot {
    final Capture capture;
    final boolean timing;

    Slot(Capture capture, boolean timing) {
      this.capture = capture;
      this.timing = timing;
    }
  }

  private record Node(
      int branch, @Nullable Step step, @Nullable Slot records, @Nullable Slot waitsFor) {}

  final int device;
  private final List<FakeStream> branches = new ArrayList<>();
  private final List<Node> nodes = new ArrayList<>();
  private boolean open = true;

  private Capture(int device) {
    this.device = device;
  }

  /** Makes everything that is enqueued on a stream from now on part of a new capture. */
  static void begin(FakeStream origin) {
    new Capture(origin.device).join(origin);
  }

  private void join(FakeStream stream) {
    branches.add(stream);
    stream.setCapture(this);
  }

  boolean isOpen() {
    return open;
  }

  boolean startedOn(FakeStream stream) {
    return branches.get(0) == stream;
  }

  void add(FakeStream stream, Step step) {
    nodes.add(new Node(branches.indexOf(stream), step, null, null));
  }

  Slot addRecord(FakeStream stream, boolean timing) {
    Slot slot = new Slot(this, timing);
    nodes.add(new Node(branches.indexOf(stream), null, slot, null));
    return slot;
  }

  /** A wait for a record of this capture; a stream outside the capture joins by it. */
  void addWait(FakeStream stream, Slot slot) {
    if (stream.capture() == null) {
      join(stream);
    }
    nodes.add(new Node(branches.indexOf(stream), null, null, slot));
  }

  /** Ends the capture; false when a stream that joined it was not joined back. */
  boolean end() {
    open = false;
    branches.forEach(stream -> stream.setCapture(null));
    return allJoinBack();
  }

  // Backwards: the end of the origin is where everything must lead to. A wait that leads there
  // makes the record it waits for
  // lead there, and so everything before that record on its branch.
  private boolean allJoinBack() {
    boolean[] leads = new boolean[branches.size()];
    leads[0] = true;
    Set<Slot> awaited = new HashSet<>();
    for (int i = nodes.size() - 1; i >= 0; i--) {
      Node node = nodes.get(i);
      if (node.records != null && awaited.contains(node.records)) {
        leads[node.branch] = true;
      }
      if (node.waitsFor != null && leads[node.branch]) {
        awaited.add(node.waitsFor);
      }
      boolean doesSomething = node.records == null;
      if (doesSomething && !leads[node.branch]) {
        return false;
      }
    }
    return true;
  }

  int branches() {
    return branches.size();
  }

  int deviceOf(int branch) {
    return branches.get(branch).device;
  }

  /**
   * Enqueues everything again. Without a lock.
   *
   * @param targets a stream for each branch
   */
  void launch(List<FakeStream> targets) {
    IdentityHashMap<Slot, RecordOp> records = new IdentityHashMap<>();
    for (Node node : nodes) {
      FakeStream target = targets.get(node.branch);
      Engine engine = FakeMachine.engine(target.device);
      engine.lock();
      try {
        if (node.step != null) {
          node.step.enqueue(target);
        } else if (node.records != null) {
          RecordOp record = new RecordOp(node.records.timing);
          records.put(node.records, record);
          engine.enqueue(target, record);
        } else if (node.waitsFor != null) {
          RecordOp record = records.get(node.waitsFor);
          engine.enqueue(target, new WaitOp(Objects.requireNonNull(record)));
        }
      } finally {
        engine.unlock();
      }
    }
  }
}
