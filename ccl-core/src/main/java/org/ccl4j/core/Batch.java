package org.ccl4j.core;

import java.util.Arrays;
import java.util.Objects;
import org.ccl4j.api.CclException;
import org.ccl4j.api.CclLibraryException;
import org.ccl4j.api.CollectiveOptions;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.spi.Backend;
import org.ccl4j.spi.Result;
import org.ccl4j.spi.StatusCode;
import org.jspecify.annotations.Nullable;

/**
 * The calls of one thread on one library: each is issued at once or, in a group, kept until the
 * group ends. Everything here is reused, so that neither way allocates once it has been gone.
 *
 * <p>Between calls a batch refers to nothing of the library: it stays with the thread, and would
 * keep a library that was closed long ago.
 */
final class Batch {
  private final Parts parts = new Parts(this);

  /** The kept calls, in order; each is one of its communicator. */
  private @Nullable Call[] calls = new Call[4];

  private int size;

  /** How many groups are open, the inner ones included. */
  private int depth;

  private CommunicatorHandle[] members = new CommunicatorHandle[2];
  private int memberCount;

  /** The devices of the kept calls in rising order, which is the order of locking. */
  private int[] ordinals = new int[2];

  private int ordinalCount;

  boolean isGrouping() {
    return depth > 0;
  }

  Call draft(
      CommunicatorHandle communicator,
      Operation called,
      StreamHandle stream,
      CollectiveOptions options) {
    return draft(communicator, called, called, stream, options);
  }

  /** As the other form, for a part of an operation that is composed. */
  Call draft(
      CommunicatorHandle communicator,
      Operation called,
      Operation issued,
      StreamHandle stream,
      CollectiveOptions options) {
    return communicator.draft().set(called, issued, stream, options);
  }

  /** Issues a communicator's draft, or keeps it for the end of the group. */
  void submit(CommunicatorHandle communicator) {
    if (depth == 0) {
      issue(communicator.draft());
      return;
    }
    if (size == calls.length) {
      calls = Arrays.copyOf(calls, 2 * size);
    }
    calls[size] = communicator.draft();
    communicator.keepDraft();
    size++;
  }

  private Call call(int i) {
    return Objects.requireNonNull(calls[i]);
  }

  /** Gives options to the newest part of a composed operation, so that they count once. */
  void setOptionsOfNewest(int firstPart, CollectiveOptions options) {
    if (size > firstPart) {
      call(size - 1).withOptions(options);
    }
  }

  Parts parts() {
    return parts;
  }

  /** Makes the communicator this thread's until the outermost group ends. */
  void join(CommunicatorHandle communicator, Operation operation) {
    if (communicator.group == this) {
      return;
    }
    communicator.acquire(operation);
    communicator.group = this;
    if (memberCount == members.length) {
      members = Arrays.copyOf(members, 2 * memberCount);
    }
    members[memberCount] = communicator;
    memberCount++;
  }

  void group(Runnable body) {
    int before = begin();
    boolean done = false;
    try {
      body.run();
      issueIfOutermost();
      done = true;
    } finally {
      end(before, done);
    }
  }

  /** Opens a group; the result goes to {@link #end}. */
  int begin() {
    depth++;
    return size;
  }

  void issueIfOutermost() {
    if (depth == 1 && size > 0) {
      issueKept();
    }
  }

  /** Closes a group. What an inner group collected before it failed is forgotten. */
  void end(int before, boolean done) {
    depth--;
    if (depth == 0 || !done) {
      int keep = depth == 0 ? 0 : before;
      Arrays.fill(calls, keep, size, null);
      size = keep;
    }
    if (depth == 0) {
      for (int i = 0; i < memberCount; i++) {
        members[i].disown();
      }
      Arrays.fill(members, 0, memberCount, null);
      memberCount = 0;
    }
  }

  private static void issue(Call call) {
    CommunicatorHandle communicator = call.communicator();
    LaunchLock lock = communicator.library.launchLock(communicator.ordinal);
    boolean launched = false;
    lock.lock();
    try {
      call.checkAgain();
      call.prepare();
      int status = call.launch();
      if (status != StatusCode.OK) {
        throw communicator.launchFailed(call.called, call.options().label(), status);
      }
      launched = true;
      call.launched();
    } finally {
      if (!launched) {
        call.notLaunched();
      }
      lock.unlock();
    }
  }

