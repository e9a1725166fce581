package org.ccl4j.fake;

import java.util.ArrayList;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.ccl4j.api.internal.BriefLock;
import org.jspecify.annotations.Nullable;

/**
 * Runs the streams of one fake device, without a thread of its own as long as somebody waits.
 *
 * <p>To enqueue is to append to a stream and, where the stream was empty, to start the operation:
 * to tell the other ranks that this one has come. What is small and can be over then is over, and
 * the stream stays empty. <b>Whoever waits, works</b>: a thread that waits looks what can go on,
 * does the small things itself and chunks of the large ones, so that a collective costs no thread
 * switch. A daemon helper takes over what nobody has touched for a tick.
 *
 * <p>How to reason about it:
 *
 * <ul>
 *   <li>one lock guards the streams of the device and its ranks' side of their communicators. It is
 *       held for a few hundred nanoseconds and never while many bytes move. No thread holds two
 *       such locks, so there is no order to keep;
 *   <li>what ranks share is on a {@link Board}, where each word has one writer or is a counter.
 *       Nothing there is ever waited for under a lock: an operation that cannot go on says so and
 *       is asked again;
 *   <li>so to wait is to ask again. How soon is a matter of speed alone: a wake-up that came too
 *       early or was lost costs a slice of {@link #SLICE_NANOS} and nothing else.
 * </ul>
 */
final class Engine {
  private static final int PROCESSORS = Runtime.getRuntime().availableProcessors();
  // Waiting: spin as long as another processor may bring news at once, yield for about as long as a
  // thread switch takes, then sleep. With more waiting threads than processors spinning only keeps
  // the others from working.
  private static final int WAIT_SPINS = 200;
  private static final int WAIT_SPINS_CROWDED = 20;
  private static final int WAIT_YIELDS = 60;

  /** How often a waiting thread looks for news of its operation before it asks all streams. */
  private static final int GLANCES = 4;

  /** So many streams are listed although they are empty. */
  private static final int IDLE_LISTED = 4;

  /** How many looks at its own device a waiting thread takes for one at the others it drives. */
  private static final int OWN_LOOKS = 2;

  /** The same for one at those that other threads drive. */
  private static final int PATIENCE = 64;

  /** The longest sleep of a waiting thread: what a lost wake-up costs. */
  private static final long SLICE_NANOS = 1_000_000;

  /** The same while ranks are in other processes, which cannot wake it. */
  private static final long SHORT_SLICE_NANOS = 100_000;

  /**
   * A stream longer than this makes whoever enqueues do some work first, as the launch queue of a
   * GPU does.
   */
  private static final int LONG_STREAM = 4096;

  /** The devices with ranks in this JVM: about as many threads wait at the same time. */
  private static final AtomicInteger INHABITED = new AtomicInteger();

  // Room before and behind what this device's thread writes all the time: the engine of the next
  // device may lie beside it, and two on one cache line would travel from processor to processor.
  @SuppressWarnings("unused")
  private final long[] roomBefore = new long[Layout.LINE_PAIR / Long.BYTES];

  private final BriefLock lock = new BriefLock();

  /**
   * All streams with operations, and a few that had some lately: most of those have more at once.
   */
  private final ArrayList<FakeStream> listed = new ArrayList<>();

  private final CopyOnWriteArrayList<Member> members = new CopyOnWriteArrayList<>();
  private final ConcurrentLinkedQueue<Sleeper> sleepers = new ConcurrentLinkedQueue<>();

  /** What other devices' threads read all the time, away from what this one's writes. */
  private final Doorbell doorbell = new Doorbell();

  /** How many streams have operations. Changes under the lock. */
  private final AtomicInteger busy = new AtomicInteger();

  /** Whether the helper knows that there may be operations. Under the lock. */
  private boolean attended;

  /** Counts looks by waiting threads; the helper sees by it that somebody is at it. */
  private final AtomicInteger looks = new AtomicInteger();

  private volatile int looksBefore;

  /** Counts looks at which something moved. */
  private final AtomicInteger moves = new AtomicInteger();

  @SuppressWarnings("unused")
  private final long[] roomBehind = new long[Layout.LINE_PAIR / Long.BYTES];

