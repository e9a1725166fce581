package org.ccl4j.fake;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.LockSupport;
import org.ccl4j.spi.StatusCode;
import org.jspecify.annotations.Nullable;

/**
 * A communicator as this JVM sees it: the board that all its ranks share, and those of its ranks
 * that live here. Calls that do not fit together are an error that shows what each rank called.
 *
 * <p>Used by any thread; what changes is on the board or in concurrent collections.
 */
final class World {
  private static final long CLAIMED = 1;
  private static final long WRITTEN = 2;
  private static final long REVOKE_NAP_NANOS = 1_000_000;

  private final String name;
  private final byte[] key;
  private final int size;
  private final Board board;
  private final Layout layout;
  private final Ring.Slots collectives;
  private final AtomicReferenceArray<@Nullable Member> members;
  private final ConcurrentHashMap<Integer, PairBoard> pairs = new ConcurrentHashMap<>();
  private final Habitat habitat;

  /**
   * Makes the view of a board.
   *
   * @param name for messages
   * @param key what tells this communicator from all others
   * @param habitat what lies beyond this JVM
   */
  World(String name, byte[] key, int size, Board board, Habitat habitat) {
    this.name = name;
    this.key = key;
    this.size = size;
    this.board = board;
    this.habitat = habitat;
    layout = new Layout(size);
    collectives = layout.collectives();
    members = new AtomicReferenceArray<>(size);
  }

  /** A communicator whose ranks are all threads of this JVM. */
  static World ofThreads(String name, byte[] key, int size) {
    Board board = Board.inMemory(new Layout(size).bytes());
    return new World(name, key, size, board, Habitat.THIS_JVM);
  }

  private record PairBoard(
      Board board, Ring.Slots slots, AtomicReferenceArray<@Nullable Ring> rings) {}

  String name() {
    return name;
  }

  byte[] key() {
    return key;
  }

  int size() {
    return size;
  }

  Board board() {
    return board;
  }

  Layout layout() {
    return layout;
  }

  Habitat habitat() {
    return habitat;
  }

  /** Adds a rank of this JVM. */
  Member enter(int rank, Engine engine) {
    Member member = new Member(this, rank, engine, new Ring(board, collectives, rank));
    members.set(rank, member);
    engine.add(member);
    return member;
  }

  /** The slots of sends from a rank to another; made when the first of the two needs them. */
  private PairBoard pair(int sender, int receiver) {
    return pairs.computeIfAbsent(
        sender * size + receiver,
        key -> {
          Board shared = habitat.pairBoard(sender, receiver);
          return shared == null
              ? new PairBoard(
                  Board.inMemory(Layout.PAIR_BYTES), Layout.pair(0), new AtomicReferenceArray<>(2))
              : new PairBoard(
                  shared,
                  Layout.pair(habitat.pairOffset(sender, receiver)),
                  new AtomicReferenceArray<>(2));
        });
  }

  /** A rank's own ring for one direction to or from a peer. */
  Ring newPairRing(int rank, int peer, boolean sends) {
    PairBoard pair = sends ? pair(rank, peer) : pair(peer, rank);
    int place = sends ? 0 : 1;
    Ring ring = new Ring(pair.board, pair.slots, place);
    pair.rings.set(place, ring);
    return ring;
  }

  /**
   * The ring in which a rank has what belongs to another rank's call; null when the rank is not in
   * this JVM.
   */
  @Nullable Ring localRing(int rank, Call call, int caller) {
    Member member = members.get(rank);
    if (member == null) {
      return null;
    }
    if (!call.kind().isPointToPoint()) {
      return member.collectives();
    }
    boolean callerSends = call.kind() == Kind.SEND;
    PairBoard pair = callerSends ? pair(caller, rank) : pair(rank, caller);
    return pair.rings.get(callerSends ? 1 : 0);
  }

  /** A rank of this JVM; null when it is elsewhere. */
  @Nullable Member localMember(int rank) {
    return members.get(rank);
  }

  /** How often a rank has raised a signal at another, and will. */
  SignalWord signal(int raiser, int waiter, int index, int context) {
    int base = habitat.pairOffset(raiser, waiter);
    return new SignalWord(pair(raiser, waiter).board, Layout.signal(base, index, context));
  }

