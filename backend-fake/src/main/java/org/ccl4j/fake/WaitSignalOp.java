package org.ccl4j.fake;

import org.ccl4j.spi.StatusCode;

/** Holds a stream until peers have raised a signal of this rank often enough, and uses that up. */
final class WaitSignalOp extends Op {
  private final Member member;
  private final int[] peers;
  private final int[] times;
  private final World.SignalWord[] signals;
  private boolean begun;

  WaitSignalOp(Member member, int[] peers, int[] times, int index, int context) {
    this.member = member;
    this.peers = peers;
    this.times = times;
    signals = new World.SignalWord[peers.length];
    for (int i = 0; i < peers.length; i++) {
      signals[i] = member.world.signal(peers[i], member.rank, index, context);
    }
    member.partJoined();
  }

  @Override
  void start() {
    begun = true;
  }

  @Override
  boolean poll() {
    if (member.world.failure() == StatusCode.OK && !member.isRevoked()) {
      for (int i = 0; i < peers.length; i++) {
        if (member.pending(signals[i]) < times[i]) {
          return false;
        }
      }
      for (int i = 0; i < peers.length; i++) {
        member.useUp(signals[i], times[i]);
      }
    }
    member.partDone();
    return true;
  }

  // A peer that has left had more to raise. Not before it has begun: what waits before it use up
  // would count.
  @Override
  void audit() {
    for (int i = 0; begun && i < peers.length; i++) {
      // In this order: what a rank has raised is on the board before it says that it has left.
      boolean departed = member.world.hasDeparted(peers[i]);
      if (departed && member.pending(signals[i]) < times[i]) {
        member.world.fail(
            Codes.REMOTE_ERROR,
            describe() + ", but rank " + peers[i] + " has closed the communicator");
        return;
      }
    }
  }

  @Override
  String describe() {
    StringBuilder text =
        new StringBuilder("rank ")
            .append(member.rank)
            .append(" of ")
            .append(member.world.name())
            .append(" waits for signals:");
    for (int i = 0; i < peers.length; i++) {
      text.append(i == 0 ? " " : ", ")
          .append(Math.min(times[i], member.pending(signals[i])))
          .append(" of ")
          .append(times[i])
          .append(" came from rank ")
          .append(peers[i]);
    }
    return text.toString();
  }
}