  void lock() {
    lock.lock();
  }

  void unlock() {
    lock.unlock();
  }

  void add(Member member) {
    synchronized (members) {
      if (members.isEmpty()) {
        INHABITED.incrementAndGet();
      }
      members.add(member);
    }
  }

  void remove(Member member) {
    synchronized (members) {
      if (members.remove(member) && members.isEmpty()) {
        INHABITED.decrementAndGet();
      }
    }
  }

  /** Whether more ranks than processors may want to run. */
  private boolean isCrowded() {
    if (INHABITED.get() > PROCESSORS) {
      return true;
    }
    for (Member member : members) {
      if (member.world.size() > PROCESSORS) {
        return true;
      }
    }
    return false;
  }

  /** Appends an operation. Under the lock. */
  void enqueue(FakeStream stream, Op op) {
    if (stream.isEmpty()) {
      if (op.isOverAtOnce()) {
        // As after a look: somebody is at it, and nothing is stuck.
        looks.lazySet(looks.getPlain() + 1);
        moves.lazySet(moves.getPlain() + 1);
        return;
      }
      busy.lazySet(busy.getPlain() + 1);
      list(stream);
    }
    stream.append(op);
  }

  private void list(FakeStream stream) {
    if (!stream.listed) {
      stream.listed = true;
      listed.add(stream);
    }
    attend();
  }

  /** Has the helper come by until nothing is left. Under the lock. */
  void attend() {
    if (!attended) {
      attended = true;
      FakeMachine.HELPER.wake();
    }
  }

  boolean isActive() {
    return busy.get() != 0;
  }

  /** Whether the helper has to come by: for operations, or for what was given and not compared. */
  boolean needsHelper() {
    if (isActive()) {
      return true;
    }
    if (!lock.tryLock()) {
      return true;
    }
    try {
      return hasUnsettled();
    } finally {
      lock.unlock();
    }
  }

  private boolean hasUnsettled() {
    for (Member member : members) {
      if (!member.collectives().isSettled()) {
        return true;
      }
    }
    return false;
  }

  /**
   * Called by the helper before it sleeps: from now on whoever enqueues wakes it.
   *
   * @return false when there is something on a stream, or may be
   */
  boolean dismissHelper() {
    if (!lock.tryLock()) {
      return false;
    }
    try {
      attended = isActive() || hasUnsettled();
      return !attended;
    } finally {
      lock.unlock();
    }
  }

  int looks() {
    return looks.get();
  }

  int moves() {
    return moves.get();
  }

  /** Does what can be done now, and a chunk of something large; false when there was nothing. */
  boolean turn() {
    if (!isActive() || !lock.tryLock()) {
      return false;
    }
    boolean moved;
    Work work;
    try {
      moved = look();
      work = work();
    } finally {
      lock.unlock();
    }
    return (work != null && work.help()) || moved;
  }

  /**
   * As {@link #turn}, where nobody else does: two threads on one device would only pass its state
   * to and fro.
   *
   * @param patient whether to look, too, if another thread that was here has stayed away since the
   *     last patient call
   */
  boolean turnIfLeftAlone(boolean patient) {
    if (doorbell.wasMine()) {
      return turn();
    }
    if (!patient) {
      return false;
    }
    int now = looks.get();
    boolean alone = now == looksBefore;
    looksBefore = now;
    return alone && turn();
  }

  /** Does the small things that can be done now; false when there were none. Under the lock. */
  boolean look() {
    looks.lazySet(looks.getPlain() + 1); // has one writer at a time
    doorbell.enter();
    boolean moved = false;
    for (int i = 0; i < listed.size(); i++) {
      FakeStream stream = listed.get(i);
      if (!stream.isEmpty()) {
        moved |= stream.advance();
        busy.lazySet(busy.getPlain() - (stream.isEmpty() ? 1 : 0));
      } else if (listed.size() > IDLE_LISTED) {
        stream.listed = false;
        listed.remove(i--);
      }
    }
    if (moved) {
      moves.lazySet(moves.getPlain() + 1);
      wakeSleepers();
    }
    return moved;
  }

