package org.ccl4j.junit;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.ccl4j.api.Ccl;
import org.ccl4j.api.Communicator;
import org.ccl4j.api.ConnectOptions;
import org.ccl4j.api.Device;
import org.ccl4j.api.RankContext;
import org.ccl4j.api.Store;
import org.ccl4j.api.Stream;
import org.jspecify.annotations.Nullable;
import org.opentest4j.TestAbortedException;

/**
 * One run of a body on the ranks of this process: the calling thread coordinates, each rank has a
 * thread. What the other processes of the group found counts as if it had happened here.
 */
final class RankRun {
  /** How long the other ranks may go on after a failure, so that their own failures are seen. */
  private static final Duration GRACE = Duration.ofMillis(300);

  /** How long a rank may take to end once its communicators were aborted. */
  private static final Duration ABORTING = Duration.ofSeconds(1);

  /** How long it may then take to end once it was interrupted as well. */
  private static final Duration INTERRUPTING = Duration.ofSeconds(5);

  /** How late other processes may come to a point that this one has reached in time. */
  private static final Duration LATENESS = INTERRUPTING.plus(INTERRUPTING);

  /** How often is asked whether another process broke off. */
  private static final Duration LOOK = Duration.ofMillis(50);

  private final int size;
  private final RankLibraries libraries;
  private final Duration deadline;
  private final RankBody body;
  private final GroupRun group;
  private final List<Rank> ranks = new ArrayList<>();

  // Guarded by this; every change notifies.
  private final List<Finding> findings = new ArrayList<>();
  private @Nullable Ending ending;
  private boolean interrupted;
  private boolean brokenElsewhere;

  /** How the ranks close: after success in peace, after a failure by abort. */
  private enum Ending {
    CLOSE,
    ABORT
  }

  RankRun(
      int size, RankLibraries libraries, Duration deadline, RankBody body, ProcessGroup processes) {
    this.size = size;
    this.libraries = libraries;
    this.deadline = deadline;
    this.body = body;
    this.group = new GroupRun(processes);
    Store store = group.rankStore();
    for (int rank = 0; rank < size; rank++) {
      if (processes.hosts(rank)) {
        ranks.add(new Rank(RankContext.of(rank, size, store)));
      }
    }
  }

  void execute() {
    ranks.forEach(rank -> rank.thread.start());
    boolean inPeace = awaitBodies();
    end(inPeace ? Ending.CLOSE : Ending.ABORT);
    String late = awaitThreads(inPeace ? deadline : ABORTING);
    // Threads that had to be interrupted after a failure are what is expected then.
    if (late != null && (inPeace || !all(State.ENDED))) {
      add(Finding.hung(late));
    }
    Duration bound = inPeace ? deadline.plus(LATENESS) : LATENESS;
    report(group.meet(GroupRun.Point.END, snapshot(), bound));
  }

  /** Waits for the bodies of all ranks, here and elsewhere, and says whether all is well. */
  private boolean awaitBodies() {
    waitFor(() -> allAre(State.BODY_ENDED) || !findings.isEmpty(), deadline, true);
    if (hasFindings()) {
      group.tellFailure();
      waitFor(() -> allAre(State.BODY_ENDED), GRACE, false);
    } else if (!all(State.BODY_ENDED)) {
      if (!heardOfFailure() || isInterrupted()) {
        add(Finding.hung(describe("The ranks did not end")));
      }
      group.tellFailure();
    }
    boolean well = !hasFindings() && all(State.BODY_ENDED);
    Duration bound = well ? deadline.plus(LATENESS) : LATENESS;
    return group.meet(GroupRun.Point.BODIES, snapshot(), bound).stream().allMatch(List::isEmpty)
        && well;
  }

  /**
   * Waits for a condition, and gives up at the end of the time, when the run is interrupted and, if
   * asked for, when another process broke off.
   */
  private void waitFor(BooleanSupplier condition, Duration bound, boolean withOthers) {
    long end = System.nanoTime() + bound.toNanos();
    while (!waitUntil(condition, end, withOthers ? LOOK : bound)) {
      if (end - System.nanoTime() <= 0 || (withOthers && (isInterrupted() || heardOfFailure()))) {
        return;
      }
    }
  }

  private boolean heardOfFailure() {
    boolean heard = group.hasFailedElsewhere();
    synchronized (this) {
      brokenElsewhere = heard;
    }
    return heard;
  }

  private synchronized boolean waitUntil(BooleanSupplier condition, long end, Duration atMost) {
    long until = Math.min(end - System.nanoTime(), atMost.toNanos()) + System.nanoTime();
    long left = until - System.nanoTime();
    while (!condition.getAsBoolean() && left > 0) {
      try {
        TimeUnit.NANOSECONDS.timedWait(this, left);
      } catch (InterruptedException e) {
        interrupted = true;
        return condition.getAsBoolean();
      }
      left = until - System.nanoTime();
    }
    return condition.getAsBoolean();
  }

  private boolean allAre(State state) {
    return ranks.stream().allMatch(rank -> rank.state.compareTo(state) >= 0);
  }

  private synchronized boolean all(State state) {
    return allAre(state);
  }

  private synchronized boolean hasFindings() {
    return !findings.isEmpty();
  }

  private synchronized boolean isInterrupted() {
    return interrupted;
  }

  private synchronized List<Finding> snapshot() {
    return List.copyOf(findings);
  }

  private synchronized void add(Finding finding) {
    findings.add(finding);
    notifyAll();
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
    waitFor(() -> allAre(State.ENDED), bound, false);
    if (!all(State.ENDED)) {
      late = describe("Threads of ranks did not end after the run");
      ranks.forEach(rank -> rank.thread.interrupt());
      ranks.forEach(Rank::breakOff);
      waitFor(() -> allAre(State.ENDED), INTERRUPTING, false);
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

  /** Throws what is most worth knowing of all that went wrong, with the rest attached to it. */
  private void report(List<List<Finding>> processes) {
    if (isInterrupted()) {
      Thread.currentThread().interrupt();
    }
    List<Finding> all = new ArrayList<>(processes.remove(group.firstToFail()));
    processes.forEach(all::addAll);
    if (all.isEmpty()) {
      return;
    }
    Finding first =
        firstOf(all, Finding.Kind.HUNG)
            .or(() -> firstOf(all, Finding.Kind.FAILED))
            .orElse(all.get(0));
    Throwable thrown = first.asThrown(size);
    all.remove(first);
    all.stream()
        .map(other -> other.asThrown(size))
        .filter(other -> other != thrown)
        .forEach(thrown::addSuppressed);
    if (thrown instanceof TestAbortedException aborted) {
      throw aborted;
    }
    throw (AssertionError) thrown;
  }

  private static Optional<Finding> firstOf(List<Finding> findings, Finding.Kind kind) {
    return findings.stream().filter(finding -> finding.kind() == kind).findFirst();
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
      try (Ccl ccl = log.watch(libraries.open());
          Device device = ccl.device(context.localRank() % ccl.deviceCount());
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
        add(Finding.of(context.rank(), problem, brokenElsewhere || ending == Ending.ABORT));
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
