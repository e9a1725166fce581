package org.ccl4j.core;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import org.ccl4j.api.Capability;
import org.ccl4j.api.CclException;
import org.ccl4j.api.CclLibraryException;
import org.ccl4j.api.CclTimeoutException;
import org.ccl4j.api.CclUsageException;
import org.ccl4j.api.DataType;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.ErrorDetails;
import org.ccl4j.spi.BackendCommunicator;
import org.ccl4j.spi.Result;
import org.ccl4j.spi.StatusCode;
import org.jspecify.annotations.Nullable;

/**
 * The life of a communicator: who is inside a call on it, whether it has failed, and its end.
 *
 * <p>Three rules keep a native call from meeting the end of the communicator. Launches run under
 * the device's launch lock and look at {@link #requireUsable} there; the end first makes it
 * unusable and then passes through that lock. Calls that wait hold the resource. The question for a
 * failure is allowed at any time. All others run under {@code guard} while {@code alive}, which
 * {@link #claim()} ends.
 */
final class CommunicatorHandle extends Resource {
  /** The type of the one element that a barrier reduces. */
  static final DataType BARRIER_TYPE = DataType.INT32;

  final CclHandle library;
  final int ordinal;
  final int rank;
  final int size;
  final long timeoutNanos;

  /**
   * Whether the library's own all-to-alls are used. Not on a single rank, where RCCL 2.27.7 and
   * some later ones hang in them.
   */
  final boolean nativeAllToAll;

  final boolean nativeAllToAllV;

  /** Where the element of a barrier is. */
  final long barrierAddress;

  /** For launches; other uses go through the methods here. */
  final BackendCommunicator backend;

  /** The batch whose group has this communicator; touched by the owning thread alone. */
  @Nullable Batch group;

  /**
   * The calls of the thread that is inside, used again and again: the one that is being made, and
   * before it those that its group has kept.
   */
  private Call[] calls = {new Call(this)};

  private int kept;

  /** The number of the thread that is inside; 0 for none. */
  private final AtomicLong owner = new AtomicLong();

  private final AtomicReference<@Nullable CclException> failure = new AtomicReference<>();
  private volatile Standing standing = Standing.OPEN;

  /** Whether operations are allowed: open, not failed and not ended. */
  private volatile boolean usable = true;

  private volatile boolean aborted;

  private final Object guard = new Object();

  /** Whether nobody has begun to end the native side. Changes under the guard. */
  private volatile boolean alive = true;

  private @Nullable Thread aborter;
  private final Failures abortFailures = new Failures();
  private volatile boolean gaveUp;

  private CommunicatorHandle(
      CclHandle library,
      int ordinal,
      BackendCommunicator backend,
      int rank,
      int size,
      String name,
      long timeoutNanos,
      long barrierAddress) {
    super(Kind.COMMUNICATOR, name);
    this.library = library;
    this.ordinal = ordinal;
    this.backend = backend;
    this.rank = rank;
    this.size = size;
    this.timeoutNanos = timeoutNanos;
    this.nativeAllToAll = library.nativeAllToAll && size > 1;
    this.nativeAllToAllV = library.nativeAllToAllV && size > 1;
    this.barrierAddress = barrierAddress;
  }

  /** Takes over a native communicator; when that fails the communicator is aborted. */
  static CommunicatorHandle over(
      CclHandle library,
      int ordinal,
      BackendCommunicator backend,
      int rank,
      int size,
      String name,
      long timeoutNanos) {
    Result<Long> memory =
        library.lockedResult(
            ordinal, () -> library.devices.allocate(ordinal, BARRIER_TYPE.byteSize()));
    Long address = memory.value();
    if (address == null) {
      backend.abort();
      throw Errors.ofDevice(
          library.devices,
          memory.status(),
          "allocating the barrier element of communicator " + name,
          ErrorDetails.NONE.withCommunicator(name, rank).withDevice(ordinal));
    }
    return new CommunicatorHandle(
        library, ordinal, backend, rank, size, name, timeoutNanos, address);
  }

  // --- use ---

  /** Starts a call: from here to {@link #leave} no other thread gets in. */
  Batch enter(Operation operation) {
    requireUsable(operation);
    Batch batch = group;
    // Of another thread's group nothing but null or an owner that is not this thread is seen here.
    if (batch != null && owner.get() == Thread.currentThread().getId()) {
      return batch;
    }
    batch = library.batch();
    if (batch.isGrouping()) {
      batch.join(this, operation);
    } else {
      acquire(operation);
    }
    return batch;
  }

  /** Ends a call. In a group the communicator stays with the thread until the group has ended. */
  void leave(Batch batch) {
    if (!batch.isGrouping()) {
      vacate();
    }
  }