  /** A counter on the board of a pair. */
  record SignalWord(Board board, int at) {
    void raise() {
      board.getAndAdd(at, 1);
    }

    long raised() {
      return board.get(at);
    }
  }

  Span remoteSpan(int rank, long offset) {
    return habitat.remoteSpan(rank, offset);
  }

  // --- failure ---

  /** The status that the communicator failed with; OK while it has not. */
  int failure() {
    return board.get(Layout.FAILURE) == WRITTEN
        ? (int) board.get(Layout.FAILURE_STATUS)
        : StatusCode.OK;
  }

  String failureText() {
    return failure() == StatusCode.OK
        ? ""
        : new String(
            board.getBytes(Layout.FAILURE_TEXT, (int) board.get(Layout.FAILURE_LENGTH)), UTF_8);
  }

  /** Ends the communicator for all ranks; the first failure is kept. */
  void fail(int status, String text) {
    if (!board.compareAndSet(Layout.FAILURE, StatusCode.OK, CLAIMED)) {
      return;
    }
    byte[] bytes = text.getBytes(UTF_8);
    int length = Math.min(bytes.length, Layout.FAILURE_TEXT_BYTES);
    board.putBytes(Layout.FAILURE_TEXT, Arrays.copyOf(bytes, length), length);
    board.prepare(Layout.FAILURE_LENGTH, length);
    board.prepare(Layout.FAILURE_STATUS, status);
    board.set(Layout.FAILURE, WRITTEN);
    wakeOthers(null);
  }

  // --- revocation ---

  /**
   * Ends the operations of a rank of this JVM that wait for others. Those for which all have come
   * go on, for others may be at work on this rank's memory.
   */
  void revoke(Member member) {
    board.set(layout.member(member.rank) + Layout.HAS_REVOKED, 1);
    board.set(Layout.REVOKED, 1);
    // Whoever is just about to begin an operation does so under its engine's lock, and has seen
    // the words above when it takes that the next time. Other processes have to be given time.
    for (int rank = 0; rank < size; rank++) {
      Member other = members.get(rank);
      if (other != null) {
        other.engine.lock();
        other.engine.unlock();
      }
    }
    if (habitat.reachesBeyond()) {
      LockSupport.parkNanos(this, REVOKE_NAP_NANOS);
    }
    member.revoke();
    wakeOthers(null);
  }

  boolean hasRevoked(int rank) {
    return board.get(layout.member(rank) + Layout.HAS_REVOKED) != 0;
  }

  /** Whether any rank has revoked; cheap, and no rank of a call has when this is false. */
  boolean isRevokedSomewhere() {
    return board.get(Layout.REVOKED) != 0;
  }

  /** The rank's share of the bytes that the ranks keep for each other. */
  long bytesPerRank() {
    long bytes = board.size();
    for (PairBoard pair : pairs.values()) {
      bytes += pair.board == board ? 0 : pair.board.size();
    }
    return bytes / size;
  }

  void depart(int rank) {
    board.set(layout.member(rank) + Layout.DEPARTED, 1);
  }

  boolean hasDeparted(int rank) {
    return board.get(layout.member(rank) + Layout.DEPARTED) != 0;
  }

  boolean isDead(int rank) {
    return board.get(layout.member(rank) + Layout.DEAD) != 0;
  }

  /** Whether a thread of this JVM sleeps that waits for other ranks of this communicator. */
  boolean hasSleepers(Member self) {
    for (int rank = 0; rank < size; rank++) {
      Member member = members.get(rank);
      if (member != null && member != self && member.engine.hasSleepers()) {
        return true;
      }
    }
    return false;
  }

  /** Wakes the threads that sleep in this JVM while they wait for ranks of this communicator. */
  void wakeOthers(@Nullable Member self) {
    for (int rank = 0; rank < size; rank++) {
      Member member = members.get(rank);
      if (member != null && member != self) {
        member.engine.wakeSleepers();
      }
    }
  }

  /** Takes a rank out that has left or aborted. */
  void leave(Member member) {
    member.engine.remove(member);
    habitat.leave();
  }
}
