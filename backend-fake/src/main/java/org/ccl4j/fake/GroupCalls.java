package org.ccl4j.fake;

import java.util.ArrayList;
import java.util.List;
import org.ccl4j.spi.StatusCode;

/**
 * The calls that a thread holds back between group start and end, and how calls reach streams,
 * grouped or not.
 */
final class GroupCalls {
  private static final ThreadLocal<GroupCalls> OF_THREAD = ThreadLocal.withInitial(GroupCalls::new);

  private record Held(FakeStream stream, FakeCommunicator communicator, Call call) {}

  private final List<Held> held = new ArrayList<>();
  private boolean open;

  static GroupCalls ofThread() {
    return OF_THREAD.get();
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
    if (held.isEmpty()) {
      return StatusCode.OK;
    }
    // All calls at once, so that no other rank sees half a group; the calls of one stream become
    // one operation.
    List<FakeStream> streams = held.stream().map(Held::stream).distinct().toList();
    FakeMachine.SCHEDULER.lock();
    try {
      for (FakeStream stream : streams) {
        issue(stream, held.stream().filter(h -> h.stream == stream).toList());
      }
    } finally {
      held.clear();
      FakeMachine.SCHEDULER.settleAndUnlock();
    }
    streams.forEach(FakeMachine.SCHEDULER::shorten);
    return StatusCode.OK;
  }

  /** Takes a checked call: holds it back inside a group, else enqueues it. */
  int submit(FakeStream stream, FakeCommunicator communicator, Call call) {
    Held one = new Held(stream, communicator, call);
    if (open) {
      held.add(one);
      return StatusCode.OK;
    }
    FakeMachine.SCHEDULER.lock();
    try {
      issue(stream, List.of(one));
    } finally {
      FakeMachine.SCHEDULER.settleAndUnlock();
    }
    FakeMachine.SCHEDULER.shorten(stream);
    return StatusCode.OK;
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
    List<Part> parts = new ArrayList<>(calls.size());
    for (Held held : calls) {
      parts.add(held.communicator.newPart(held.call));
    }
    Launch launch = new Launch(parts);
    // Only now, because a call that does not fit fails its communicator, which looks at launches.
    for (Part part : parts) {
      part.world.join(part, FakeMachine.SCHEDULER);
    }
    FakeMachine.SCHEDULER.enqueue(stream, launch);
  }
}