  void acquire(Operation operation) {
    if (!owner.compareAndSet(0, Thread.currentThread().getId())) {
      throw new CclUsageException(
          ErrorCode.CONCURRENT_USE,
          operation
              + ": "
              + this
              + " is in use by "
              + nameOf(owner.get())
              + " at this moment; allowed is one thread at a time. Hand it over when a call or"
              + " group has ended, or connect a communicator for each thread.",
          details(operation),
          null);
    }
  }

  // Slow, but for an error alone; a reference to the thread would have to be written in each call.
  private static String nameOf(long thread) {
    for (Thread other : Thread.getAllStackTraces().keySet()) {
      if (other.getId() == thread) {
        return "thread '" + other.getName() + "'";
      }
    }
    return "another thread";
  }

  /** The call to fill in. For the thread that is inside. */
  Call draft() {
    return calls[kept];
  }

  /** Keeps the draft until the group has ended. */
  void keepDraft() {
    kept++;
    if (kept == calls.length) {
      calls = Arrays.copyOf(calls, 2 * kept);
      for (int i = kept; i < calls.length; i++) {
        calls[i] = new Call(this);
      }
    }
  }

  void disown() {
    group = null;
    vacate();
  }

  private void vacate() {
    kept = 0; // also outside groups: a composed operation is a group without members
    owner.setRelease(0); // what the call wrote is seen by whoever acquires it next
  }

  void requireUsable(Operation operation) {
    if (!usable || isClosed()) {
      throw unusable(operation);
    }
  }

  /** As {@link #enter}, for a call that is allowed where operations are not; never in a group. */
  void enterUnless(Operation operation, Set<Standing> refused, boolean afterFailure) {
    boolean failed = failure.get() != null && !afterFailure;
    if (hasEnded() || failed || refused.contains(standing)) {
      throw unusable(operation);
    }
    acquire(operation);
  }

  Standing standing() {
    return standing;
  }

  /**
   * Changes what is allowed, unless another thread did. When this returns, no operation is being
   * launched that is not allowed any more.
   */
  boolean stand(Standing before, Standing next) {
    synchronized (guard) {
      if (standing != before) {
        return false;
      }
      standing = next;
      usable = next == Standing.OPEN;
      if (failure.get() != null || hasEnded()) {
        usable = false; // that came in between, and may have been too early to stay
      }
    }
    if (next != Standing.OPEN) {
      library.lockedPatiently(ordinal, () -> StatusCode.OK);
    }
    return true;
  }

  CclException unusable(Operation operation) {
    CclException first = failure.get();
    if (first == null && !hasEnded() && standing != Standing.OPEN) {
      return new CclUsageException(
          ErrorCode.ILLEGAL_STATE,
          operation + ": " + this + " " + standing.text + ".",
          details(operation),
          null);
    }
    if (first == null || isClosed() || aborted) {
      return new CclUsageException(
          ErrorCode.CLOSED,
          operation
              + ": "
              + this
              + (aborted ? " was aborted" : " is closed")
              + "; allowed is one that is open. Connect anew.",
          details(operation),
          null);
    }
    return new CclLibraryException(
        ErrorCode.COMMUNICATOR_FAILED,
        operation
            + ": "
            + this
            + " failed before; the first failure is the cause of this one. Close the communicator"
            + " on every rank and connect anew.",
        details(operation),
        first);
  }

  ErrorDetails details(Operation operation) {
    return details().withOperation(operation.text);
  }

  ErrorDetails details() {
    return ErrorDetails.NONE.withCommunicator(name(), rank).withDevice(ordinal);
  }

  // --- failure ---

  boolean isAborted() {
    return aborted;
  }

  /** Whether the native side may still be asked for something. */
  boolean isAlive() {
    return alive;
  }

  /** Refuses what the library lacks; but a closed communicator is refused as that. */
  void requireCapability(String what, Capability capability) {
    if (isClosed()) {
      throw closedException(what);
    }
    library.requireCapability(what, capability);
  }

  /** Whether the user ended it, so that it concerns no later wait. */
  boolean hasEnded() {
    return aborted || isClosed();
  }

  /** Whether what its operations do is of no concern to anybody any more. */
  boolean isOver() {
    return hasEnded() || standing == Standing.SPENT;
  }

  @Nullable CclException knownFailure() {
    return failure.get();
  }

  /** The first failure, after asking the library for one. */
  @Nullable CclException pollFailure() {
    CclException known = failure.get();
    if (known != null) {
      return known;
    }
    int status = backend.asyncError();
    if (status == StatusCode.OK || !alive) {
      return null; // what comes of its own end is no failure
    }
    return fail(
        Errors.ofCommunicator(
            library.backend, status, backend.lastError(), "an operation of " + this, details()));
  }

  /** Keeps a failure unless there was one before; gives the first. */
  CclException fail(CclException newest) {
    usable = false;
    CclException first = failure.compareAndExchange(null, newest);
    usable = false; // again, for another thread may have resumed it in between
    return first == null ? newest : first;
  }

