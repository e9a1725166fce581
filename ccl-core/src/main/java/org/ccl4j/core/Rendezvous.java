package org.ccl4j.core;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.ccl4j.api.CclException;
import org.ccl4j.api.CclLibraryException;
import org.ccl4j.api.CclTimeoutException;
import org.ccl4j.api.CclUsageException;
import org.ccl4j.api.ErrorCategory;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.ErrorDetails;
import org.ccl4j.api.RankContext;
import org.ccl4j.api.Store;
import org.ccl4j.api.UniqueId;
import org.jspecify.annotations.Nullable;

/**
 * How the ranks of a communicator find each other over a store.
 *
 * <p>Each meeting over one store has a number. In a meeting each rank leaves a hello; hellos are
 * gathered up a tree in which each inner rank waits for up to {@value #FAN} - 1 others on each
 * level; rank 0, its root, compares them all and leaves a verdict, which all others read: the
 * unique ids, or what is wrong. So every rank fails for the same reason, and says so.
 *
 * <p>How it grows: with n ranks the store sees about 5 n requests (take the seat, say hello, wait
 * for the verdict, remove the hello; and someone waits for the hello), and no rank makes more than
 * {@value #FAN} log n / log {@value #FAN} of them one after the other: 126 with 4096 ranks.
 *
 * <p>The keys, all under {@code ccl/}, where m is the number of the meeting and r a rank:
 *
 * <ul>
 *   <li>{@code seat/r}: which process holds the rank; stays;
 *   <li>{@code m/here/r}: an inner rank has come; its hello takes until its branch is complete;
 *   <li>{@code m/hello/r}: the roster of the branch of r, or that r came and gave up;
 *   <li>{@code m/call}: rank 0 wants the other ids, or not;
 *   <li>{@code m/id/i}: the i-th id, where there are several;
 *   <li>{@code m/verdict}: removed by rank 0 when the next meeting is complete, because then all
 *       ranks have read it. Everything else of a meeting is removed by who wrote it.
 * </ul>
 */
final class Rendezvous {
  /** How many ranks one rank waits for on each level of the tree, itself included. */
  static final int FAN = 64;

  private static final long SHORTEST_SLICE = TimeUnit.MILLISECONDS.toNanos(100);
  private static final long PAUSE = TimeUnit.MILLISECONDS.toNanos(20);

  /** In place of a roster. */
  private static final String GAVE_UP = "gave up";

  private static final String ROSTER = "roster";

  /** The ranks of this process that are in a meeting now. */
  private static final Set<Place> MEETING = ConcurrentHashMap.newKeySet();

  private final int rank;
  private final int size;
  private final String source;
  private final Place place;
  private final PatientStore store;
  private final long timeoutNanos;
  private final long end;
  private final Roster.Hello hello;
  private final Party party;
  private final int idCount;

  private long meeting;
  private boolean decided;

  private record Place(Store store, int rank) {}

  /** What the rendezvous needs from the rank for which it meets the others. */
  interface Party {
    /** Makes a unique id. */
    UniqueId newUniqueId();

    /** How many ids there shall be. */
    int uniqueIdCount();

    /** Throws when nobody wants the communicator any more. */
    void requireWanted();
  }

  Rendezvous(RankContext ranks, long timeoutNanos, Roster.Hello hello, Party party) {
    this.rank = ranks.rank();
    this.size = ranks.size();
    this.source = ranks.source();
    this.place = new Place(ranks.store(), rank);
    this.timeoutNanos = timeoutNanos;
    this.end = System.nanoTime() + timeoutNanos;
    this.store = new PatientStore(ranks.store(), end);
    this.hello = hello;
    this.party = party;
    this.idCount = Math.max(1, Math.min(size, party.uniqueIdCount()));
  }

  /** How a meeting ended. */
  private enum Verdict {
    MEET,
    WRONG,
    LATE
  }

  /** Whether rank 0 wants the other ids. */
  private enum Call {
    GO,
    NO
  }

