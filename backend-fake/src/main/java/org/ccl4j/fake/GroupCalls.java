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

  private record Held(FakeStream stream, Member member, Call call) {}

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

  /** The calls of one stream become one operation. */
  private void submitHeld() {
    try {
      for (int i = 0; i < held.size(); i++) {
        if (isFirstOfItsStream(i)) {
          FakeStream stream = held.get(i).stream;
          submit(stream, ofStream(stream));
        }
      }
    } finally {
      held.clear();
    }
  }

  // Backwards: with many calls the one before is mostly on the same stream.
  private boolean isFirstOfItsStream(int call) {
    for (int i = call - 1; i >= 0; i--) {
      if (held.get(i).stream == held.get(call).stream) {
        return false;
      }
    }
    return true;
  }

  // Loops, since most groups are small and many have one stream.
  private List<Held> ofStream(FakeStream stream) {
    if (areAllOn(stream)) {
      return held;
    }
    List<Held> calls = new ArrayList<>();
    for (Held call : held) {
      if (call.stream == stream) {
        calls.add(call);
      }
    }
    return calls;
  }

  private boolean areAllOn(FakeStream stream) {
    for (Held call : held) {
      if (call.stream != stream) {
        return false;
      }
    }
    return true;
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
      bytes += each.call.contribution(each.member.world.size());
    }
    drop();
    return Result.of(LATENCY_MICROS + bytes / BYTES_PER_MICRO);
  }

  /** Takes a checked call: holds it back inside a group, else enqueues it. */
  int submit(FakeStream stream, Member member, Call call) {
    if (open) {
      held.add(new Held(stream, member, call));
      return StatusCode.OK;
    }
    Engine engine = stream.engine;
    engine.lock();
    try {
      Capture capture = stream.capture();
      if (capture == null) {
        enqueue(stream, member, call);
      } else {
        capture.add(stream, target -> enqueue(target, member, call));
      }
    } finally {
      engine.unlock();
    }
    engine.shorten(stream);
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
    Engine engine = stream.engine;
    engine.lock();
    try {
      Capture capture = stream.capture();
      if (capture == null) {
        enqueue(stream, calls);
      } else {
        List<Held> kept = List.copyOf(calls);
        capture.add(stream, target -> enqueue(target, kept));
      }
    } finally {
      engine.unlock();
    }
    engine.shorten(stream);
  }

  private static void enqueue(FakeStream stream, List<Held> calls) {
    if (calls.size() == 1) {
      enqueue(stream, calls.get(0).member, calls.get(0).call);
      return;
    }
    Part[] parts = new Part[calls.size()];
    for (int i = 0; i < parts.length; i++) {
      Held one = calls.get(i);
      parts[i] = joined(stream, one.member, one.call);
    }
    stream.engine.enqueue(stream, new Launch(parts));
  }

  private static void enqueue(FakeStream stream, Member member, Call call) {
    stream.engine.enqueue(stream, joined(stream, member, call));
  }

  private static Part joined(FakeStream stream, Member member, Call call) {
    Part part = new Part(member, call);
    part.join(stream.isEmpty());
    return part;
  }
}
