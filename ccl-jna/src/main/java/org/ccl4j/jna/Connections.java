package org.ccl4j.jna;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.IntSupplier;
import org.ccl4j.api.UniqueId;
import org.ccl4j.jna.sys.CFunction;
import org.ccl4j.jna.sys.Cells;
import org.ccl4j.spi.Backend.ConnectRequest;
import org.ccl4j.spi.Backend.Terms;
import org.ccl4j.spi.BackendCommunicator;
import org.ccl4j.spi.Result;
import org.ccl4j.spi.StatusCode;
import org.jspecify.annotations.Nullable;

/**
 * The ways to a communicator.
 *
 * <p>They are nonblocking wherever the library can: the call returns at once, and the communicator
 * is asked until it is ready, within the bound. One that never gets ready is aborted, which ends
 * the library's own threads too. Then it is {@linkplain #settle settled}: exchanged for a blocking
 * one, whose calls are several times faster. A library that can only block is called on a thread of
 * its own; that thread cleans up if it returns after everybody has gone.
 */
final class Connections {
  /** A library that hangs even in an abort must not hang the caller beyond this. */
  private static final long ABORT_SECONDS = 10;

  /** In a split: all ranks of one colour keep their order if their keys are equal. */
  private static final int SAME_COLOR = 0;

  private static final int SAME_KEY = 0;

  private final NativeBackend backend;
  private final CollectiveLibrary library;

  Connections(NativeBackend backend) {
    this.backend = backend;
    library = backend.library();
  }

  Result<BackendCommunicator> connect(ConnectRequest request) {
    return library.connectsNonblocking()
        ? begin(
            request,
            (out, config) -> {
              List<UniqueId> ids = request.ids();
              if (ids.size() == 1) {
                return library.commInitRankConfig.callWithId(
                    out, request.size(), ids.get(0).toBytes(), request.rank(), config);
              }
              try (Cells all = joined(ids)) {
                return library.commInitRankScalable.call(
                    out, request.size(), request.rank(), ids.size(), all.address(), config);
              }
            })
        : connectBlocking(request);
  }

  Result<BackendCommunicator> connectGrown(ConnectRequest request) {
    Beginning beginning =
        (out, config) -> {
          try (Cells id = joined(request.ids())) {
            return library.commGrow.call(
                0, request.size(), id.address(), request.rank(), out, config);
          }
        };
    if (library.callsNonblocking()) {
      return begin(request, beginning);
    }
    // Not settled as others are: the ranks that are there already take no part in that.
    return madeBlocking(
        request.terms(), request.device(), config(request.terms(), true), beginning);
  }

  private static Cells joined(List<UniqueId> ids) {
    byte[] all = new byte[ids.size() * NativeBackend.UNIQUE_ID_BYTES];
    for (int i = 0; i < ids.size(); i++) {
      System.arraycopy(
          ids.get(i).toBytes(),
          0,
          all,
          i * NativeBackend.UNIQUE_ID_BYTES,
          NativeBackend.UNIQUE_ID_BYTES);
    }
    return Cells.of(all);
  }

  /**
   * A call that makes a communicator, or begins to. The config is 0 where the library knows none.
   */
  interface Beginning {
    int call(long out, long config);
  }

  private Result<BackendCommunicator> begin(ConnectRequest request, Beginning beginning) {
    Deadline deadline = Deadline.in(request.timeoutNanos());
    ConfigLayout.Config config = config(request.terms(), false);
    Cells out = new Cells(Long.BYTES);
    int status = onDevice(request.device(), () -> beginning.call(out.address(), config.address()));
    status = awaitReady(out, status, deadline);
    if (status != StatusCode.OK) {
      giveUp(List.of(out), status);
      return Result.failed(status);
    }
    Result<List<BackendCommunicator>> made =
        finished(List.of(out), new int[] {request.device()}, request.terms(), config, deadline);
    List<BackendCommunicator> one = made.value();
    return one == null ? Result.failed(made.status()) : Result.of(one.get(0));
  }

