package org.ccl4j.fake;

import java.util.Objects;
import org.ccl4j.spi.StatusCode;
import org.jspecify.annotations.Nullable;

/**
 * One rank's part in calls of several ranks that belong together: a collective, or a send and its
 * receive. Under the engine's lock.
 *
 * <p>A part is joined when it is enqueued and begun when it is at the head of its stream. Once all
 * parts have begun, a small message lies in the slots, and each rank takes from there what it
 * needs; the bytes of a large one are moved in chunks by whoever waits, on any rank.
 */
final class Part extends Op {
  final Member member;
  final Call call;
  final boolean eager;
  private final Ring ring;
  private final boolean givesOnly;

  /** Where in each slot a small message lies. */
  private final int payload;

  /** The place of the call in its sequence; set by the ring. */
  long number;

  boolean published;
  boolean begun;

  /** It has been polled. */
  private boolean waited;

  /** The others can see that it has begun; not where it did so after a failure. */
  private boolean announced;

  /** Nothing is left to do; the stream may still wait for other parts of the same group. */
  private boolean over;

  /** The places below this one have begun, as far as is known. */
  private int arrived;

  private @Nullable ExchangeWork work;

  Part(Member member, Call call) {
    this.member = member;
    this.call = call;
    this.ring = member.ring(call);
    long contribution = call.contribution(ring.slots.places());
    this.eager = contribution <= ring.slots.eager();
    this.givesOnly = eager && !call.needsOthers(member.rank);
    this.payload = Layout.payload(contribution);
  }

  /**
   * Takes a place in the sequence of calls.
   *
   * @param first whether nothing is before it on its stream: then it begins as well, so that the
   *     others get all news at once
   */
  void join(boolean first) {
    member.partJoined();
    begun = first;
    ring.add(this);
  }

  boolean isOver() {
    return over;
  }

  World world() {
    return member.world;
  }

  int header(int place) {
    return ring.slots.header(place, number);
  }

  /** Where the small message of a place lies. */
  int payload(int place) {
    return header(place) + payload;
  }

  int places() {
    return ring.slots.places();
  }

  int place() {
    return ring.place;
  }

  Board board() {
    return ring.board;
  }

  /** The rank at a place. */
  int rankAt(int place) {
    if (!call.kind().isPointToPoint()) {
      return place;
    }
    return place == ring.place ? member.rank : call.other();
  }

  // The bytes of a large one are for those who wait.
  @Override
  boolean isOverAtOnce() {
    return eager && poll();
  }

  @Override
  void start() {
    if (!begun) {
      begun = true;
      if (published) {
        announce();
      }
    }
  }

  /** Tells the other ranks that this one is ready; wakes those in this JVM if it is the last. */
  void announce() {
    if (member.world.failure() != StatusCode.OK || isRevoked()) {
      // Others may have given up already, and must not have their memory written to any more.
      return;
    }
    Board board = ring.board;
    int header = header(ring.place);
    Span scalar = call.scalar();
    if (scalar != null) {
      board.span(header + Layout.SCALAR).copyFrom(scalar, call.type().byteSize());
    }
    if (!eager) {
      board.prepare(header + Layout.CLAIMED, ExchangeWork.claimsBase(number));
      board.prepare(header + Layout.FINISHED, 0);
      Span bias = call.bias();
      if (bias != null) {
        board.prepare(header + Layout.BIAS, bias.sharedOffset());
      }
    } else if (call.contributes(member.rank) && call.count() != 0) {
      Span send = Objects.requireNonNull(call.send());
      board.span(payload(ring.place)).copyFrom(send, call.contribution(places()));
    }
    if (call.kind() == Kind.SEND) {
      board.prepare(header + Layout.THROUGH, ring.through());
    }
    // Of two ranks that begin at the same moment neither may see the other here: then who sleeps
    // finds out when its slice is over. To exclude it would cost every call a fence.
    board.publish(header + Layout.BEGUN, number + 1);
    announced = true;
    // The look at the others' slots comes last: it takes their lines from those who may be writing.
    if (member.world.hasSleepers(member) && allBegun()) {
      member.world.wakeOthers(member);
    }
  }

  /** Whether a rank that belongs to the call has revoked. */
  private boolean isRevoked() {
    if (!member.world.isRevokedSomewhere()) {
      return false;
    }
    for (int place = 0; place < places(); place++) {
      if (member.world.hasRevoked(rankAt(place))) {
        return true;
      }
    }
    return false;
  }

  private boolean allBegun() {
    int places = ring.slots.places();
    while (arrived < places) {
      if (arrived == ring.place ? !announced : !hasBegun(arrived)) {
        return false;
      }
      arrived++;
    }
    return true;
  }

  /** Whether all that this rank has to do was to put a small message into its slot. */
  private boolean hasGiven() {
    return announced && givesOnly;
  }

  /** Whether what was given fits what the others called; false when some have not come yet. */
  boolean isSettled() {
    if (member.world.failure() != StatusCode.OK || member.isRevoked()) {
      return true;
    }
    if (!allBegun()) {
      return false;
    }
    allMatch(); // or else the communicator has failed
    return true;
  }