  /** Meets the other ranks and gives the ids that were made, each on its rank. */
  List<UniqueId> meet() {
    if (!MEETING.add(place)) {
      throw new CclUsageException(
          ErrorCode.DUPLICATE_RANK,
          "connect: rank "
              + rank
              + " is connecting over this store already, in another thread; allowed is one thread"
              + " for each rank. Give each thread a rank of its own.");
    }
    try {
      while (true) {
        meeting = takeSeat();
        Optional<List<UniqueId>> ids = attend();
        if (ids.isPresent()) {
          return ids.get();
        }
      }
    } finally {
      MEETING.remove(place);
    }
  }

  // --- seats ---

  private String seatKey() {
    return "ccl/seat/" + rank;
  }

  /** Enters the next meeting of this rank, and gives its number. */
  private long takeSeat() {
    Optional<byte[]> expected = Optional.empty();
    long number = 1;
    while (true) {
      requireGoingOn();
      Seat mine = Seat.mine(number, false, source + ", since " + Instant.now());
      if (store.compareAndSet(seatKey(), expected, mine.toBytes())) {
        return number;
      }
      expected = store.get(seatKey());
      if (expected.isEmpty()) {
        number = 1;
        continue;
      }
      Seat other = Seat.parse(seatKey(), expected.get());
      if (other.mark().equals(mine.mark())) {
        return number;
      }
      requireOwn(other);
      number = other.meeting() + 1;
      if (other.left() && store.get(key(other.meeting(), "verdict")).isEmpty()) {
        number = other.meeting();
      }
    }
  }

  private void requireOwn(Seat other) {
    if (!other.process().equals(Seat.PROCESS)) {
      throw new CclUsageException(
          ErrorCode.DUPLICATE_RANK,
          "connect: rank "
              + rank
              + " is taken by another process ("
              + other.source()
              + "); this one has it from: "
              + source
              + ". Either two processes were started as the same rank, or the store still has the"
              + " keys of an earlier start. Give each process a rank of its own, and each start of"
              + " a job an id of its own (CCL_JOB_ID) or a store of its own.");
    }
  }

  // --- one meeting ---

  private static String key(long meeting, String what) {
    return "ccl/" + meeting + "/" + what;
  }

  private String key(String what) {
    return key(meeting, what);
  }

  private String helloKey(int of) {
    return key("hello/" + of);
  }

  private String hereKey(int of) {
    return key("here/" + of);
  }

  /** The ids; empty when this rank came to a meeting that was over, so that the next one is due. */
  private Optional<List<UniqueId>> attend() {
    decided = false;
    try {
      if (isInner()) {
        store.set(hereKey(rank), new byte[0]);
      }
      return rank == 0 ? Optional.of(lead()) : follow();
    } finally {
      quietly(decided ? this::tidyOwn : this::giveUp);
    }
  }

  private Optional<List<UniqueId>> follow() {
    Roster roster = new Roster();
    roster.add(rank, hello);
    if (gather(roster)) {
      List<Object> fields = new ArrayList<>(List.of(ROSTER));
      fields.addAll(roster.toFields());
      store.set(helloKey(rank), Fields.of(fields));
      makeIdWhenCalled();
    }
    byte[] verdict = await(key("verdict"));
    if (verdict == null) {
      Absent absent = absentAsSeenByOne();
      // Rank 0 knows better, and may have tidied up under what was just looked at.
      verdict = store.get(key("verdict")).orElseThrow(() -> late(absent));
    }
    decided = true;
    return Fields.read(key("verdict"), verdict, this::accept);
  }

