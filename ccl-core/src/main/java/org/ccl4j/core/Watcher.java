package org.ccl4j.core;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.ccl4j.api.CclTimeoutException;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.ErrorDetails;
import org.ccl4j.spi.DeviceRuntime;
import org.ccl4j.spi.StatusCode;
import org.jspecify.annotations.Nullable;

/**
 * Looks after operations that have a deadline of their own. Each of them has an event behind it; a
 * thread that exists only while there are such operations looks now and then whether the events
 * were reached. Operations without a deadline pay nothing.
 */
final class Watcher {
  private static final long SHORTEST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
  private static final long LONGEST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);
  private static final long IDLE_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  private final CclHandle library;
  private final List<Watch> watches = new ArrayList<>();
  private @Nullable Thread thread;
  private boolean stopped;

  Watcher(CclHandle library) {
    this.library = library;
  }

  /** An operation and the event behind it. */
  static final class Watch {
    private final CommunicatorHandle communicator;
    private final StreamHandle stream;
    private final Operation operation;
    private final String label;
    private final Duration deadline;
    private final long event;
    private final long end;

    /** Whether the event lies behind the operation; before that the launch may hang. */
    private volatile boolean recorded;

    private Watch(Call call, Duration deadline, long event) {
      this.communicator = call.communicator();
      this.stream = call.stream();
      this.operation = call.called;
      this.label = call.options().label();
      this.deadline = deadline;
      this.event = event;
      this.end = System.nanoTime() + Times.nanos(deadline);
    }
  }

  /**
   * Makes what the watch needs before the operation is launched, so that failing costs nothing, and
   * starts the clock: the launch itself may hang, where it connects ranks first.
   */
  Watch prepare(Call call) {
    int ordinal = call.communicator().ordinal;
    long event =
        library.requireValue(
            library.devices.createEvent(ordinal, false), ordinal, "making the deadline's event");
    Watch watch = new Watch(call, call.options().deadline().orElseThrow(), event);
    add(watch);
    return watch;
  }

  private synchronized void add(Watch watch) {
    if (thread == null) {
      Thread started = new Thread(this::run, "ccl-deadlines");
      started.setDaemon(true);
      started.start(); // may fail; the next watch tries again then
      thread = started;
    } else {
      LockSupport.unpark(thread);
    }
    watches.add(watch);
  }

  /**
   * Puts the event behind the operation. Called right after the launch, under the launch lock,
   * without which no event of a watch is destroyed.
   */
  void launched(Watch watch) {
    synchronized (this) {
      if (!watches.contains(watch)) {
        return; // its time was over before the launch had ended
      }
    }
    int ordinal = watch.communicator.ordinal;
    int status = library.devices.recordEvent(ordinal, watch.event, watch.stream.handle);
    if (status != StatusCode.OK) {
      forget(watch);
      library.requireOk(status, ordinal, "recording the deadline's event");
    }
    watch.recorded = true;
  }

  /** Ends a watch: its operation is over, or was not launched. */
  void forget(Watch watch) {
    synchronized (this) {
      if (!watches.remove(watch)) {
        return;
      }
    }
    drop(watch);
  }

  private void drop(Watch watch) {
    int ordinal = watch.communicator.ordinal;
    library.lockedPatiently(ordinal, () -> library.devices.destroyEvent(ordinal, watch.event));
  }

  /** Ends the thread and gives the events back. */
  void stop() {
    Thread running;
    synchronized (this) {
      stopped = true;
      running = thread;
      LockSupport.unpark(running);
    }
    boolean interrupted = false;
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
    while (running != null && running.isAlive() && System.nanoTime() < end) {
      try {
        running.join(100);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    List<Watch> left;
    synchronized (this) {
      left = List.copyOf(watches);
      watches.clear();
    }
    left.forEach(this::drop);
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    List<Watch> round = new ArrayList<>();
    while (nextRound(round)) {
      for (Watch watch : round) {
        if (look(watch)) {
          forget(watch);
        }
      }
    }
  }

  /** Pauses, then fills in what to look at; false when the thread is to end. */
  private boolean nextRound(List<Watch> round) {
    round.clear();
    LockSupport.parkNanos(this, pauseNanos());
    synchronized (this) {
      if (stopped || watches.isEmpty()) {
        thread = null;
        return false;
      }
      round.addAll(watches);
      return true;
    }
  }

  private synchronized long pauseNanos() {
    if (watches.isEmpty()) {
      return IDLE_NANOS;
    }
    long nearest = LONGEST_PAUSE_NANOS;
    long now = System.nanoTime();
    for (Watch watch : watches) {
      nearest = Math.min(nearest, watch.end - now);
    }
    return Math.max(SHORTEST_PAUSE_NANOS, nearest);
  }

  /** Whether the watch is over. */
  private boolean look(Watch watch) {
    CommunicatorHandle communicator = watch.communicator;
    if (communicator.isOver() || communicator.knownFailure() != null) {
      return true;
    }
    DeviceRuntime devices = library.devices;
    if (watch.recorded
        && devices.queryEvent(communicator.ordinal, watch.event) != StatusCode.NOT_READY) {
      return true;
    }
    if (watch.end - System.nanoTime() > 0) {
      return false;
    }
    String what =
        watch.label.isEmpty() ? watch.operation.text : watch.operation + " '" + watch.label + "'";
    ErrorDetails details = communicator.details(watch.operation);
    communicator.abandon(
        new CclTimeoutException(
            ErrorCode.OPERATION_TIMEOUT,
            what
                + " had not completed "
                + watch.deadline
                + " after it was issued; the communicator was aborted."
                + Waits.waitingFor(watch.stream)
                + " Look for a rank that did not take part, then connect anew.",
            details,
            null));
    return true;
  }
}