  /** The communicators that are ready, settled unless they are to stay as they are. */
  private Result<List<BackendCommunicator>> finished(
      List<Cells> ready,
      int[] devices,
      Terms terms,
      ConfigLayout.Config config,
      Deadline deadline) {
    if (!library.callsNonblocking()) {
      return settle(ready, devices, terms, deadline);
    }
    List<BackendCommunicator> communicators = new ArrayList<>();
    for (int i = 0; i < devices.length; i++) {
      communicators.add(made(ready.get(i), devices[i], terms, config));
    }
    return Result.of(communicators);
  }

  /**
   * Exchanges nonblocking communicators for blocking ones of the same ranks. All ranks have just
   * met, so that nobody is waited for long; and the bound holds, for it is the nonblocking ones
   * that are asked.
   */
  private Result<List<BackendCommunicator>> settle(
      List<Cells> ready, int[] devices, Terms terms, Deadline deadline) {
    ConfigLayout.Config config = config(terms, true);
    List<Cells> outs = new ArrayList<>();
    int status = beginSettling(ready, devices, outs, config);
    for (int i = 0; i < outs.size() && status == StatusCode.OK; i++) {
      status = awaitReady(ready.get(i).getLong(0), deadline);
      if (status == StatusCode.OK) {
        status = awaitReady(outs.get(i), StatusCode.OK, deadline);
      }
    }
    if (status != StatusCode.OK) {
      // Only these: their abort ends what makes the others, which must not be given back under it.
      giveUp(ready, status);
      return Result.failed(status);
    }
    List<BackendCommunicator> communicators = new ArrayList<>();
    for (int i = 0; i < devices.length; i++) {
      giveBack(ready.get(i).getLong(0));
      communicators.add(made(outs.get(i), devices[i], terms, config));
    }
    return Result.of(communicators);
  }

  /** Nobody needs to know when it is over, and it may wait for whatever the device does. */
  private void giveBack(long communicator) {
    int unused = backend.endings().run("giving back " + communicator, () -> destroy(communicator));
  }

  /** OK also where the library goes on with it in the background. */
  int destroy(long communicator) {
    int status = library.commDestroy.call(communicator);
    return status == ResultCodes.IN_PROGRESS ? StatusCode.OK : status;
  }

  private int beginSettling(
      List<Cells> ready, int[] devices, List<Cells> outs, ConfigLayout.Config config) {
    return grouped(
        devices,
        i -> {
          Cells out = new Cells(Long.BYTES);
          outs.add(out);
          return library.commSplit.call(
              ready.get(i).getLong(0), SAME_COLOR, SAME_KEY, out.address(), config.address());
        });
  }

  NativeCommunicator made(
      Cells out, int device, Terms terms, ConfigLayout.@Nullable Config config) {
    return new NativeCommunicator(backend, out.getLong(0), device, terms, config);
  }

  ConfigLayout.Config config(Terms terms, boolean blocking) {
    return library.vendor.config().write(library.version, terms.tuning(), terms.name(), blocking);
  }

  /** Asks a new communicator until it is ready. */
  int awaitReady(Cells out, int begun, Deadline deadline) {
    if (begun != StatusCode.OK && begun != ResultCodes.IN_PROGRESS) {
      return backend.failed(begun);
    }
    // The library may fill the pointer later.
    while (out.getLong(0) == 0) {
      if (!deadline.pause()) {
        return StatusCode.NOT_READY;
      }
    }
    return awaitReady(out.getLong(0), deadline);
  }

  int awaitReady(long communicator, Deadline deadline) {
    while (true) {
      int state = stateOf(communicator);
      if (state == StatusCode.OK) {
        return StatusCode.OK;
      }
      if (state != ResultCodes.IN_PROGRESS) {
        return backend.failed(state);
      }
      if (!deadline.pause()) {
        return StatusCode.NOT_READY;
      }
    }
  }