  private List<UniqueId> lead() {
    try {
      Roster roster = new Roster();
      roster.add(0, hello);
      if (!gather(roster)) {
        throw lateForAll(absent(roster));
      }
      roster.requireAlike();
      // All are here, so that they have read the verdicts of the meetings before.
      quietly(this::tidyBefore);
      roster.requireOwnDevices();
      List<UniqueId> ids = ids();
      List<Object> verdict = new ArrayList<>(List.of(Verdict.MEET, size, ids.size()));
      ids.forEach(id -> verdict.add(id.toText()));
      store.set(key("verdict"), Fields.of(verdict));
      decided = true;
      return ids;
    } catch (CclException e) {
      giveVerdict(List.of(Verdict.WRONG, e.code(), stripped(e)));
      throw e;
    } catch (RuntimeException e) {
      giveVerdict(List.of(Verdict.WRONG, ErrorCode.LIBRARY_ERROR, e));
      throw e;
    }
  }

  private CclTimeoutException lateForAll(Absent absent) {
    giveVerdict(List.of(Verdict.LATE, absent.missing, absent.gaveUp));
    return late(absent);
  }

  /** Ends the meeting without a communicator, unless it has ended. */
  private void giveVerdict(List<?> verdict) {
    if (!decided) {
      decided = true;
      quietly(
          () -> {
            store.set(key("verdict"), Fields.of(verdict));
            store.set(key("call"), Fields.of(List.of(Call.NO)));
          });
    }
  }

  private Optional<List<UniqueId>> accept(Fields verdict) {
    return switch (verdict.next(Verdict.class)) {
      case MEET -> Optional.of(acceptIds(verdict));
      case WRONG -> throw wrong(verdict.next(ErrorCode.class), verdict.next());
      case LATE -> {
        Absent absent = new Absent(RankSet.parse(verdict.next()), RankSet.parse(verdict.next()));
        if (!absent.missing.contains(rank)) {
          throw late(absent);
        }
        yield Optional.empty();
      }
    };
  }

  private List<UniqueId> acceptIds(Fields verdict) {
    int sizeOfRankZero = verdict.nextInt();
    List<UniqueId> ids = new ArrayList<>();
    for (int left = verdict.nextInt(); left > 0; left--) {
      ids.add(UniqueId.parse(verdict.next()));
    }
    if (sizeOfRankZero != size) {
      throw new CclUsageException(
          ErrorCode.RANKS_DIFFER,
          "connect: the number of ranks is '"
              + sizeOfRankZero
              + "' on rank 0 and '"
              + size
              + "' on rank "
              + rank
              + "; allowed is the same on all ranks. Start all of them alike.");
    }
    return ids;
  }

  /** What rank 0 found, in the same words on every rank. */
  private static CclException wrong(ErrorCode code, String message) {
    return code.category() == ErrorCategory.FIX_CALL
        ? new CclUsageException(code, message)
        : new CclLibraryException(
            ErrorCode.REMOTE_FAILURE, "connect: rank 0 could not go on: " + message);
  }

  // --- the tree ---

  /** How many ranks the branch of a rank spans, itself included, where there are that many. */
  private long spanOf(int of) {
    long span = 1;
    while (of % (span * FAN) == 0 && span < size) {
      span *= FAN;
    }
    return span;
  }

  private boolean isInner() {
    return spanOf(rank) > 1 && rank + 1 < size;
  }

  /** The ranks whose hellos a rank waits for, with the size of their branches. */
  private interface Child {
    /** Returns false to stop. */
    boolean visit(int child, long span);
  }

  private boolean children(int of, long ofSpan, Child visitor) {
    for (long span = 1; span < ofSpan; span *= FAN) {
      for (int i = 1; i < FAN; i++) {
        long child = of + i * span;
        if (child >= size) {
          break;
        }
        if (!visitor.visit((int) child, span)) {
          return false;
        }
      }
    }
    return true;
  }

  /**
   * Gathers the hellos of this rank's branch; false when the time was over or the verdict was there
   * before all had come. Ranks that differ end it early, because then nobody has to be waited for.
   */
  private boolean gather(Roster roster) {
    return children(
            rank,
            spanOf(rank),
            (child, span) -> {
              Optional<Roster> branch = awaitBranch(child);
              branch.ifPresent(roster::addAll);
              return branch.isPresent() && roster.isAlike();
            })
        || !roster.isAlike();
  }

