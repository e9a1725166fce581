package org.ccl4j.fake;

import java.io.UncheckedIOException;
import org.ccl4j.spi.StatusCode;
import org.jspecify.annotations.Nullable;

/**
 * Raises a signal at a peer, after it has written to the peer's window where there is something.
 */
final class RaiseOp extends Op {
  /**
   * What is written.
   *
   * @param source where the bytes are
   * @param bytes how many
   * @param window where they go
   * @param offset how far behind the start of the peer's end
   */
  record Put(Span source, long bytes, FakeWindow window, long offset) {}

  private final Member member;
  private final int peer;
  private final World.SignalWord signal;
  private final @Nullable Put put;
  private @Nullable LocalOp copy;

  RaiseOp(Member member, int peer, World.SignalWord signal, @Nullable Put put) {
    this.member = member;
    this.peer = peer;
    this.signal = signal;
    this.put = put;
    member.partJoined();
  }

  @Override
  void start() {
    if (put != null && isWanted()) {
      copy = copy(put);
    }
  }

  private boolean isWanted() {
    return member.world.failure() == StatusCode.OK && !member.isRevoked();
  }

  /** The way of the bytes; null, with the communicator failed, when there is none. */
  private @Nullable LocalOp copy(Put what) {
    Span target;
    try {
      target = what.window.at(peer, what.offset);
    } catch (UncheckedIOException e) {
      member.world.fail(Codes.INTERNAL_ERROR, describe() + ": " + e);
      return null;
    }
    if (target == null) {
      member.world.fail(
          Codes.INVALID_USAGE,
          describe() + ", but rank " + peer + " has closed its end of " + what.window);
      return null;
    }
    return new LocalOp(
        "put",
        -1,
        what.bytes,
        (from, length) -> target.plus(from).copyFrom(what.source.plus(from), length));
  }

  @Override
  boolean poll() {
    if (copy != null && !copy.poll()) {
      return false;
    }
    if (isWanted()) {
      signal.raise();
      member.world.wakeOthers(member);
    }
    member.partDone();
    return true;
  }

  @Override
  @Nullable Work work() {
    return copy == null ? null : copy.work();
  }

  @Override
  String describe() {
    String who = "rank " + member.rank + " of " + member.world.name();
    return put == null
        ? who + " raises a signal at rank " + peer
        : who + " puts " + put.bytes + " bytes at " + put.offset + " of rank " + peer;
  }
}