  /** What the library says of a communicator: ready, in progress, or what went wrong. */
  int stateOf(long communicator) {
    long asked = library.commGetAsyncError.callForInt(communicator);
    int status = CFunction.status(asked);
    return status == StatusCode.OK ? CFunction.value(asked) : status;
  }

  Result<List<BackendCommunicator>> connectAll(int[] devices, Terms terms) {
    return library.connectsNonblocking()
        ? connectAllNonblocking(devices, terms)
        : connectAllBlocking(devices, terms);
  }

  private Result<List<BackendCommunicator>> connectAllNonblocking(int[] devices, Terms terms) {
    Deadline deadline = Deadline.in(terms.timeoutNanos());
    Result<byte[]> made = backend.newUniqueId();
    byte[] id = made.value();
    if (id == null) {
      return Result.failed(made.status());
    }
    List<Cells> outs = new ArrayList<>();
    ConfigLayout.Config config = config(terms, false);
    int status = beginAll(devices, id, outs, config);
    for (int i = 0; i < outs.size() && status == StatusCode.OK; i++) {
      status = awaitReady(outs.get(i), StatusCode.OK, deadline);
    }
    if (status != StatusCode.OK) {
      giveUp(outs, status);
      return Result.failed(status);
    }
    return finished(outs, devices, terms, config, deadline);
  }

  private int beginAll(int[] devices, byte[] id, List<Cells> outs, ConfigLayout.Config config) {
    return grouped(
        devices,
        rank -> {
          Cells out = new Cells(Long.BYTES);
          outs.add(out);
          return library.commInitRankConfig.callWithId(
              out.address(), devices.length, id, rank, config.address());
        });
  }

  /** A call for the rank at a place. */
  private interface RankCall {
    int call(int place);
  }

  /** Makes a call for each device, on it, all in one group; OK also while they are in progress. */
  private int grouped(int[] devices, RankCall call) {
    int status = library.groupStart.call();
    if (status != StatusCode.OK) {
      return backend.failed(status);
    }
    int failure = StatusCode.OK;
    for (int i = 0; i < devices.length && failure == StatusCode.OK; i++) {
      int place = i;
      int begun = onDevice(devices[i], () -> call.call(place));
      if (begun != StatusCode.OK && begun != ResultCodes.IN_PROGRESS) {
        failure = backend.failed(begun);
      }
    }
    int ended = library.groupEnd.call();
    if (failure != StatusCode.OK) {
      return failure;
    }
    return ended == StatusCode.OK || ended == ResultCodes.IN_PROGRESS
        ? StatusCode.OK
        : backend.failed(ended);
  }

