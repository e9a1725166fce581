package org.ccl4j.fake;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * A rank of this JVM in a communicator. Under the engine's lock, but for what is final or atomic.
 */
final class Member {
  final World world;
  final int rank;
  final Engine engine;
  private final Ring collectives;

  /** The sequences of sends to each peer and of receives from it, as far as there are any. */
  private @Nullable Ring[] sends = {};

  private @Nullable Ring[] receives = {};

  /** Whether operations that wait for other ranks are to end. */
  private volatile boolean revoked;

  /** How often a signal was used up by waits of this rank. */
  private final Map<World.SignalWord, Long> usedUp = new HashMap<>();

  /** The memory of the rank's open windows, by their places. */
  private final AtomicReferenceArray<@Nullable Span> windows =
      new AtomicReferenceArray<>(Layout.WINDOW_PLACES);

  /**
   * The operations that the rank has called and that have not completed. Written under the lock, so
   * by one at a time.
   */
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
      case SEND -> pairRing(call.other(), true);
      case RECV -> pairRing(call.other(), false);
      default -> collectives;
    };
  }

  private Ring pairRing(int peer, boolean sends) {
    if (this.sends.length == 0) {
      this.sends = new Ring[world.size()];
      this.receives = new Ring[world.size()];
    }
    @Nullable Ring[] rings = sends ? this.sends : receives;
    Ring ring = rings[peer];
    if (ring == null) {
      ring = world.newPairRing(rank, peer, sends);
      rings[peer] = ring;
      Ring opposite = (sends ? receives : this.sends)[peer];
      if (opposite != null) {
        ring.linkWith(opposite);
      }
    }
    return ring;
  }

  /** Takes a place for a window; -1 when all are taken. */
  int openWindow(Span memory) {
    for (int place = 0; place < Layout.WINDOW_PLACES; place++) {
      if (windows.compareAndSet(place, null, memory)) {
        return place;
      }
    }
    return -1;
  }

  @Nullable Span window(int place) {
    return windows.get(place);
  }

  void closeWindow(int place) {
    windows.set(place, null);
  }

  /** How often a signal was raised that no wait has used up. */
  long pending(World.SignalWord signal) {
    return signal.raised() - usedUp.getOrDefault(signal, 0L);
  }

  void useUp(World.SignalWord signal, int times) {
    usedUp.merge(signal, (long) times, Long::sum);
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
}