  private @Nullable Work work() {
    for (int i = 0; i < listed.size(); i++) {
      Work work = listed.get(i).work();
      if (work != null) {
        return work;
      }
    }
    return null;
  }

  /**
   * Looks for communicators that can get no further. Called now and then while something is on a
   * stream.
   */
  void audit() {
    if (lock.tryLock()) {
      try {
        listed.forEach(FakeStream::audit);
        members.forEach(member -> member.collectives().audit());
      } finally {
        lock.unlock();
      }
    }
  }

  /**
   * Works while a stream is too long and it can get shorter; a stream that waits for another rank
   * is left to grow, since that rank's thread may be this one.
   */
  void shorten(FakeStream stream) {
    while (stream.length() > LONG_STREAM && turn()) {
      Thread.onSpinWait();
    }
  }

  String describe(FakeStream stream) {
    if (lock.isMine()) {
      return stream.describe();
    }
    // Not where another thread has the lock: that one may be describing this very stream.
    if (!lock.tryLock()) {
      return "work that is being looked at";
    }
    try {
      return stream.describe();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits for an operation, working meanwhile. Without the lock.
   *
   * @return false when the time passed or the thread was interrupted first
   */
  boolean await(Op op, long timeoutNanos) {
    return op.isDone() || await(op, op::isDone, timeoutNanos);
  }

  /** As {@link #await}, for anything that operations on the streams bring about. */
  boolean awaitCondition(BooleanSupplier condition, long timeoutNanos) {
    return await(null, condition, timeoutNanos);
  }

  // A yield lets another rank's thread run; correctness does not hang on it.
  @SuppressWarnings("ThreadPriorityCheck")
  private boolean await(@Nullable Op op, BooleanSupplier condition, long timeoutNanos) {
    long deadline = 0;
    boolean timed = false; // most waits are over before it is worth a look at the clock
    boolean crowded = isCrowded();
    int spins = crowded ? WAIT_SPINS_CROWDED : WAIT_SPINS;
    int idle = 0;
    while (!condition.getAsBoolean()) {
      // News are seen sooner by looking at where they will come than by asking all streams.
      for (int i = 0; op != null && !crowded && i < GLANCES && op.isHeldUp(); i++) {
        Thread.onSpinWait();
      }
      if (turn()) {
        idle = 0;
      } else if (++idle % OWN_LOOKS == 0 && FakeMachine.turnOthers(this, idle % PATIENCE == 0)) {
        idle = 0;
      } else if (idle < spins) {
        Thread.onSpinWait();
      } else if (Thread.currentThread().isInterrupted()) {
        return false;
      } else if (!timed) {
        deadline = System.nanoTime() + timeoutNanos;
        timed = true;
      } else if (System.nanoTime() - deadline >= 0) {
        return false;
      } else if (idle < spins + WAIT_YIELDS) {
        Thread.yield();
      } else {
        audit();
        sleep(condition, deadline);
      }
    }
    return true;
  }

  private void sleep(BooleanSupplier condition, long deadline) {
    Sleeper sleeper = new Sleeper();
    synchronized (sleepers) {
      sleepers.add(sleeper);
      doorbell.addSleeper(1);
    }
    try {
      // What happened before this look is seen by it; what happens after it wakes the sleeper.
      if (!turn() && !FakeMachine.turnOthers(this, true) && !condition.getAsBoolean()) {
        long slice = FakeMachine.reachesBeyond() ? SHORT_SLICE_NANOS : SLICE_NANOS;
        long now = System.nanoTime();
        sleeper.sleepUntil(Math.min(deadline - now, slice) + now);
      }
    } finally {
      synchronized (sleepers) {
        sleepers.remove(sleeper);
        doorbell.addSleeper(-1);
      }
    }
  }

  boolean hasSleepers() {
    return doorbell.hasSleepers();
  }

  /** Wakes whoever sleeps while it waits for something on this device. */
  void wakeSleepers() {
    if (hasSleepers()) {
      sleepers.forEach(Sleeper::wake);
    }
  }

  /** The helper's turn: everything that can be done. */
  void drain() {
    while (turn()) {
      Thread.onSpinWait();
    }
  }
}
