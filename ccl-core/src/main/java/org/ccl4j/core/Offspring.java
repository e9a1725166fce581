package org.ccl4j.core;

import java.time.Duration;
import java.util.function.Supplier;
import org.ccl4j.api.CclException;
import org.ccl4j.api.CclLibraryException;
import org.ccl4j.api.CclTimeoutException;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.Status;
import org.ccl4j.api.UniqueId;
import org.ccl4j.spi.Backend.Terms;
import org.ccl4j.spi.BackendCommunicator.Child;
import org.ccl4j.spi.Result;
import org.ccl4j.spi.StatusCode;
import org.jspecify.annotations.Nullable;

/**
 * The communicators that come from a communicator, and to whom they belong: to their parent as long
 * as it is of use beside them, else to its device, so that it can be closed before them.
 */
final class Offspring {
  private final CommunicatorHandle parent;
  private final DeviceHandle device;
  private final CclHandle library;

  Offspring(CommunicatorHandle parent, DeviceHandle device) {
    this.parent = parent;
    this.device = device;
    this.library = parent.library;
  }

  /** The new communicator; null for the colour of nobody. */
  @Nullable CommunicatorHandle split(int color, int key, Terms terms) {
    Resource owner = parent.standing() == Standing.REVOKED ? device : parent;
    return make(
        Operation.SPLIT,
        terms,
        owner,
        "not all "
            + parent.size
            + " ranks of "
            + parent
            + " called it, the ranks without a colour included",
        () -> parent.backend.split(color, key, terms));
  }

  CommunicatorHandle shrink(int[] excluded, boolean abort, Terms terms) {
    Resource owner = abort || parent.standing() == Standing.REVOKED ? device : parent;
    while (abort && !parent.stand(parent.standing(), Standing.SPENT)) {
      Thread.onSpinWait(); // another thread revoked it meanwhile
    }
    if (abort && !parent.isAlive()) {
      throw parent.unusable(Operation.SHRINK); // a deadline has ended the native side
    }
    return present(
        Operation.SHRINK,
        make(
            Operation.SHRINK,
            terms,
            owner,
            "not all "
                + (parent.size - excluded.length)
                + " remaining ranks of "
                + parent
                + " called it with the same ranks left out",
            () -> parent.backend.shrink(excluded, abort, terms)));
  }

  CommunicatorHandle grow(int size, @Nullable UniqueId id, Terms terms) {
    return present(
        Operation.GROW,
        make(
            Operation.GROW,
            terms,
            device,
            "not all "
                + size
                + " ranks called it, the "
                + parent.size
                + " of "
                + parent
                + " (one of them with the id) and the new ones",
            () -> parent.backend.grow(size, id == null ? null : id.toBytes(), terms)));
  }

  UniqueId newGrowthId() {
    parent.hold(Operation.NEW_GROWTH_ID.text);
    try {
      Result<byte[]> bytes = parent.backend.newGrowthId();
      byte[] value = bytes.value();
      if (!bytes.ok() || value == null) {
        throw failed(Operation.NEW_GROWTH_ID, bytes.status());
      }
      return UniqueId.of(library.info.id(), value);
    } finally {
      parent.unhold();
    }
  }

  private @Nullable CommunicatorHandle make(
      Operation operation,
      Terms terms,
      Resource owner,
      String missing,
      Supplier<Result<Child>> call) {
    parent.hold(operation.text);
    try {
      Result<Child> result = call.get();
      if (result.status() == StatusCode.NOT_READY) {
        throw late(operation, terms, missing);
      }
      if (!result.ok()) {
        throw failed(operation, result.status());
      }
      Child made = result.value();
      if (made == null) {
        return null;
      }
      CommunicatorHandle child =
          CommunicatorHandle.over(
              library,
              parent.ordinal,
              made.communicator(),
              made.rank(),
              made.size(),
              terms.name(),
              terms.timeoutNanos());
      owner.adopt(child, operation.text);
      return child;
    } finally {
      parent.unhold();
    }
  }

  private CclTimeoutException late(Operation operation, Terms terms, String missing) {
    Waits.requireNotInterrupted(operation.text, "Call it again on every rank that has to.");
    String said = library.backend.lastError().strip();
    return new CclTimeoutException(
        ErrorCode.CONNECT_TIMEOUT,
        operation
            + ": "
            + missing
            + ", within "
            + Duration.ofNanos(terms.timeoutNanos())
            + ". "
            + (said.isEmpty() ? "" : said + ". ")
            + "All of them must.",
        parent.details(operation),
        null);
  }

  /** An argument that the library refuses has hurt nothing; anything else has. */
  private CclException failed(Operation operation, int status) {
    CclException error =
        Errors.ofCall(
            library.backend, status, operation + " of " + parent, parent.details(operation));
    if (parent.isOver() || parent.knownFailure() != null) {
      return error;
    }
    if (parent.pollFailure() != null) {
      return parent.unusable(operation);
    }
    Status meaning = error.details().status().orElse(Status.UNKNOWN);
    boolean harmless = meaning == Status.INVALID_ARGUMENT || meaning == Status.UNSUPPORTED;
    return harmless ? error : parent.fail(error);
  }

  private CommunicatorHandle present(Operation operation, @Nullable CommunicatorHandle made) {
    if (made == null) {
      throw new CclLibraryException(
          ErrorCode.LIBRARY_ERROR,
          operation + " of " + parent + ": the library reported success and gave no communicator.",
          parent.details(operation),
          null);
    }
    return made;
  }
}
