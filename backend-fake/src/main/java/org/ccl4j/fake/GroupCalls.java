package org.ccl4j.fake;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.ccl4j.spi.Result;
import org.ccl4j.spi.StatusCode;

/**
 * The calls that a thread holds back between group start and end, and how calls reach streams,
 * grouped or not.
 */
final class GroupCalls {
  private static final ThreadLocal<GroupCalls> OF_THREAD = ThreadLocal.withInitial(GroupCalls::new);

  private static final double LATENCY_MICROS = 5;
  private static final double BYTES_PER_MICRO = 10_000;

  private record Held(FakeStream stream, FakeCommunicator communicator, Call call) {}

  private final List<Held> held = new ArrayList<>();
  private final OneSidedCalls oneSided = new OneSidedCalls();
  private boolean open;

  static GroupCalls ofThread() {
    return OF_THREAD.get();
  }

  boolean isOpen() {
    return open;
  }

  /** Ends a group of which nothing shall be issued. */
  void drop() {
    open = false;
    held.clear();
    oneSided.forget();
  }

  int start() {
    if (open) {
      return Codes.error(Codes.INVALID_USAGE, "group start inside a group");
    }
    open = true;
    return StatusCode.OK;
  }

  int end() {
    if (!open) {
      return Codes.error(Codes.INVALID_USAGE, "group end without a group start");
    }
    open = false;
    int raised = oneSided.issueRaising();
    submitHeld();
    int waited = oneSided.issueWaiting();
    return raised == StatusCode.OK ? waited : raised;
  }

  private void submitHeld() {
    if (held.isEmpty()) {
      return;
    }
    List<Held> calls = List.copyOf(held);
    held.clear();
    FakeStream first = calls.get(0).stream;
    if (allOn(first, calls)) {
      submit(first, calls);
      return;
    }
    // The calls of one stream become one operation.
    for (FakeStream stream : calls.stream().map(Held::stream).distinct().toList()) {
      submit(stream, calls.stream().filter(call -> call.stream == stream).toList());
    }
  }

  /**
   * Ends the group without its calls. The estimate is a formula: a GPU's time for a small message,
   * and a link of 10 GB/s for the bytes.
   *
   * @return microseconds
   */
  Result<Double> simulate() {
    if (!open) {
      return Result.failed(
          Codes.error(Codes.INVALID_USAGE, "group simulate end without a group start"));
    }
    double bytes = 0;
    for (Held each : held) {
      bytes += each.call.contribution(each.communicator.size());
    }
    drop();
    return Result.of(LATENCY_MICROS + bytes / BYTES_PER_MICRO);
  }

  // A loop, since most groups have one stream and many are small.
  private static boolean allOn(FakeStream stream, List<Held> calls) {
    for (Held call : calls) {
      if (call.stream != stream) {
        return false;
      }
    }
    return true;
  }

  /** Takes a checked call: holds it back inside a group, else enqueues it. */
  int submit(FakeStream stream, FakeCommunicator communicator, Call call) {
    if (open) {
      held.add(new Held(stream, communicator, call));
    } else {
      submit(stream, List.of(new Held(stream, communicator, call)));
    }
    return StatusCode.OK;
  }

  /** As the other form, for a call that one rank makes alone. */
  int submit(int device, long stream, boolean waits, Supplier<? extends Op> op) {
    if (open) {
      oneSided.hold(device, stream, waits, op);
      return StatusCode.OK;
    }
    return FakeRuntime.enqueue(device, stream, op);
  }

  private static void submit(FakeStream stream, List<Held> calls) {
    Engine engine = FakeMachine.engine(stream.device);
    engine.lock();
    try {
      issue(stream, calls);
    } finally {
      engine.unlock();
    }
    engine.shorten(stream);
  }

  private static void issue(FakeStream stream, List<Held> calls) {
    Capture capture = stream.capture();
    if (capture == null) {
      enqueue(stream, calls);
    } else {
      capture.add(stream, target -> enqueue(target, calls));
    }
  }

  private static void enqueue(FakeStream stream, List<Held> calls) {
    boolean first = stream.isEmpty();
    List<Part> parts = new ArrayList<>(calls.size());
    for (Held held : calls) {
      Part part = held.communicator.newPart(held.call);
      part.join(first);
      parts.add(part);
    }
    FakeMachine.engine(stream.device).enqueue(stream, new Launch(parts));
  }
}
