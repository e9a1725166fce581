package org.ccl4j.core;

import java.lang.ref.Cleaner;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import org.ccl4j.api.CclUsageException;
import org.ccl4j.api.ErrorCode;
import org.jspecify.annotations.Nullable;

/**
 * Something that is closed once, after its children and before its parents.
 *
 * <p>Closing first refuses new holders and children, then waits for the holders that are there
 * (waits in progress, children being made), then closes the children, then releases the thing
 * itself. A second closer waits for the first and then does nothing. Every step runs although an
 * earlier one failed.
 */
abstract class Resource {

  /** What it is, in the words of the API. */
  enum Kind {
    LIBRARY("Ccl"),
    DEVICE("device"),
    COMMUNICATOR("communicator"),
    GRAPH("graph"),
    EVENT("event"),
    BUFFER("buffer"),
    STREAM("stream"),
    OPERATOR("operator"),
    HOST_BUFFER("host buffer"),
    REGISTRATION("registration"),
    WINDOW("window");

    final String text;

    Kind(String text) {
      this.text = text;
    }
  }

  private static final int CLOSED = Integer.MIN_VALUE;

  private final Kind kind;
  private final String name;
  private final ReentrantLock closing = new ReentrantLock();
  private final Set<Resource> children = new LinkedHashSet<>();
  private final List<Resource> parents = new ArrayList<>();

  /**
   * How many hold this, and {@link #CLOSED} beside it. Waits hold streams, so it is on hot paths.
   */
  private final AtomicInteger holders = new AtomicInteger();

  private volatile boolean closed;
  private volatile Cleaner.@Nullable Cleanable leakReport;

  Resource(Kind kind, String name) {
    this.kind = kind;
    this.name = name;
  }

  /** Gives the native side back. Called once, when no child and no holder is left. */
  abstract void release();

  /** The kinds of children in the order in which they are closed. */
  abstract List<Kind> closingOrder();

  final Kind kind() {
    return kind;
  }

  final String name() {
    return name;
  }

  boolean isClosed() {
    return closed;
  }

  @Override
  public final String toString() {
    return kind.text + " " + name;
  }

  final CclUsageException closedException(String use) {
    return new CclUsageException(
        ErrorCode.CLOSED,
        use + ": " + this + " is closed; allowed is one that is open. Use it before it is closed.");
  }

  /** Keeps this from being released until {@link #unhold()}. */
  final void hold(String use) {
    if (!tryHold()) {
      throw closedException(use);
    }
  }

  /** As {@link #hold}; false when it is closed. */
  final boolean tryHold() {
    for (int now = holders.get(); now >= 0; now = holders.get()) {
      if (holders.compareAndSet(now, now + 1)) {
        return true;
      }
    }
    return false;
  }

  final void unhold() {
    if (holders.decrementAndGet() == CLOSED) {
      synchronized (this) {
        notifyAll();
      }
    }
  }

  /**
   * Takes a child over; it will be closed with this at the latest. When this was closed meanwhile
   * the child is closed at once.
   */
  final void adopt(Resource child, String use) {
    synchronized (this) {
      if (!closed) {
        children.add(child);
        synchronized (child.parents) {
          child.parents.add(this);
        }
        return;
      }
    }
    Failures failures = new Failures();
    failures.add(closedException(use));
    failures.attempt(child::close);
    failures.throwFirst();
  }

  private synchronized void disown(Resource child) {
    children.remove(child);
  }

  final void reportIfForgotten(Cleaner.Cleanable report) {
    leakReport = report;
  }

  /** The children of one kind, the youngest first. */
  final synchronized List<Resource> children(Kind wanted) {
    List<Resource> found = new ArrayList<>();
    for (Resource child : children) {
      if (child.kind == wanted) {
        found.add(0, child);
      }
    }
    return found;
  }

  final void closeChildren(Kind wanted, Failures failures) {
    for (Resource child : children(wanted)) {
      failures.attempt(child::close);
    }
  }

  final void close() {
    closing.lock();
    try {
      if (!refuseAndDrain()) {
        return;
      }
      Failures failures = new Failures();
      for (Kind wanted : closingOrder()) {
        closeChildren(wanted, failures);
      }
      failures.attempt(this::release);
      List<Resource> owners;
      synchronized (parents) {
        owners = List.copyOf(parents);
      }
      for (Resource owner : owners) {
        owner.disown(this);
      }
      Cleaner.Cleanable report = leakReport;
      if (report != null) {
        report.clean();
      }
      failures.throwFirst();
    } finally {
      closing.unlock();
    }
  }

  /** Returns false when this was closed before. */
  private synchronized boolean refuseAndDrain() {
    if (closed) {
      return false;
    }
    closed = true;
    holders.updateAndGet(count -> count | CLOSED);
    boolean interrupted = false;
    while (holders.get() != CLOSED) {
      try {
        wait();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return true;
  }
}
