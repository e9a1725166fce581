package org.ccl4j.tools;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Runs one body per rank, each on a thread of its own; the first failure ends them all. */
final class RankTeam {
  private static final long POLL_MILLIS = 50;
  private static final long GRACE_MILLIS = 5000;

  private final RankMeeting meeting;
  private final List<Thread> threads = new ArrayList<>();
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

  private final CountDownLatch done;

  private RankTeam(int ranks) {
    this.done = new CountDownLatch(ranks);
    this.meeting = RankMeeting.ofThreads(ranks);
  }

  /** What a rank does. */
  interface Body {
    /**
     * Runs on the rank's thread.
     *
     * @param meeting shared by all ranks
     */
    void run(int rank, RankMeeting meeting);
  }

  /**
   * Runs the body on all ranks and waits for them.
   *
   * @throws RuntimeException the first failure of any rank
   */
  static void run(int ranks, Body body) {
    new RankTeam(ranks).runAll(ranks, body);
  }

  private void runAll(int ranks, Body body) {
    for (int rank = 0; rank < ranks; rank++) {
      int self = rank;
      Thread thread = new Thread(() -> runOne(self, body), "ccl-rank-" + rank);
      // A rank that hangs in the library must not keep the process from ending.
      thread.setDaemon(true);
      threads.add(thread);
    }
    threads.forEach(Thread::start);
    try {
      awaitAll();
    } catch (InterruptedException e) {
      fail(new IllegalStateException("interrupted while the ranks were running", e));
      Thread.currentThread().interrupt();
    }
    Throwable first = failure.get();
    if (first instanceof Error error) {
      throw error;
    }
    if (first != null) {
      throw (RuntimeException) first;
    }
  }

  private void awaitAll() throws InterruptedException {
    while (!done.await(POLL_MILLIS, TimeUnit.MILLISECONDS)) {
      if (failure.get() != null) {
        // One that still hangs after this is left behind: the failure is what matters.
        if (!done.await(GRACE_MILLIS, TimeUnit.MILLISECONDS)) {
          return;
        }
      }
    }
  }

  private void runOne(int rank, Body body) {
    try {
      body.run(rank, meeting);
    } catch (RuntimeException | Error e) {
      fail(e);
    } finally {
      done.countDown();
    }
  }

  private void fail(Throwable e) {
    if (failure.compareAndSet(null, e)) {
      meeting.breakUp();
      // Others may wait inside the library for this rank.
      for (Thread thread : threads) {
        if (thread != Thread.currentThread()) {
          thread.interrupt();
        }
      }
    }
  }
}
