package org.ccl4j.jna;

import java.util.Set;
import org.ccl4j.api.DataType;
import org.ccl4j.api.Signals;
import org.ccl4j.api.Tuning;
import org.ccl4j.api.TuningOption;
import org.ccl4j.jna.sys.CFunction;
import org.ccl4j.jna.sys.Cells;
import org.ccl4j.spi.Result;
import org.ccl4j.spi.StatusCode;

/** Put, signal and wait of a communicator: the calls alone, and how the first of them begins. */
final class NativeOneSided {
  private static final int SIGNAL_BYTES = 16;

  private final NativeBackend backend;
  private final CollectiveLibrary library;
  private final Progress progress;
  private final long handle;
  private final int device;
  private final Signals signals;

  /** Whether all ranks have made their first one-sided operation. */
  private boolean begun;

  NativeOneSided(NativeBackend backend, Progress progress, long handle, int device, Tuning tuning) {
    this.backend = backend;
    this.library = backend.library();
    this.progress = progress;
    this.handle = handle;
    this.device = device;
    this.signals = signals(backend.tuning(), tuning);
  }

  /**
   * Those of a communicator that was made with a tuning. NCCL up to 2.30 takes signal 0 of context
   * 0 alone, however many contexts it was asked for. Later ones can be asked for signals too; they
   * have as many of both as that, and one where nobody asked.
   */
  private static Signals signals(Set<TuningOption> known, Tuning asked) {
    int contexts = asked.value(TuningOption.ONE_SIDED_CONTEXTS).orElse(1);
    return known.contains(TuningOption.ONE_SIDED_SIGNALS)
        ? new Signals(asked.value(TuningOption.ONE_SIDED_SIGNALS).orElse(1), contexts)
        : new Signals(1, Math.min(1, contexts));
  }

  Signals signals() {
    return signals;
  }

  int putSignal(
      long address,
      long count,
      DataType type,
      int peer,
      long window,
      long offset,
      int signal,
      int context,
      long stream) {
    return library.putSignal.call(
        address,
        count,
        EnumCodes.of(type),
        peer,
        window,
        offset,
        signal,
        context,
        0,
        handle,
        stream);
  }

  int signal(int peer, int signal, int context, long stream) {
    return library.signal.call(peer, signal, context, 0, handle, stream);
  }

  int waitSignal(int[] peers, int[] times, int signal, int context, long stream) {
    Cells list = waits(peers, times, signal, context);
    int status = library.waitSignal.call(peers.length, list.address(), handle, stream);
    ThreadGroups.Group group = backend.groups().ofThread();
    if (group.isOpen()) {
      group.keep(list); // the library may read it when the group ends
    } else {
      list.close();
    }
    return status;
  }

  private static Cells waits(int[] peers, int[] times, int signal, int context) {
    Cells list = new Cells((long) Math.max(1, peers.length) * SIGNAL_BYTES);
    for (int i = 0; i < peers.length; i++) {
      long at = (long) i * SIGNAL_BYTES;
      list.putInt(at, times[i]);
      list.putInt(at + 4, peers[i]);
      list.putInt(at + 8, signal);
      list.putInt(at + 12, context);
    }
    return list;
  }

  /**
   * Makes the first one-sided operation, for it waits inside the call until every rank has come to
   * one (seen in 2.30.7): here all ranks are, while later one may wait for another that raises a
   * signal only then. Each rank raises a signal at itself and waits for it. A communicator that
   * cannot have such operations refuses the first of these, and nothing has happened; one that does
   * not block would count that as its failure, and waits in the background anyway.
   */
  int begin(long limitNanos) {
    boolean possible = library.signal.isPresent() && library.waitSignal.isPresent();
    long rank = library.commUserRank.callForInt(handle);
    if (begun
        || !possible
        || library.callsNonblocking()
        || CFunction.status(rank) != StatusCode.OK) {
      return StatusCode.OK;
    }
    Result<Long> opened = backend.runtime().createStream(device, 0);
    Long stream = opened.value();
    if (stream == null) {
      return StatusCode.OK;
    }
    int self = CFunction.value(rank);
    Cells waits = waits(new int[] {self}, new int[] {1}, 0, 0);
    Deadline deadline = Deadline.in(limitNanos);
    int status =
        progress.together(
            "one-sided operations",
            limitNanos,
            () -> {
              int raised = library.signal.call(self, 0, 0, 0, handle, stream);
              return raised == StatusCode.OK
                  ? library.waitSignal.call(1, waits.address(), handle, stream)
                  : raised;
            });
    if (status == StatusCode.OK) {
      begun = true;
      status = backend.runtime().synchronizeIfLive(device, stream, deadline);
    }
    if (status == StatusCode.NOT_READY) {
      progress.abandon(waits);
    } else {
      int unused = backend.runtime().destroyStream(device, stream);
    }
    return status;
  }
}