  private Optional<Roster> awaitBranch(int child) {
    while (true) {
      byte[] bytes = await(helloKey(child));
      if (bytes == null) {
        return Optional.empty();
      }
      Optional<Roster> roster = Fields.read(helloKey(child), bytes, Rendezvous::roster);
      if (roster.isPresent()) {
        return roster;
      }
      // It came and gave up, and may come again.
      if (left() <= 0 || isOver()) {
        return Optional.empty();
      }
      LockSupport.parkNanos(PAUSE);
      requireGoingOn();
    }
  }

  /** The roster of a branch; empty when its first rank came and gave up, and may come again. */
  private static Optional<Roster> roster(Fields hello) {
    return switch (hello.next()) {
      case ROSTER -> Optional.of(Roster.read(hello));
      case GAVE_UP -> Optional.empty();
      default -> throw new IllegalArgumentException();
    };
  }

  /**
   * Ranks that are not there.
   *
   * @param missing have not come
   * @param gaveUp have come and gone
   */
  private record Absent(RankSet missing, RankSet gaveUp) {
    Absent() {
      this(new RankSet(), new RankSet());
    }
  }

  /** Who is not there, among those of whom nothing is known. */
  private Absent absent(Roster known) {
    Absent absent = new Absent();
    children(0, spanOf(0), (child, span) -> known.contains(child) || look(child, span, absent));
    return absent;
  }

  private boolean look(int branch, long span, Absent absent) {
    Optional<byte[]> left = store.get(helloKey(branch));
    if (left.isPresent()) {
      if (Fields.read(helloKey(branch), left.get(), Rendezvous::roster).isEmpty()) {
        absent.gaveUp.add(branch);
        children(branch, span, (child, itsSpan) -> look(child, itsSpan, absent));
      }
      return true;
    }
    int before = absent.missing.size();
    children(branch, span, (child, itsSpan) -> look(child, itsSpan, absent));
    // Whoever has all others of its branch and does not say so is gone as well.
    if (absent.missing.size() == before || store.get(hereKey(branch)).isEmpty()) {
      absent.missing.add(branch);
    }
    return true;
  }

  /**
   * What one of many can say without rank 0. Thousands of ranks that look for each other at the
   * same moment would be a burden for the store, so that they look for rank 0 only.
   */
  private Absent absentAsSeenByOne() {
    Absent absent = new Absent();
    if (store.get(hereKey(0)).isEmpty()) {
      absent.missing.add(0);
    }
    if (size <= FAN) {
      children(0, FAN, (child, span) -> child == rank || look(child, span, absent));
    }
    return absent;
  }

  // --- several ids ---

  /** Ids are made on ranks that lie evenly apart; the first one on rank 0. */
  private int maker(int id) {
    return (int) ((long) id * size / idCount);
  }

  private List<UniqueId> ids() {
    List<UniqueId> ids = new ArrayList<>();
    ids.add(party.newUniqueId());
    if (idCount > 1) {
      store.set(key("call"), Fields.of(List.of(Call.GO)));
    }
    for (int i = 1; i < idCount; i++) {
      byte[] made = await(key("id/" + i));
      if (made == null) {
        throw lateForAll(new Absent(RankSet.of(maker(i)), new RankSet()));
      }
      ids.add(Fields.read(key("id/" + i), made, Rendezvous::idOrFailure));
    }
    return ids;
  }

  private static UniqueId idOrFailure(Fields made) {
    String id = made.next();
    Optional<String> why = made.ifMore();
    if (why.isPresent()) {
      throw new CclLibraryException(ErrorCode.REMOTE_FAILURE, why.get());
    }
    return UniqueId.parse(id);
  }

