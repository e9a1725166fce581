package org.ccl4j.fake;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A rank of this JVM in a communicator. Under the engine's lock, but for what is final or atomic.
 */
final class Member {
  final World world;
  final int rank;
  final Engine engine;
  private final Ring collectives;
  private final Map<Integer, Ring> sends = new HashMap<>();
  private final Map<Integer, Ring> receives = new HashMap<>();

  /** Whether operations that wait for other ranks are to end. */
  private volatile boolean revoked;

  /** The operations that the rank has called and that have not completed. */
  private final AtomicInteger unfinished = new AtomicInteger();

  /** So that the next rank's, which another thread writes, lies on another cache line. */
  @SuppressWarnings("unused")
  private final long[] room = new long[Layout.LINE_PAIR / Long.BYTES];

  Member(World world, int rank, Engine engine, Ring collectives) {
    this.world = world;
    this.rank = rank;
    this.engine = engine;
    this.collectives = collectives;
  }

  Ring collectives() {
    return collectives;
  }

  /** The sequence that a call belongs to. */
  Ring ring(Call call) {
    return switch (call.kind()) {
      case SEND -> sends.computeIfAbsent(call.other(), peer -> world.newPairRing(rank, peer, true));
      case RECV ->
          receives.computeIfAbsent(call.other(), peer -> world.newPairRing(rank, peer, false));
      default -> collectives;
    };
  }

  void partJoined() {
    unfinished.lazySet(unfinished.getPlain() + 1);
  }

  void partDone() {
    unfinished.lazySet(unfinished.getPlain() - 1);
  }

  void revoke() {
    revoked = true;
  }

  boolean isRevoked() {
    return revoked;
  }

  boolean isFinished() {
    return unfinished.get() == 0;
  }

  /** Looks at all calls that wait for others. */
  void audit() {
    if (!isFinished()) {
      collectives.audit();
      sends.values().forEach(Ring::audit);
      receives.values().forEach(Ring::audit);
    }
  }
}
