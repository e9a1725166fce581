package org.ccl4j.fake;

import java.util.Objects;
import org.ccl4j.api.DataType;
import org.jspecify.annotations.Nullable;

/**
 * The calls of several ranks that belong together: all ranks of a collective, or the two ends of a
 * send. Under the scheduler's lock.
 */
final class Exchange {
  private final World world;
  private final @Nullable Part[] parts;
  private int joined;
  private int begun;
  private boolean running;

  Exchange(World world, int expected) {
    this.world = world;
    parts = new Part[expected];
  }

  /** Adds a rank's part; the place is the rank, or 0 and 1 for sender and receiver. */
  void join(int place, Part part) {
    parts[place] = part;
    part.exchange = this;
    joined++;
    if (part.begun) {
      begun++;
    }
  }

  boolean isComplete() {
    return joined == parts.length;
  }

  boolean isRunning() {
    return running;
  }

  /** A part that joined before the given one; null for the first. */
  @Nullable Part other(Part part) {
    for (Part candidate : parts) {
      if (candidate != null && candidate != part) {
        return candidate;
      }
    }
    return null;
  }

  boolean has(int place) {
    return parts[place] != null;
  }

  @Nullable Part part(int place) {
    return parts[place];
  }

  int places() {
    return parts.length;
  }

  /** Counts a part that has reached the head of its stream, and runs when it is the last. */
  void partBegun(Scheduler scheduler) {
    begun++;
    if (begun == parts.length) {
      running = true;
      Work work = work();
      if (work == null) {
        finish(scheduler);
      } else {
        scheduler.makeReady(work);
      }
    }
  }

  void finish(Scheduler scheduler) {
    for (Part part : parts) {
      Objects.requireNonNull(part).finish(scheduler);
    }
  }

  void fail(Scheduler scheduler, Throwable cause) {
    world.fail(Codes.INTERNAL_ERROR, "the fake failed inside " + call(0) + ": " + cause, scheduler);
  }

  private Call call(int place) {
    return Objects.requireNonNull(parts[place]).call;
  }

  private Span send(int place) {
    return Objects.requireNonNull(call(place).send());
  }

  private Span recv(int place) {
    return Objects.requireNonNull(call(place).recv());
  }

  /** What there is to do; null when the count is 0. */
  private @Nullable Work work() {
    Call call = call(0);
    if (call.count() == 0) {
      return null;
    }
    long bytes = call.bytes();
    int n = parts.length;
    int root = call.other();
    return switch (call.kind()) {
      case ALL_REDUCE ->
          n == 1 && call.scalar() == null ? move(1, bytes, i -> recv(0), i -> send(0)) : reduce(1);
      case REDUCE ->
          n == 1 && call.scalar() == null ? move(1, bytes, i -> recv(0), i -> send(0)) : reduce(1);
      case REDUCE_SCATTER ->
          n == 1 && call.scalar() == null ? move(1, bytes, i -> recv(0), i -> send(0)) : reduce(n);
      case BROADCAST -> move(n, bytes, this::recv, i -> send(root));
      case GATHER -> move(n, bytes, i -> recv(root).plus(i * bytes), this::send);
      case SCATTER -> move(n, bytes, this::recv, i -> send(root).plus(i * bytes));
      // The source in the outer place: it is read once and, while it is in the cache, written to
      // every rank.
      case ALL_GATHER -> move(n * n, bytes, i -> recv(i % n).plus(i / n * bytes), i -> send(i / n));
      case ALL_TO_ALL ->
          move(
              n * n,
              bytes,
              i -> recv(i % n).plus(i / n * bytes),
              i -> send(i / n).plus(i % n * bytes));
      case SEND, RECV -> move(1, bytes, i -> recv(1), i -> send(0));
    };
  }

  private Work move(int moves, long bytes, MoveWork.Place target, MoveWork.Place source) {
    return new MoveWork(this, moves, bytes, target, source);
  }

  private Work reduce(int results) {
    Call call = call(0);
    int n = parts.length;
    Span[] sources = new Span[n];
    Span[] scalars = call.scalar() == null ? null : new Span[n];
    for (int i = 0; i < n; i++) {
      sources[i] = send(i);
      if (scalars != null) {
        scalars[i] = Objects.requireNonNull(call(i).scalar());
      }
    }
    Span[][] targets = new Span[results][];
    for (int i = 0; i < results; i++) {
      targets[i] =
          results > 1 ? new Span[] {recv(i)} : targetsOfOneResult(call.kind(), call.other());
    }
    DataType type = call.type();
    return new ReduceWork(this, type, call.op(), call.count(), sources, scalars, targets);
  }

  private Span[] targetsOfOneResult(Kind kind, int root) {
    if (kind == Kind.REDUCE) {
      return new Span[] {recv(root)};
    }
    Span[] all = new Span[parts.length];
    for (int i = 0; i < all.length; i++) {
      all[i] = recv(i);
    }
    return all;
  }
}