  private void makeIdWhenCalled() {
    int mine = -1;
    for (int i = 1; i < idCount; i++) {
      if (maker(i) == rank) {
        mine = i;
      }
    }
    if (mine < 0) {
      return;
    }
    byte[] call = await(key("call"));
    if (call == null || Fields.read(key("call"), call, in -> in.next(Call.class)) == Call.NO) {
      return;
    }
    String idKey = key("id/" + mine);
    try {
      store.set(idKey, Fields.of(List.of(party.newUniqueId().toText())));
    } catch (CclException e) {
      store.set(
          idKey,
          Fields.of(
              List.of("", "connect: rank " + rank + " could not make an id: " + stripped(e))));
      throw e;
    }
  }

  // --- waiting ---

  private long left() {
    return end - System.nanoTime();
  }

  /** Whether the verdict came before what is waited for. */
  private boolean isOver() {
    return rank != 0 && store.get(key("verdict")).isPresent();
  }

  private void requireGoingOn() {
    party.requireWanted();
    Waits.requireNotInterrupted("connect", "Connect again, on every rank.");
  }

  /** The value; null when the time is over, or the verdict is there and the value is not. */
  private byte @Nullable [] await(String wanted) {
    boolean all = wanted.endsWith("verdict");
    // Looking up costs a request of each rank that waits, so that many look up less often.
    long slice = Math.max(SHORTEST_SLICE, TimeUnit.MILLISECONDS.toNanos(all ? size : size / FAN));
    while (true) {
      requireGoingOn();
      long left = left();
      try {
        return store.await(wanted, Duration.ofNanos(Math.max(1, Math.min(slice, left))));
      } catch (CclTimeoutException e) {
        if (e.code() != ErrorCode.STORE_TIMEOUT) {
          throw e;
        }
      }
      if (left <= slice || (!all && isOver())) {
        return null;
      }
    }
  }

  private CclTimeoutException late(Absent absent) {
    String what =
        !absent.missing.isEmpty()
            ? absent.missing.named() + " of " + size + " had not come"
            : !absent.gaveUp.isEmpty()
                ? absent.gaveUp.named() + " of " + size + " had come and given up"
                : "rank 0 of " + size + " had come and not decided";
    return new CclTimeoutException(
        ErrorCode.CONNECT_TIMEOUT,
        "connect: "
            + what
            + " within "
            + Duration.ofNanos(timeoutNanos)
            + ". Start the missing ranks, or look at why they ended, then connect again.",
        ErrorDetails.NONE.withOperation("connect"),
        null);
  }

  /** The message without the code, which the exception made from it puts in front again. */
  private static String stripped(CclException e) {
    String message = e.getMessage();
    String code = e.code().text() + " ";
    return message.startsWith(code) ? message.substring(code.length()) : message;
  }

  // --- leaving ---

  /** So that the next attempt of this rank meets the others where they still wait for it. */
  private void giveUp() {
    store.set(helloKey(rank), Fields.of(List.of(GAVE_UP)));
    store.set(seatKey(), Seat.mine(meeting, true, source).toBytes());
  }

  private void tidyOwn() {
    if (rank != 0) {
      store.delete(helloKey(rank));
    }
    if (isInner()) {
      store.delete(hereKey(rank));
    }
    for (int i = 1; i < idCount; i++) {
      if (maker(i) == rank) {
        store.delete(key("id/" + i));
      }
    }
  }

  private void tidyBefore() {
    for (long of = meeting - 1; of > 0 && store.delete(key(of, "verdict")); of--) {
      store.delete(key(of, "call"));
    }
  }

  /**
   * Does what leaves the store in order, also for a thread that was interrupted; keys that stay
   * behind are no reason to fail, or to fail for another reason.
   */
  private static void quietly(Runnable step) {
    boolean interrupted = Thread.interrupted();
    try {
      step.run();
    } catch (CclException e) {
      System.getLogger(Rendezvous.class.getName())
          .log(System.Logger.Level.DEBUG, "keys of a finished meeting stay in the store", e);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
