package org.ccl4j.junit;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.ccl4j.api.Ccl;
import org.ccl4j.api.Communicator;
import org.ccl4j.api.ConnectOptions;
import org.ccl4j.api.Device;
import org.ccl4j.api.OpenOptions;
import org.ccl4j.api.RankContext;
import org.ccl4j.api.Store;
import org.ccl4j.api.Stream;
import org.ccl4j.bootstrap.InMemoryStore;
import org.jspecify.annotations.Nullable;
import org.opentest4j.TestAbortedException;

/** One run of a body on all ranks: the calling thread coordinates, each rank has a thread. */
final class RankRun {
  /** How long the other ranks may go on after a failure, so that their own failures are seen. */
  private static final Duration GRACE = Duration.ofMillis(300);

  /** How long a rank may take to end once its communicators were aborted. */
  private static final Duration ABORTING = Duration.ofSeconds(1);

  /** How long it may then take to end once it was interrupted as well. */
  private static final Duration INTERRUPTING = Duration.ofSeconds(5);

  private final OpenOptions options;
  private final Duration deadline;
  private final RankBody body;
  private final List<Rank> ranks = new ArrayList<>();

  // Guarded by this; every change notifies.
  private final List<Failure> failures = new ArrayList<>();
  private @Nullable Ending ending;
  private boolean interrupted;

  /** How the ranks close: after success in peace, after a failure by abort. */
  private enum Ending {
    CLOSE,
    ABORT
  }

  /**
   * What a rank threw.
   *
   * @param consequence whether it came after the communicators had been aborted
   */
  private record Failure(int rank, Throwable problem, boolean consequence) {
    boolean isOwn() {
      return !consequence && !(problem instanceof TestAbortedException);
    }
  }

  RankRun(int size, OpenOptions options, Duration deadline, RankBody body) {
    this.options = options;
    this.deadline = deadline;
    this.body = body;
    Store store = new InMemoryStore();
    for (int rank = 0; rank < size; rank++) {
      ranks.add(new Rank(RankContext.of(rank, size, store)));
    }
  }

  void execute() {
    ranks.forEach(rank -> rank.thread.start());
    waitFor(() -> allAre(State.BODY_ENDED) || !failures.isEmpty() || interrupted, deadline);
    if (hasFailed()) {
      waitFor(() -> allAre(State.BODY_ENDED), GRACE);
    }
    String hang = hasFailed() || all(State.BODY_ENDED) ? null : describe("The ranks did not end");
    boolean inPeace = hang == null && !hasFailed();
    end(inPeace ? Ending.CLOSE : Ending.ABORT);
    String late = awaitThreads(inPeace ? deadline : ABORTING);
    // Threads that had to be interrupted after a failure are what is expected then.
    report(hang, inPeace || !all(State.ENDED) ? late : null);
  }

  /** Waits for a condition, and gives up at the end of the time. */
  private synchronized void waitFor(BooleanSupplier condition, Duration bound) {
    long end = System.nanoTime() + bound.toNanos();
    long left = bound.toNanos();
    while (!condition.getAsBoolean() && left > 0) {
      try {
        TimeUnit.NANOSECONDS.timedWait(this, left);
      } catch (InterruptedException e) {
        interrupted = true;
      }
      left = end - System.nanoTime();
    }
  }

  private boolean allAre(State state) {
    return ranks.stream().allMatch(rank -> rank.state.compareTo(state) >= 0);
  }

  private synchronized boolean all(State state) {
    return allAre(state);
  }

  private synchronized boolean hasFailed() {
    return !failures.isEmpty();
  }

  private void end(Ending how) {
    synchronized (this) {
      ending = how;
      notifyAll();
    }
    if (how == Ending.ABORT) {
      ranks.forEach(Rank::breakOff);
    }
  }

  /**
   * Waits for the threads to end, and interrupts those that do not.
   *
   * @return what they were doing, when some had to be interrupted; else null
   */
  private @Nullable String awaitThreads(Duration bound) {
    String late = null;
    waitFor(() -> allAre(State.ENDED), bound);
    if (!all(State.ENDED)) {
      late = describe("Threads of ranks did not end after the run");
      ranks.forEach(rank -> rank.thread.interrupt());
      ranks.forEach(Rank::breakOff);
      waitFor(() -> allAre(State.ENDED), INTERRUPTING);
    }
    if (all(State.ENDED)) {
      ranks.forEach(rank -> join(rank.thread));
    }
    return late;
  }

