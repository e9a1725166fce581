package org.ccl4j.fake;

import java.util.Objects;
import org.ccl4j.api.DataType;

/**
 * What a rank takes from the slots of a small exchange: each rank computes its own result from the
 * contributions of all, so that nobody waits for anybody but for the news that all have come.
 */
final class SmallMessage {
  private SmallMessage() {}

  static void deliver(Part part) {
    Call call = part.call;
    int me = part.member.rank;
    int n = part.places();
    long bytes = call.bytes();
    Span recv = call.recv();
    if (recv == null) {
      return; // the result goes to others
    }
    switch (call.kind()) {
      case ALL_REDUCE, ALL_REDUCE_WITH_BIAS, REDUCE -> reduce(part, recv, 0);
      case REDUCE_SCATTER -> reduce(part, recv, me * bytes);
      case BROADCAST -> recv.copyFrom(payload(part, call.other()), bytes);
      case SCATTER -> recv.copyFrom(payload(part, call.other()).plus(me * bytes), bytes);
      case ALL_GATHER, GATHER -> {
        for (int from = 0; from < n; from++) {
          recv.plus(from * bytes).copyFrom(payload(part, from), bytes);
        }
      }
      case ALL_TO_ALL -> {
        for (int from = 0; from < n; from++) {
          recv.plus(from * bytes).copyFrom(payload(part, from).plus(me * bytes), bytes);
        }
      }
      case RECV -> recv.copyFrom(payload(part, 0), bytes);
      case SEND -> {}
    }
  }

  private static Span payload(Part part, int place) {
    return part.board().span(part.payload(place));
  }

  private static void reduce(Part part, Span recv, long offset) {
    Call call = part.call;
    int n = part.places();
    Span bias = call.bias();
    if (n == 1 && call.scalar() == null && bias == null) {
      recv.copyFrom(payload(part, 0), call.bytes());
      return;
    }
    DataType type = call.type();
    Lane lane = Lane.of(type, call.op());
    for (long at = 0; at < call.count(); at += Lane.BLOCK) {
      int length = (int) Math.min(Lane.BLOCK, call.count() - at);
      long from = offset + at * type.byteSize();
      for (int place = 0; place < n; place++) {
        boolean first = place == 0;
        lane.load(payload(part, place), from, length, first);
        if (call.scalar() != null) {
          lane.scale(part.scalar(place), length, first);
        }
        if (!first) {
          lane.combine(call.op(), length);
        }
      }
      if (call.op() == Ops.AVG) {
        lane.average(n, length);
      }
      long target = at * type.byteSize();
      lane.store(Objects.requireNonNull(recv), target, length);
      if (bias != null) {
        lane.apply(bias, recv, target, length, call.op());
      }
    }
  }
}
