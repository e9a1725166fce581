package org.ccl4j.jna;

import java.util.List;
import org.ccl4j.jna.Connections.Beginning;
import org.ccl4j.jna.sys.Cells;
import org.ccl4j.spi.Backend.Terms;
import org.ccl4j.spi.BackendCommunicator;
import org.ccl4j.spi.BackendCommunicator.Child;
import org.ccl4j.spi.Result;
import org.ccl4j.spi.StatusCode;
import org.jspecify.annotations.Nullable;

/** The ways from a communicator to others: split, shrink and grow. */
final class NativeChildren {
  private static final int SHRINK_ABORT = 1;
  private static final int EXISTING_RANK = -1;

  private final NativeBackend backend;
  private final CollectiveLibrary library;
  private final Progress progress;
  private final long handle;
  private final int device;

  NativeChildren(NativeBackend backend, Progress progress, long handle, int device) {
    this.backend = backend;
    this.library = backend.library();
    this.progress = progress;
    this.handle = handle;
    this.device = device;
  }

  Result<Child> split(int color, int key, Terms terms) {
    return child(
        terms,
        color >= 0,
        (out, config) -> library.commSplit.call(handle, color, key, out, config));
  }

  Result<Child> shrink(int[] excluded, boolean abort, Terms terms) {
    try (Cells list = ints(excluded)) {
      return child(
          terms,
          true,
          (out, config) ->
              library.commShrink.call(
                  handle, list.address(), excluded.length, out, config, abort ? SHRINK_ABORT : 0));
    }
  }

  Result<byte[]> newGrowthId() {
    try (Cells out = new Cells(NativeBackend.UNIQUE_ID_BYTES)) {
      int status = library.commGetUniqueId.call(handle, out.address());
      status = progress.completed(status);
      return status == StatusCode.OK
          ? Result.of(out.getBytes(0, NativeBackend.UNIQUE_ID_BYTES))
          : Result.failed(status);
    }
  }

  Result<Child> grow(int size, byte @Nullable [] id, Terms terms) {
    try (Cells bytes = Cells.of(id == null ? new byte[1] : id)) {
      long address = id == null ? 0 : bytes.address();
      return child(
          terms,
          true,
          (out, config) ->
              library.commGrow.call(handle, size, address, EXISTING_RANK, out, config));
    }
  }

  private static Cells ints(int[] values) {
    Cells list = new Cells((long) values.length * Integer.BYTES);
    for (int i = 0; i < values.length; i++) {
      list.putInt((long) i * Integer.BYTES, values[i]);
    }
    return list;
  }

  /**
   * The library fills the pointer in the background, while this communicator is in progress. Its
   * memory has to be there until then, also when the wait is given up.
   */
  private Result<Child> child(Terms terms, boolean expected, Beginning beginning) {
    if (!library.callsNonblocking()) {
      return childBlocking(terms, expected, beginning);
    }
    Deadline deadline = Deadline.in(terms.timeoutNanos());
    ConfigLayout.Config wanted = backend.connections().config(terms, false);
    Cells out = new Cells(Long.BYTES);
    int status =
        backend
            .connections()
            .onDevice(device, () -> beginning.call(out.address(), wanted.address()));
    if (status == StatusCode.OK || status == ResultCodes.IN_PROGRESS) {
      status = awaitChild(out, expected, deadline);
    } else {
      backend.failed(status);
    }
    if (status == StatusCode.NOT_READY) {
      progress.abandon(out, wanted);
    }
    if (status != StatusCode.OK) {
      return Result.failed(status);
    }
    if (!expected) {
      return new Result<>(StatusCode.OK, null);
    }
    return described(backend.connections().made(out, device, terms, wanted));
  }

  private int awaitChild(Cells out, boolean expected, Deadline deadline) {
    int status = progress.await(deadline);
    if (out.getLong(0) == 0) {
      return status == StatusCode.OK && expected
          ? backend.failed(ResultCodes.INTERNAL_ERROR)
          : status;
    }
    // A parent that was aborted for this may say so; the child speaks for itself.
    int ready = backend.connections().awaitReady(out.getLong(0), deadline);
    if (ready != StatusCode.OK && status == StatusCode.OK) {
      // Growing goes on in the child alone. What goes on in the parent ends with that.
      backend.connections().giveUp(List.of(out), ready);
    }
    return ready;
  }

  /** Where the library can only be waited for inside it; on a thread that can be given up. */
  private Result<Child> childBlocking(Terms terms, boolean expected, Beginning beginning) {
    ConfigLayout.Config wanted =
        library.connectsNonblocking() ? backend.connections().config(terms, true) : null;
    Result<BackendCommunicator> made =
        backend.connections().madeBlocking(terms, device, wanted, beginning);
    if (made.status() == StatusCode.NOT_READY) {
      progress.giveUp();
    }
    if (!made.ok()) {
      return Result.failed(made.status());
    }
    return expected && made.value() instanceof NativeCommunicator child
        ? described(child)
        : new Result<>(StatusCode.OK, null);
  }

  private Result<Child> described(NativeCommunicator child) {
    try (Cells out = new Cells(2 * Integer.BYTES)) {
      int status = library.commUserRank.call(child.handle(), out.address());
      if (status == StatusCode.OK) {
        status = library.commCount.call(child.handle(), out.address() + Integer.BYTES);
      }
      if (status != StatusCode.OK) {
        return Result.failed(backend.failed(status));
      }
      return Result.of(new Child(child, out.getInt(0), out.getInt(Integer.BYTES)));
    }
  }
}