  /**
   * Aborts what has begun, so that nothing of it is left behind. The thread that does it holds the
   * memory, for the library may write there until it is over.
   */
  void giveUp(List<Cells> outs, int status) {
    // Before the first use of a device the handle may be the only sign that something has begun.
    List<Long> handles = outs.stream().map(out -> out.getLong(0)).filter(h -> h != 0).toList();
    if (handles.isEmpty()) {
      return;
    }
    CompletableFuture<Void> aborted = new CompletableFuture<>();
    start(
        "ccl-abort",
        () -> {
          for (long handle : handles) {
            int unused = library.commAbort.call(handle);
          }
          outs.forEach(Cells::close);
          aborted.complete(null);
        });
    try {
      aborted.get(ABORT_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      System.getLogger(Connections.class.getName())
          .log(
              System.Logger.Level.WARNING,
              "{0} did not give up connecting (status {1}) within {2} s; it goes on in the"
                  + " background",
              library.vendor.name(),
              status,
              ABORT_SECONDS);
    }
  }

  private static void start(String name, Runnable body) {
    Thread thread = new Thread(body, name);
    thread.setDaemon(true);
    thread.start();
  }

  // --- libraries that can only block ---

  private Result<BackendCommunicator> connectBlocking(ConnectRequest request) {
    return madeBlocking(
        request.terms(),
        request.device(),
        null,
        (out, config) ->
            library.commInitRank.callWithId(
                out, request.size(), request.id().toBytes(), request.rank()));
  }

  /** Makes a communicator by a call that returns when it is there; no value where none came. */
  Result<BackendCommunicator> madeBlocking(
      Terms terms, int device, ConfigLayout.@Nullable Config config, Beginning call) {
    Cells out = new Cells(Long.BYTES);
    int status =
        blocking(
            terms.name(),
            terms.timeoutNanos(),
            out,
            () ->
                onDevice(
                    device, () -> call.call(out.address(), config == null ? 0 : config.address())));
    if (status != StatusCode.OK) {
      return Result.failed(status);
    }
    NativeCommunicator made = out.getLong(0) == 0 ? null : made(out, device, terms, config);
    out.close();
    return new Result<>(StatusCode.OK, made);
  }

  private Result<List<BackendCommunicator>> connectAllBlocking(int[] devices, Terms terms) {
    Cells outs = new Cells((long) devices.length * Long.BYTES);
    Cells list = new Cells((long) devices.length * Integer.BYTES);
    for (int i = 0; i < devices.length; i++) {
      list.putInt((long) i * Integer.BYTES, devices[i]);
    }
    int status =
        blocking(
            terms.name(),
            terms.timeoutNanos(),
            outs,
            () ->
                library.commInitAll.isPresent()
                    ? library.commInitAll.call(outs.address(), devices.length, list.address())
                    : initAll(devices, outs));
    if (status != StatusCode.OK) {
      return Result.failed(status);
    }
    List<BackendCommunicator> communicators = new ArrayList<>();
    for (int i = 0; i < devices.length; i++) {
      communicators.add(
          new NativeCommunicator(
              backend, outs.getLong((long) i * Long.BYTES), devices[i], terms, null));
    }
    outs.close();
    list.close();
    return Result.of(communicators);
  }

  /** What the function of that name does, for libraries that may not have it. */
  private int initAll(int[] devices, Cells outs) {
    Result<byte[]> made = backend.newUniqueId();
    byte[] id = made.value();
    return id == null
        ? made.status()
        : grouped(
            devices,
            rank ->
                library.commInitRank.callWithId(
                    outs.address() + (long) rank * Long.BYTES, devices.length, id, rank));
  }

  int onDevice(int device, IntSupplier call) {
    long entered = backend.runtime().current().enter(device);
    if (CurrentDevice.status(entered) != StatusCode.OK) {
      return backend.failedOnDevice(CurrentDevice.status(entered));
    }
    int status = call.getAsInt();
    backend.runtime().current().leave(entered);
    return status;
  }

  /**
   * Runs a call that may block for ever on a thread of its own. What the call writes to stays there
   * as long as the call does, also when nobody waits for it any more.
   *
   * @param name for the thread
   * @param timeoutNanos how long to wait for it
   * @param outs where the call leaves new communicators, which are aborted when it comes too late;
   *     the caller closes it unless this gave {@link StatusCode#NOT_READY}
   */
  int blocking(String name, long timeoutNanos, Cells outs, IntSupplier call) {
    CompletableFuture<Integer> result = new CompletableFuture<>();
    start(
        "ccl-connect " + name,
        () -> {
          int status = call.getAsInt();
          if (!result.complete(status) && status == StatusCode.OK) {
            abortLate(outs);
          }
        });
    try {
      int status = result.get(Math.max(1, timeoutNanos), TimeUnit.NANOSECONDS);
      return status == StatusCode.OK ? status : backend.failed(status);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      // given up below
    }
    if (result.complete(StatusCode.NOT_READY)) {
      return StatusCode.NOT_READY;
    }
    return result.join(); // it came in the last moment
  }

  private void abortLate(Cells outs) {
    for (long offset = 0; offset < outs.bytes(); offset += Long.BYTES) {
      long handle = outs.getLong(offset);
      if (handle == 0) {
        continue;
      }
      int unused =
          library.commAbort.isPresent()
              ? library.commAbort.call(handle)
              : library.commDestroy.call(handle);
    }
  }
}