  // The fields were written before the waiting thread last had the engine's lock, or are hints.
  @Override
  boolean isHeldUp() {
    if (!published || over || hasGiven()) {
      return false;
    }
    for (int other = 0; other < places(); other++) {
      if (other != ring.place && !hasBegun(other)) {
        return true;
      }
    }
    return false;
  }

  @Override
  boolean poll() {
    if (over) {
      return true;
    }
    if (work != null) {
      return pollWork(work);
    }
    if (!published) {
      ring.publish();
    }
    if (!waited) {
      waited = true;
      ring.fetchNext();
    }
    if (!hasGiven() && (!published || !allBegun() || !allMatch())) {
      return giveUpIfFailed();
    }
    if (call.kind() == Kind.RECV) {
      ring.noteThrough(ring.board.get(header(0) + Layout.THROUGH));
    }
    if (eager) {
      SmallMessage.deliver(this);
      end();
      return true;
    }
    work = ExchangeWork.of(this);
    return pollWork(work);
  }

  private boolean pollWork(ExchangeWork running) {
    if (!running.isOver()) {
      return false;
    }
    end();
    return true;
  }

  private boolean giveUpIfFailed() {
    if (member.world.failure() != StatusCode.OK || member.isRevoked()) {
      end();
    }
    return over;
  }

  private void end() {
    over = true;
    work = null;
    if (hasGiven()) {
      ring.given(this);
    } else {
      ring.retire(this);
    }
    member.partDone();
  }

  @Override
  @Nullable Work work() {
    return work;
  }

  /** Whether all ranks have come and the bytes are being moved. */
  boolean isUnderWay() {
    return work != null || (published && allBegun());
  }

  private boolean allMatch() {
    for (int other = 0; other < places(); other++) {
      if (other != ring.place && !call.matches(ring.board, header(other))) {
        failForMismatch();
        return false;
      }
    }
    return true;
  }

  private void failForMismatch() {
    String what =
        call.kind().isPointToPoint()
            ? "a send and its receive differ:"
            : "the ranks called different operations as number " + number + ":";
    member.world.fail(Codes.INVALID_USAGE, what + roll());
  }

  @Override
  void audit() {
    if (!published && !over) {
      ring.publish();
    }
    if (!over && published && work == null) {
      auditOthers();
    }
  }

  /** As {@link #audit}, also for what was given to others that have not taken it. */
  void auditOthers() {
    for (int other = 0; other < places(); other++) {
      int rank = rankAt(other);
      // In this order: what a rank has called is on the board before it says that it has left.
      boolean departed = member.world.hasDeparted(rank);
      if (hasJoined(other)) {
        if (!call.matches(ring.board, header(other))) {
          failForMismatch();
          return;
        }
      } else if (departed) {
        member.world.fail(
            Codes.REMOTE_ERROR,
            "rank "
                + member.rank
                + " called "
                + call
                + ", but rank "
                + rank
                + " has closed the communicator:"
                + roll());
        return;
      }
    }
  }

  private boolean hasJoined(int place) {
    return ring.board.get(header(place) + Layout.JOINED) == number + 1 || hasBegun(place);
  }

  private boolean hasBegun(int place) {
    return ring.board.get(header(place) + Layout.BEGUN) == number + 1;
  }

  @Override
  String describe() {
    String what = "rank " + member.rank + " of " + member.world.name() + " is in " + call;
    if (isUnderWay()) {
      return what + ", which is under way";
    }
    if (call.kind().isPointToPoint() && !hasJoined(1 - ring.place)) {
      return what + " and its peer has not called the other end";
    }
    return what + " and waits for other ranks:" + roll();
  }

  private String roll() {
    StringBuilder text = new StringBuilder();
    for (int other = 0; other < places(); other++) {
      text.append(System.lineSeparator()).append("  rank ").append(rankAt(other)).append(": ");
      if (member.world.hasRevoked(rankAt(other))) {
        text.append("has revoked the communicator");
      } else if (!hasJoined(other)) {
        text.append("has not called");
      } else {
        text.append(Call.text(ring.board, header(other)));
        if (!hasBegun(other)) {
          text.append(", behind earlier work on its stream");
        }
      }
    }
    return text.toString();
  }

  // --- where the bytes of a large exchange are ---

  /** Where the elements of a place are that it sends. */
  Span send(int place) {
    return span(place, Layout.SEND, Call::send);
  }

  /** Where a place takes its result. */
  Span recv(int place) {
    return span(place, Layout.RECV, Call::recv);
  }

  /** What a place combines its result with. */
  Span bias(int place) {
    return span(place, Layout.BIAS, Call::bias);
  }

  /** Where the scalar of a place is. */
  Span scalar(int place) {
    return ring.board.span(header(place) + Layout.SCALAR);
  }

  private interface Side {
    @Nullable Span of(Call call);
  }

  private Span span(int place, int word, Side side) {
    if (place == ring.place) {
      return Objects.requireNonNull(side.of(call));
    }
    int rank = rankAt(place);
    Ring theirs = member.world.localRing(rank, call, member.rank);
    if (theirs != null) {
      return Objects.requireNonNull(side.of(Objects.requireNonNull(theirs.call(number))));
    }
    return member.world.remoteSpan(rank, ring.board.get(header(place) + word));
  }
}