  /** What to throw when a launch returned an error. */
  CclException launchFailed(Operation operation, String label, int status) {
    if (pollFailure() != null) {
      return unusable(operation);
    }
    String what = label.isEmpty() ? operation.text : operation + " '" + label + "'";
    return fail(Errors.ofCall(library.backend, status, what, details(operation)));
  }

  // --- children ---

  OperatorHandle newOperator(DataType type, ByteBuffer scalar) {
    return adoptOperator(type, null, () -> backend.createPreMulSum(type, scalar));
  }

  OperatorHandle newOperator(DataType type, MemoryHandle memory, long address) {
    return adoptOperator(type, memory, () -> backend.createPreMulSum(type, address));
  }

  private OperatorHandle adoptOperator(
      DataType type, @Nullable MemoryHandle scalar, Supplier<Result<Integer>> create) {
    hold(Operation.PRE_MUL_SUM.text);
    try {
      Result<Integer> result =
          library.lockedResult(
              ordinal,
              () -> {
                requireUsable(Operation.PRE_MUL_SUM);
                return create.get();
              });
      Integer number = result.value();
      if (!result.ok() || number == null) {
        throw Errors.ofCall(
            library.backend,
            result.status(),
            "making an operator on " + this,
            details(Operation.PRE_MUL_SUM));
      }
      OperatorHandle operator = new OperatorHandle(this, type, number, scalar);
      adopt(operator, Operation.PRE_MUL_SUM.text);
      return operator;
    } finally {
      unhold();
    }
  }

  void destroyOperator(OperatorHandle operator) {
    synchronized (guard) {
      int status = alive ? backend.destroyOperator(operator.number) : StatusCode.OK;
      if (status != StatusCode.OK) {
        throw Errors.ofCall(library.backend, status, "destroying " + operator, details());
      }
    }
  }

  /**
   * Gives back something that the end of the communicator gives back as well: natively only as long
   * as all is well, since a library that has failed may hang in there.
   */
  void giveBack(String what, IntSupplier natively) {
    int status = library.lockedPatiently(ordinal, () -> giveBackIfWell(natively));
    if (status != StatusCode.OK) {
      throw Errors.ofCall(library.backend, status, what, details());
    }
  }

  private int giveBackIfWell(IntSupplier natively) {
    synchronized (guard) {
      boolean well = alive && failure.get() == null;
      boolean stands = standing == Standing.OPEN || standing == Standing.SUSPENDED;
      return well && stands ? natively.getAsInt() : StatusCode.OK;
    }
  }

  /** For a call that all ranks must make: aborts it, because some have done so and others not. */
  CclException notAllCame(Operation operation, long nanos) {
    boolean interrupted = Thread.currentThread().isInterrupted();
    CclException why =
        new CclTimeoutException(
            interrupted ? ErrorCode.INTERRUPTED : ErrorCode.OPERATION_TIMEOUT,
            operation
                + ": not all "
                + size
                + " ranks of "
                + this
                + " called it "
                + (interrupted
                    ? "before this thread was interrupted"
                    : "within " + Duration.ofNanos(nanos))
                + ". All of them must; the communicator was aborted, so connect anew.",
            details(operation),
            null);
    abandon(why);
    return why;
  }

  // --- end ---

  // Windows, registrations and its own stream go when the operations have completed that may use
  // them.
  @Override
  List<Kind> closingOrder() {
    return List.of(Kind.GRAPH, Kind.COMMUNICATOR, Kind.OPERATOR);
  }

  /** Ends it at once; does not wait for a thread that is inside a call. */
  void abort() {
    if (isClosed() && !alive) {
      return;
    }
    aborted = true;
    Failures failures = new Failures();
    failures.attempt(() -> abortNatively(true));
    failures.attempt(this::close);
    failures.throwFirst();
  }

  /** Ends it because an operation of it can never complete, without waiting for the library. */
  void abandon(CclException why) {
    fail(why);
    try {
      abortNatively(false);
    } catch (RuntimeException e) {
      why.addSuppressed(e); // the watcher that called has other communicators to look after
    }
  }

  @Override
  void release() {
    usable = false;
    // Whoever launches now passed its check before the closing began.
    library.lockedPatiently(ordinal, () -> StatusCode.OK);
    Failures failures = new Failures();
    if (aborted || standing == Standing.SPENT || pollFailure() != null) {
      failures.attempt(() -> abortNatively(true));
    } else if (standing == Standing.REVOKED) {
      failures.attempt(this::dissolve); // nothing is in flight, and a library refuses to finish it
    } else {
      failures.attempt(this::finish);
    }
    // Who started an abort reports how it went; here it matters that the backend may go next.
    awaitAborter();
    closeChildren(Kind.STREAM, failures);
    failures.throwFirst();
  }