  /** Waits for a thread that has nothing left to do. */
  private void join(Thread thread) {
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        synchronized (this) {
          interrupted = true;
        }
      }
    }
  }

  private synchronized String describe(String what) {
    StringBuilder text = new StringBuilder(what);
    text.append(interrupted ? " before the run was interrupted." : " within " + deadline + ".");
    ranks.forEach(rank -> rank.describe(text));
    return text.toString();
  }

  private synchronized void report(@Nullable String hang, @Nullable String late) {
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    List<Throwable> thrown = new ArrayList<>();
    if (hang != null) {
      thrown.add(new RanksHungError(hang));
    }
    if (late != null) {
      thrown.add(new RanksHungError(late));
    }
    if (!failures.isEmpty()) {
      Failure first = failures.stream().filter(Failure::isOwn).findFirst().orElse(failures.get(0));
      failures.remove(first);
      thrown.add(hang == null ? 0 : 1, asThrown(first));
      failures.forEach(failure -> thrown.add(asThrown(failure)));
    }
    if (thrown.isEmpty()) {
      return;
    }
    Throwable first = thrown.get(0);
    thrown.stream().filter(other -> other != first).forEach(first::addSuppressed);
    if (first instanceof TestAbortedException aborted) {
      throw aborted;
    }
    throw (AssertionError) first;
  }

  private Throwable asThrown(Failure failure) {
    return failure.problem() instanceof TestAbortedException
        ? failure.problem()
        : new RankFailedError(failure.rank(), ranks.size(), failure.problem());
  }

  /** How far a rank has come. */
  private enum State {
    RUNNING,
    BODY_ENDED,
    ENDED
  }

  /** One rank and its thread. */
  private final class Rank implements Runnable {
    private final RankContext context;
    private final CallLog log = new CallLog();
    private final Thread thread;
    private State state = State.RUNNING; // guarded by the run

    Rank(RankContext context) {
      this.context = context;
      this.thread = new Thread(this, "ccl-rank-" + context.rank());
      thread.setDaemon(true);
    }

    @Override
    public void run() {
      try (Ccl ccl = log.watch(Ccl.open(options));
          Device device = ccl.device(context.localRank());
          Communicator communicator =
              ccl.connect(device, context, new ConnectOptions(deadline, "world"));
          Stream stream = device.openStream()) {
        runBody(new RankScope(ccl, communicator, device, stream, context));
        reach(State.BODY_ENDED);
        if (awaitEnding() == Ending.ABORT) {
          log.abortAll();
        }
      } catch (Throwable e) {
        fail(e);
      } finally {
        reach(State.ENDED);
      }
    }

    private void runBody(RankScope scope) {
      try {
        body.run(scope);
      } catch (Throwable e) {
        fail(e);
      }
    }

    private void reach(State next) {
      synchronized (RankRun.this) {
        state = next;
        RankRun.this.notifyAll();
      }
    }

    private void fail(Throwable problem) {
      synchronized (RankRun.this) {
        failures.add(new Failure(context.rank(), problem, ending == Ending.ABORT));
        RankRun.this.notifyAll();
      }
    }

    private Ending awaitEnding() {
      synchronized (RankRun.this) {
        while (ending == null) {
          try {
            RankRun.this.wait();
          } catch (InterruptedException e) {
            // an interrupt that came for the body; its time is over
          }
        }
        return ending;
      }
    }

    /** Ends what this rank waits for; a rank that is still connecting has nothing to abort. */
    void breakOff() {
      synchronized (RankRun.this) {
        if (state == State.ENDED) {
          return;
        }
      }
      if (log.hasCommunicators()) {
        log.abortAll();
      } else {
        thread.interrupt();
      }
    }

    void describe(StringBuilder text) {
      text.append(System.lineSeparator())
          .append("rank ")
          .append(context.rank())
          .append(" of ")
          .append(context.size())
          .append(state == State.RUNNING ? ": " : " (its body has ended): ")
          .append(log.describe());
      for (StackTraceElement frame : thread.getStackTrace()) {
        text.append(System.lineSeparator()).append("    at ").append(frame);
      }
    }
  }
}
