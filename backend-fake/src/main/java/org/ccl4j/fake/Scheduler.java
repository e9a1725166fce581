package org.ccl4j.fake;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Runs the streams of all fake devices of this JVM, without threads of its own as long as somebody
 * waits.
 *
 * <p>To enqueue is to append to a stream and, where the stream was empty, to start the operation:
 * mark a rank as arrived, or put a copy up as ready {@link Work}. Nothing is executed then.
 * <b>Whoever waits, works</b>: a thread that waits for anything does chunks of whatever is ready,
 * so that a collective costs no thread switch. A daemon helper takes over work that nobody has
 * touched for a tick.
 *
 * <p>How to reason about it:
 *
 * <ul>
 *   <li>one lock guards all states: streams, exchanges, events, captures, the queue of ready work.
 *       It is held for a few hundred nanoseconds and never while bytes move;
 *   <li>an operation is started once, when it is at the head of its stream, and completed once;
 *       {@link #settle} starts heads until none is left to start, before the lock is released. So
 *       at every release of the lock each stream is empty or its head has started;
 *   <li>a thread goes to sleep only after it has checked, under the lock, that what it waits for is
 *       not done and that no work is ready; both make themselves known to sleepers under the same
 *       lock. So no wake-up can be lost.
 * </ul>
 */
final class Scheduler {
  private static final int LOCK_SPINS = 200;
  private static final int PROCESSORS = Runtime.getRuntime().availableProcessors();
  // Waiting: spin as long as another processor may bring news at once, yield for about as long as a
  // thread switch takes, then
  // sleep. With more waiting threads than processors spinning only keeps the others from working.
  private static final int WAIT_SPINS = 500;
  private static final int WAIT_YIELDS = 60;

  /**
   * A stream longer than this makes whoever enqueues do some work first, as the launch queue of a
   * GPU does.
   */
  private static final int LONG_STREAM = 4096;

  private final ReentrantLock lock = new ReentrantLock();
  private final ArrayDeque<Work> ready = new ArrayDeque<>();
  private final ArrayDeque<FakeStream> toAdvance = new ArrayDeque<>();
  private final Set<FakeStream> busy = new LinkedHashSet<>();
  private final ArrayList<Sleeper> sleepers = new ArrayList<>();
  private final AtomicInteger activeWaiters = new AtomicInteger();
  private final Helper helper = new Helper(this);

  /** The head of the ready work, readable without the lock. */
  private volatile @Nullable Work current;

  void lock() {
    for (int i = 0; i < LOCK_SPINS; i++) {
      if (lock.tryLock()) {
        return;
      }
      Thread.onSpinWait();
    }
    lock.lock();
  }

  /** Starts what can start, and releases the lock. Every critical section ends here. */
  void settleAndUnlock() {
    try {
      settle();
    } finally {
      lock.unlock();
    }
  }

  private void settle() {
    for (FakeStream stream = toAdvance.pollFirst();
        stream != null;
        stream = toAdvance.pollFirst()) {
      while (stream.startHead(this)) {
        remove(stream);
      }
    }
  }

  /** Appends an operation. Under the lock. */
  void enqueue(FakeStream stream, Op op) {
    op.stream = stream;
    if (stream.append(op)) {
      busy.add(stream);
      toAdvance.add(stream);
      helper.wake();
    }
  }

  /** Completes a started operation at the head of its stream. Under the lock. */
  void complete(Op op) {
    FakeStream stream = Objects.requireNonNull(op.stream);
    stream.assertHead(op);
    remove(stream);
    toAdvance.add(stream);
  }

  private void remove(FakeStream stream) {
    Op op = stream.removeHead();
    if (stream.isEmpty()) {
      busy.remove(stream);
    }
    op.finish(this);
  }

  /** Puts work up for whoever waits. Under the lock. */
  void makeReady(Work work) {
    if (current == null) {
      current = work;
    } else {
      ready.addLast(work);
    }
    // Whoever is awake and waiting takes the first chunk; further hands are worth waking for
    // further chunks only.
    int hands = Math.min(work.chunks(), PROCESSORS) - activeWaiters.get();
    for (int i = 0; i < hands && i < sleepers.size(); i++) {
      sleepers.get(i).wake();
    }
  }

  /** The streams that have unfinished operations. Under the lock. */
  Set<FakeStream> busyStreams() {
    return busy;
  }

  boolean isIdle() {
    lock();
    try {
      return busy.isEmpty();
    } finally {
      lock.unlock();
    }
  }

  @Nullable Work currentWork() {
    return current;
  }

  /** Does one chunk of ready work, if there is any. Without the lock. */
  boolean help() {
    Work work = current;
    if (work == null) {
      return false;
    }
    int chunk = work.claim();
    if (chunk < 0) {
      lock();
      try {
        retire(work);
      } finally {
        lock.unlock();
      }
      return true;
    }
    try {
      work.run(chunk);
    } catch (RuntimeException | Error e) {
      lock();
      work.failed(this, e);
      settleAndUnlock();
    }
    if (work.finishChunk()) {
      lock();
      try {
        retire(work);
        work.completed(this);
      } finally {
        settleAndUnlock();
      }
    }
    return true;
  }

  private void retire(Work work) {
    if (current == work) {
      current = ready.pollFirst();
    }
  }

  /**
   * Works while a stream is too long and it can get shorter; a stream that waits for another rank
   * is left to grow, since that rank's thread may be this one. Without the lock.
   */
  void shorten(FakeStream stream) {
    while (stream.length() > LONG_STREAM && (help() || headIsUnderWay(stream))) {
      Thread.onSpinWait();
    }
  }

  private boolean headIsUnderWay(FakeStream stream) {
    lock();
    try {
      Op head = stream.head();
      return head != null && head.isUnderWay();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits for an operation, working meanwhile. Without the lock.
   *
   * @return false when the time passed or the thread was interrupted first
   */
  @SuppressWarnings(
      "ThreadPriorityCheck") // a yield lets another rank's thread run; correctness does not hang on
  // it
  boolean await(Op op, long timeoutNanos) {
    if (op.done) {
      return true;
    }
    long deadline = System.nanoTime() + timeoutNanos;
    int spins = activeWaiters.incrementAndGet() < PROCESSORS ? WAIT_SPINS : 20;
    try {
      int idle = 0;
      while (!op.done) {
        if (help()) {
          idle = 0;
        } else if (idle++ < spins) {
          Thread.onSpinWait();
        } else if (Thread.currentThread().isInterrupted() || System.nanoTime() - deadline >= 0) {
          return false;
        } else if (idle < spins + WAIT_YIELDS) {
          Thread.yield();
        } else {
          sleep(op, deadline);
        }
      }
      return true;
    } finally {
      activeWaiters.decrementAndGet();
    }
  }

  private void sleep(Op op, long deadline) {
    Sleeper sleeper = new Sleeper();
    lock();
    try {
      if (op.done || current != null) {
        return;
      }
      op.addSleeper(sleeper);
      sleepers.add(sleeper);
      activeWaiters.decrementAndGet();
    } finally {
      lock.unlock();
    }
    sleeper.sleepUntil(deadline);
    lock();
    try {
      activeWaiters.incrementAndGet();
      op.removeSleeper(sleeper);
      sleepers.remove(sleeper);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits for a condition that no single operation stands for, working meanwhile and looking again
   * and again; for the rare moments when a communicator ends. Without the lock.
   */
  boolean awaitCondition(BooleanSupplier condition, long timeoutNanos) {
    long deadline = System.nanoTime() + timeoutNanos;
    while (!condition.getAsBoolean()) {
      if (Thread.currentThread().isInterrupted() || System.nanoTime() - deadline >= 0) {
        return false;
      }
      if (!help()) {
        LockSupport.parkNanos(this, 50_000);
      }
    }
    return true;
  }

  void startHelper() {
    helper.start();
  }

  void stopHelper() {
    helper.stop();
  }
}