  private void finish() {
    int status = backend.finish(timeoutNanos);
    if (!alive) {
      return; // another thread aborted it meanwhile
    }
    Failures failures = new Failures();
    if (status == StatusCode.OK) {
      failures.attempt(this::dissolve);
    } else {
      failures.add(fail(unfinished(status)));
      failures.attempt(() -> abortNatively(true));
    }
    failures.throwFirst();
  }

  private void closeRegistrations(Failures failures) {
    closeChildren(Kind.WINDOW, failures);
    closeChildren(Kind.REGISTRATION, failures);
  }

  private void dissolve() {
    Failures failures = new Failures();
    closeRegistrations(failures);
    if (claim()) {
      failures.attempt(this::destroy);
      failures.attempt(this::freeBarrier);
    }
    failures.throwFirst();
  }

  private void destroy() {
    int status = library.lockedPatiently(ordinal, backend::destroy);
    if (status != StatusCode.OK) {
      throw Errors.ofCall(library.backend, status, "destroying " + this, details());
    }
  }

  private CclException unfinished(int status) {
    CclException asynchronous = pollFailure();
    if (asynchronous != null) {
      return asynchronous;
    }
    if (status != StatusCode.NOT_READY) {
      return Errors.ofCall(library.backend, status, "closing " + this, details());
    }
    return new CclTimeoutException(
        ErrorCode.CLOSE_TIMEOUT,
        "closing "
            + this
            + ": operations were still in flight after "
            + Duration.ofNanos(timeoutNanos)
            + "; it was aborted. Look for a rank that does not take part, and close when the"
            + " streams are idle.",
        details(),
        null);
  }

  /** Whether the caller is the one to end the native side. */
  private boolean claim() {
    synchronized (guard) {
      boolean mine = alive;
      alive = false;
      return mine;
    }
  }

  /**
   * Ends the native side on a thread of its own: a library that hangs in there must hang nobody
   * else. The children go first, for the library waits for graphs that hold its operations.
   */
  private void abortNatively(boolean waiting) {
    usable = false;
    Failures failures = new Failures();
    closeChildren(Kind.GRAPH, failures);
    for (Resource child : children(Kind.COMMUNICATOR)) {
      CommunicatorHandle communicator = (CommunicatorHandle) child;
      failures.attempt(waiting ? communicator::abort : communicator::abortWithoutWaiting);
    }
    closeChildren(Kind.OPERATOR, failures);
    boolean mine = startAborter();
    closeRegistrations(failures);
    if (mine && waiting) {
      failures.attempt(this::requireAborted);
    }
    failures.throwFirst();
  }

  /** For a child of what is abandoned; its parent closes it. */
  private void abortWithoutWaiting() {
    aborted = true;
    abortNatively(false);
  }

  private boolean startAborter() {
    synchronized (guard) {
      if (!claim()) {
        return false;
      }
      aborter = new Thread(this::abortBackend, "ccl-abort " + name());
      aborter.setDaemon(true);
      aborter.start();
      return true;
    }
  }

  private void abortBackend() {
    library.lockedPatiently(ordinal, () -> StatusCode.OK);
    abortFailures.attempt(
        () -> {
          int status = backend.abort();
          if (status != StatusCode.OK) {
            throw Errors.ofCall(library.backend, status, "aborting " + this, details());
          }
        });
    abortFailures.attempt(this::freeBarrier);
  }

  private void requireAborted() {
    if (awaitAborter()) {
      abortFailures.throwFirst();
      return;
    }
    throw new CclTimeoutException(
        ErrorCode.CLOSE_TIMEOUT,
        "aborting "
            + this
            + ": the library did not return within "
            + Duration.ofNanos(timeoutNanos)
            + ". It goes on in the background; end the process soon.",
        details(),
        null);
  }

  /** Waits for an abort under way, once; false when it is not over. */
  boolean awaitAborter() {
    Thread running;
    synchronized (guard) {
      running = aborter;
    }
    if (running == null || !running.isAlive()) {
      return true;
    }
    if (gaveUp) {
      return false;
    }
    boolean interrupted = false;
    long end = System.nanoTime() + timeoutNanos;
    long left = timeoutNanos;
    while (running.isAlive() && left > 0) {
      try {
        TimeUnit.NANOSECONDS.timedJoin(running, left);
      } catch (InterruptedException e) {
        interrupted = true;
      }
      left = end - System.nanoTime();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    gaveUp = running.isAlive();
    return !gaveUp;
  }

  private void freeBarrier() {
    int status =
        library.lockedPatiently(ordinal, () -> library.devices.free(ordinal, barrierAddress));
    library.requireOk(status, ordinal, "freeing the barrier element of " + this);
  }
}