  private void issueKept() {
    CclHandle library = call(0).communicator().library;
    int prepared = 0;
    boolean launched = false;
    lockDevices(library);
    try {
      for (int i = 0; i < size; i++) {
        call(i).checkAgain();
      }
      for (; prepared < size; prepared++) {
        call(prepared).prepare();
      }
      launchAll(library.backend);
      launched = true;
      finishAll();
    } finally {
      if (!launched) {
        for (int i = 0; i < prepared; i++) {
          call(i).notLaunched();
        }
      }
      unlockDevices(library);
    }
  }

  /**
   * Collects the calls of a body and gives the library's estimate of their time in microseconds.
   */
  double simulate(Runnable body) {
    int before = begin();
    try {
      body.run();
      return size == 0 ? 0 : estimateKept();
    } finally {
      end(before, true);
    }
  }

  private double estimateKept() {
    CclHandle library = call(0).communicator().library;
    lockDevices(library);
    try {
      for (int i = 0; i < size; i++) {
        call(i).checkAgain();
        call(i).stream().requireNotCaptured("simulate");
      }
      return estimate(library.backend);
    } finally {
      unlockDevices(library);
    }
  }

  private double estimate(Backend backend) {
    int status = backend.groupStart();
    Call guilty = call(0);
    double micros = -1;
    if (status == StatusCode.OK) {
      for (int i = 0; i < size && status == StatusCode.OK; i++) {
        guilty = call(i);
        status = guilty.launch();
      }
      // Even after an error: the library must not stay inside the group.
      Result<Double> end = backend.groupSimulateEnd();
      status = status == StatusCode.OK ? end.status() : status;
      Double value = end.value();
      micros = value == null ? micros : value;
    }
    String what = "simulating " + guilty.called;
    if (status != StatusCode.OK) {
      throw Errors.ofCall(backend, status, what, guilty.communicator().details(guilty.called));
    }
    if (!(micros >= 0)) {
      throw new CclLibraryException(
          ErrorCode.LIBRARY_ERROR,
          what
              + ": the library gave no estimate ("
              + micros
              + " microseconds). It has none for these operations; measure them.",
          guilty.communicator().details(guilty.called),
          null);
    }
    return micros;
  }

  private void lockDevices(CclHandle library) {
    collectOrdinals();
    for (int i = 0; i < ordinalCount; i++) {
      library.launchLock(ordinals[i]).lock();
    }
  }

  private void unlockDevices(CclHandle library) {
    for (int i = ordinalCount - 1; i >= 0; i--) {
      library.launchLock(ordinals[i]).unlock();
    }
  }

  /** Every launched call is seen to its end, although one of them may fail there. */
  private void finishAll() {
    CclException first = null;
    for (int i = 0; i < size; i++) {
      try {
        call(i).launched();
      } catch (CclException e) {
        first = first == null ? e : first;
      }
    }
    if (first != null) {
      throw first;
    }
  }

  private void launchAll(Backend backend) {
    int status = backend.groupStart();
    Call guilty = call(0);
    if (status == StatusCode.OK) {
      for (int i = 0; i < size && status == StatusCode.OK; i++) {
        guilty = call(i);
        status = guilty.launch();
      }
      // Even after an error: the library must not stay inside the group.
      int end = backend.groupEnd();
      if (status == StatusCode.OK) {
        status = end;
      }
    }
    if (status != StatusCode.OK) {
      throw allFailed(guilty, status);
    }
  }

  /** Some calls of the group may have been issued and others not: no communicator can go on. */
  private CclException allFailed(Call guilty, int status) {
    CclException first =
        guilty.communicator().launchFailed(guilty.called, guilty.options().label(), status);
    for (int i = 0; i < size; i++) {
      CommunicatorHandle communicator = call(i).communicator();
      if (communicator.knownFailure() == null) {
        communicator.launchFailed(call(i).called, call(i).options().label(), status);
      }
    }
    return first;
  }

  private void collectOrdinals() {
    ordinalCount = 0;
    for (int i = 0; i < size; i++) {
      insert(call(i).communicator().ordinal);
    }
  }

  private void insert(int ordinal) {
    int at = ordinalCount;
    while (at > 0 && ordinals[at - 1] >= ordinal) {
      at--;
    }
    if (at < ordinalCount && ordinals[at] == ordinal) {
      return;
    }
    if (ordinalCount == ordinals.length) {
      ordinals = Arrays.copyOf(ordinals, 2 * ordinalCount);
    }
    System.arraycopy(ordinals, at, ordinals, at + 1, ordinalCount - at);
    ordinals[at] = ordinal;
    ordinalCount++;
  }
}
