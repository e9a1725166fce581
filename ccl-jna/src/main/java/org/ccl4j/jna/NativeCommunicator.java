package org.ccl4j.jna;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntSupplier;
import org.ccl4j.api.DataType;
import org.ccl4j.api.MemoryStatistic;
import org.ccl4j.api.WindowOption;
import org.ccl4j.jna.Connections.Beginning;
import org.ccl4j.jna.sys.CFunction;
import org.ccl4j.jna.sys.Cells;
import org.ccl4j.spi.Backend.Terms;
import org.ccl4j.spi.BackendCommunicator;
import org.ccl4j.spi.Result;
import org.ccl4j.spi.StatusCode;
import org.jspecify.annotations.Nullable;

/**
 * A communicator of a collective library. The current device does not matter to the library's own
 * calls: it goes by the communicator.
 */
final class NativeCommunicator implements BackendCommunicator {
  private static final int SUM = 0;
  private static final int AVG = 4;
  private static final int HOST_SCALAR = 1;
  private static final int DEVICE_SCALAR = 0;
  private static final int SHRINK_ABORT = 1;
  private static final int SUSPEND_MEMORY = 1;
  private static final int EXISTING_RANK = -1;
  private static final int WINDOW_COLLECTIVE_SYMMETRIC = 1;
  private static final int WINDOW_STRICT_ORDERING = 2;
  private static final int SIGNAL_BYTES = 16;

  private final NativeBackend backend;
  private final CollectiveLibrary library;
  private final ThreadGroups groups;
  private final long handle;
  private final int device;
  private final long timeoutNanos;

  /** The number of ranks; 0 where the library did not say. */
  private final int size;

  /** The library may keep pointers into it. */
  @SuppressWarnings("unused")
  private final ConfigLayout.@Nullable Config config;

  /** The streams that operations went to; {@link #finish} waits for those. */
  private long[] streams = new long[2];

  private int streamCount;

  /** A thread that asks asynchronously must not meet one that gives the communicator back. */
  private final AtomicInteger asking = new AtomicInteger();

  private volatile boolean gone;

  /** While a call waits for the library in the background, nobody else may ask about it. */
  private volatile boolean waiting;

  /** Whether the library's memory is suspended. */
  private volatile boolean suspended;

  /** Whether all ranks have made their first one-sided operation. */
  private boolean begunOneSided;

  /** What a bounded wait left unfinished: the communicator is of no use any more. */
  private volatile int broken;

  NativeCommunicator(
      NativeBackend backend,
      long handle,
      int device,
      long timeoutNanos,
      ConfigLayout.@Nullable Config config) {
    this.backend = backend;
    this.handle = handle;
    this.device = device;
    this.timeoutNanos = timeoutNanos;
    this.config = config;
    library = backend.library();
    long count = library.commCount.callForInt(handle);
    size = CFunction.status(count) == StatusCode.OK ? CFunction.value(count) : 0;
    groups = backend.groups();
  }

  @Override
  public long handle() {
    return handle;
  }

  // --- operations ---

  @Override
  public int allReduce(long send, long recv, long count, DataType type, int op, long stream) {
    return issued(
        library.allReduce.call(send, recv, count, EnumCodes.of(type), operator(op), handle, stream),
        stream);
  }

  @Override
  public int broadcast(long send, long recv, long count, DataType type, int root, long stream) {
    return issued(
        library.broadcast.call(send, recv, count, EnumCodes.of(type), root, handle, stream),
        stream);
  }

  @Override
  public int reduce(
      long send, long recv, long count, DataType type, int op, int root, long stream) {
    return issued(
        library.reduce.call(
            send, recv, count, EnumCodes.of(type), operator(op), root, handle, stream),
        stream);
  }

  @Override
  public int allGather(long send, long recv, long count, DataType type, long stream) {
    return issued(
        library.allGather.call(send, recv, count, EnumCodes.of(type), handle, stream), stream);
  }

  @Override
  public int reduceScatter(long send, long recv, long count, DataType type, int op, long stream) {
    return issued(
        library.reduceScatter.call(
            send, recv, count, EnumCodes.of(type), operator(op), handle, stream),
        stream);
  }

  @Override
  public int send(long address, long count, DataType type, int peer, long stream) {
    return issued(
        library.send.call(address, count, EnumCodes.of(type), peer, handle, stream), stream);
  }

  @Override
  public int recv(long address, long count, DataType type, int peer, long stream) {
    return issued(
        library.recv.call(address, count, EnumCodes.of(type), peer, handle, stream), stream);
  }

  @Override
  public int allToAll(long send, long recv, long count, DataType type, long stream) {
    return issued(
        library.allToAll.call(send, recv, count, EnumCodes.of(type), handle, stream), stream);
  }

  @Override
  public int allToAllV(
      long send,
      long[] sendCounts,
      long[] sendOffsets,
      long recv,
      long[] recvCounts,
      long[] recvOffsets,
      DataType type,
      long stream) {
    if (!library.allToAllV.isPresent()) {
      return StatusCode.UNSUPPORTED;
    }
    if (size == 0) {
      return backend.failed(ResultCodes.INTERNAL_ERROR); // nobody could say how long the tables are
    }
    ThreadGroups.Group group = groups.ofThread();
    long row = (long) size * Long.BYTES;
    Cells table = group.table(4 * row);
    table.putLongs(0, sendCounts, size);
    table.putLongs(row, sendOffsets, size);
    table.putLongs(2 * row, recvCounts, size);
    table.putLongs(3 * row, recvOffsets, size);
    long at = table.address();
    int status =
        library.allToAllV.call(
            send,
            at,
            at + row,
            recv,
            at + 2 * row,
            at + 3 * row,
            EnumCodes.of(type),
            handle,
            stream);
    status = issued(status, stream);
    if (!group.isOpen()) {
      group.giveTablesBack();
    }
    return status;
  }

  @Override
  public int allReduceWithBias(
      long send, long recv, long bias, long count, DataType type, int op, long stream) {
    return issued(
        library.allReduceWithBias.call(
            send, recv, count, EnumCodes.of(type), operator(op), handle, stream, bias),
        stream);
  }

  @Override
  public int gather(long send, long recv, long count, DataType type, int root, long stream) {
    return issued(
        library.gather.call(send, recv, count, EnumCodes.of(type), root, handle, stream), stream);
  }

  @Override
  public int scatter(long send, long recv, long count, DataType type, int root, long stream) {
    return issued(
        library.scatter.call(send, recv, count, EnumCodes.of(type), root, handle, stream), stream);
  }

  @Override
  public int putSignal(
      long address,
      long count,
      DataType type,
      int peer,
      long window,
      long offset,
      int signal,
      int context,
      long stream) {
    return issued(
        library.putSignal.call(
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
            stream),
        stream);
  }

  @Override
  public int signal(int peer, int signal, int context, long stream) {
    return issued(library.signal.call(peer, signal, context, 0, handle, stream), stream);
  }

  @Override
  public int waitSignal(int[] peers, int[] times, int signal, int context, long stream) {
    Cells list = signalWaits(peers, times, signal, context);
    int status = library.waitSignal.call(peers.length, list.address(), handle, stream);
    ThreadGroups.Group group = groups.ofThread();
    if (group.isOpen()) {
      group.keep(list); // the library may read it when the group ends
    } else {
      list.close();
    }
    return issued(status, stream);
  }

  private static Cells signalWaits(int[] peers, int[] times, int signal, int context) {
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
   * The mean over one rank is the sum; and it is asked for as that, because NCCL scales on a single
   * rank by a kernel of its own, which it does not have for 8-bit floats (seen in 2.28.9).
   */
  private int operator(int op) {
    return size == 1 && op == AVG ? SUM : op;
  }

  /** What every operation does after its call. */
  private int issued(int status, long stream) {
    noteStream(stream);
    ThreadGroups.Group group = groups.ofThread();
    if (group.isOpen()) {
      group.add(this);
      return status == StatusCode.OK || status == ResultCodes.IN_PROGRESS
          ? StatusCode.OK
          : backend.failed(status);
    }
    if (status == StatusCode.OK) {
      return StatusCode.OK;
    }
    return status == ResultCodes.IN_PROGRESS ? awaitIssued() : backend.failed(status);
  }

  private void noteStream(long stream) {
    for (int i = streamCount - 1; i >= 0; i--) {
      if (streams[i] == stream) {
        return;
      }
    }
    if (streamCount == streams.length) {
      streams = Arrays.copyOf(streams, 2 * streamCount);
    }
    streams[streamCount++] = stream;
  }

  /**
   * Waits for what the library goes on with in the background: it connects ranks when they first
   * need each other, and until then the stream may not be used. The same bound as for connecting.
   */
  int awaitIssued() {
    return await(Deadline.in(timeoutNanos));
  }

  private int await(Deadline deadline) {
    waiting = true;
    try {
      while (true) {
        int state = gone ? StatusCode.NOT_READY : backend.connections().stateOf(handle);
        if (state == StatusCode.OK) {
          return StatusCode.OK;
        }
        if (state != ResultCodes.IN_PROGRESS) {
          return backend.failed(state);
        }
        if (!deadline.pause()) {
          broken = ResultCodes.TIMEOUT;
          return StatusCode.NOT_READY;
        }
      }
    } finally {
      waiting = false;
    }
  }

  /** A call that may go on in the background. */
  private int completed(int status, Deadline deadline) {
    if (status == ResultCodes.IN_PROGRESS) {
      return await(deadline);
    }
    return status == StatusCode.OK ? status : backend.failed(status);
  }

  // --- operators ---

  @Override
  public Result<Integer> createPreMulSum(DataType type, ByteBuffer scalar) {
    return createPreMulSum(type, Cells.addressOf(scalar), HOST_SCALAR);
  }

  @Override
  public Result<Integer> createPreMulSum(DataType type, long scalarAddress) {
    return createPreMulSum(type, scalarAddress, DEVICE_SCALAR);
  }

  private Result<Integer> createPreMulSum(DataType type, long address, int residence) {
    if (size == 1 && type.byteSize() == 1 && type.isFloatingPoint()) {
      return Result.failed(StatusCode.UNSUPPORTED); // see operator(int)
    }
    try (Cells out = new Cells(Integer.BYTES)) {
      int status =
          library.redOpCreatePreMulSum.call(
              out.address(), address, EnumCodes.of(type), residence, handle);
      status = completed(status, Deadline.in(timeoutNanos));
      return status == StatusCode.OK ? Result.of(out.getInt(0)) : Result.failed(status);
    }
  }

  @Override
  public int destroyOperator(int op) {
    return completed(library.redOpDestroy.call(op, handle), Deadline.in(timeoutNanos));
  }

  // --- communicators from this one ---

  @Override
  public Result<Child> split(int color, int key, Terms terms) {
    return child(
        terms,
        color >= 0,
        (out, config) -> library.commSplit.call(handle, color, key, out, config));
  }

  @Override
  public Result<Child> shrink(int[] excluded, boolean abort, Terms terms) {
    try (Cells list = ints(excluded)) {
      return child(
          terms,
          true,
          (out, config) ->
              library.commShrink.call(
                  handle, list.address(), excluded.length, out, config, abort ? SHRINK_ABORT : 0));
    }
  }

  @Override
  public Result<byte[]> newGrowthId() {
    try (Cells out = new Cells(NativeBackend.UNIQUE_ID_BYTES)) {
      int status = library.commGetUniqueId.call(handle, out.address());
      status = completed(status, Deadline.in(timeoutNanos));
      return status == StatusCode.OK
          ? Result.of(out.getBytes(0, NativeBackend.UNIQUE_ID_BYTES))
          : Result.failed(status);
    }
  }

  @Override
  public Result<Child> grow(int size, byte @Nullable [] id, Terms terms) {
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
   * memory has to be there until then, also when the wait is given up: so it is kept.
   */
  private Result<Child> child(Terms terms, boolean expected, Beginning beginning) {
    if (!library.callsNonblocking()) {
      return childBlocking(terms, expected, beginning);
    }
    Deadline deadline = Deadline.in(terms.timeoutNanos());
    ConfigLayout.Config wanted = backend.connections().config(terms, false);
    Cells out = new Cells(Long.BYTES);
    keptForTheLibrary = new Object[] {out, wanted};
    int status =
        backend
            .connections()
            .onDevice(device, () -> beginning.call(out.address(), wanted.address()));
    if (status == StatusCode.OK || status == ResultCodes.IN_PROGRESS) {
      status = awaitChild(out, expected, deadline);
    } else {
      backend.failed(status);
    }
    if (status != StatusCode.OK) {
      return Result.failed(status);
    }
    if (!expected) {
      return new Result<>(StatusCode.OK, null);
    }
    keptForTheLibrary = new Object[0];
    return described(backend.connections().made(out, device, terms, wanted));
  }

  @SuppressWarnings("unused")
  private Object[] keptForTheLibrary = {};

  private int awaitChild(Cells out, boolean expected, Deadline deadline) {
    int status = await(deadline);
    if (out.getLong(0) == 0) {
      return status == StatusCode.OK && expected
          ? backend.failed(ResultCodes.INTERNAL_ERROR)
          : status;
    }
    // A parent that was aborted for this may say so; the child speaks for itself.
    return backend.connections().awaitReady(out.getLong(0), deadline);
  }

  /** Where the library can only be waited for inside it; on a thread that can be given up. */
  private Result<Child> childBlocking(Terms terms, boolean expected, Beginning beginning) {
    ConfigLayout.Config wanted =
        library.connectsNonblocking() ? backend.connections().config(terms, true) : null;
    Result<BackendCommunicator> made =
        backend.connections().madeBlocking(terms, device, wanted, beginning);
    if (made.status() == StatusCode.NOT_READY) {
      broken = ResultCodes.TIMEOUT;
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
      int status = library.commUserRank.call(child.handle, out.address());
      if (status == StatusCode.OK) {
        status = library.commCount.call(child.handle, out.address() + Integer.BYTES);
      }
      if (status != StatusCode.OK) {
        return Result.failed(backend.failed(status));
      }
      return Result.of(new Child(child, out.getInt(0), out.getInt(Integer.BYTES)));
    }
  }

  // --- memory ---

  @Override
  public int suspend(long suspendTimeoutNanos) {
    if (!library.commSuspend.isPresent()) {
      return StatusCode.UNSUPPORTED;
    }
    int status =
        together(
            "suspend", suspendTimeoutNanos, () -> library.commSuspend.call(handle, SUSPEND_MEMORY));
    suspended = status == StatusCode.OK;
    return status;
  }

  @Override
  public int resume(long resumeTimeoutNanos) {
    if (!library.commResume.isPresent()) {
      return StatusCode.UNSUPPORTED;
    }
    int status = together("resume", resumeTimeoutNanos, () -> library.commResume.call(handle));
    suspended &= status != StatusCode.OK;
    return status;
  }

  /** A call that all ranks make and that waits for them. */
  private int together(String what, long limitNanos, IntSupplier call) {
    if (!library.callsNonblocking()) {
      Cells noCommunicators = new Cells(Long.BYTES);
      int status = backend.connections().blocking(what, limitNanos, noCommunicators, call);
      if (status == StatusCode.NOT_READY) {
        broken = ResultCodes.TIMEOUT;
      }
      return status;
    }
    int status = call.getAsInt();
    // Some functions say that all is well although they go on in the background (seen in 2.28.9).
    return status == StatusCode.OK || status == ResultCodes.IN_PROGRESS
        ? await(Deadline.in(limitNanos))
        : backend.failed(status);
  }

  @Override
  public Result<Long> memoryStatistic(MemoryStatistic statistic) {
    try (Cells out = new Cells(Long.BYTES)) {
      int status = library.commMemStats.call(handle, EnumCodes.of(statistic), out.address());
      status = completed(status, Deadline.in(timeoutNanos));
      return status == StatusCode.OK ? Result.of(out.getLong(0)) : Result.failed(status);
    }
  }

  @Override
  public Result<Long> register(long address, long bytes) {
    try (Cells out = new Cells(Long.BYTES)) {
      int status = library.commRegister.call(handle, address, bytes, out.address());
      status = completed(status, Deadline.in(timeoutNanos));
      return status == StatusCode.OK ? Result.of(out.getLong(0)) : Result.failed(status);
    }
  }

  @Override
  public int deregister(long registration) {
    return completed(library.commDeregister.call(handle, registration), Deadline.in(timeoutNanos));
  }

  @Override
  public Result<Long> registerWindow(
      long address, long bytes, Set<WindowOption> options, long windowTimeoutNanos) {
    int flags =
        (options.contains(WindowOption.COLLECTIVE_SYMMETRIC) ? WINDOW_COLLECTIVE_SYMMETRIC : 0)
            | (options.contains(WindowOption.STRICT_ORDERING) ? WINDOW_STRICT_ORDERING : 0);
    Cells out = new Cells(Long.BYTES);
    keptForTheLibrary = new Object[] {out};
    int status =
        together(
            "window",
            windowTimeoutNanos,
            () -> library.commWindowRegister.call(handle, address, bytes, out.address(), flags));
    if (status != StatusCode.OK) {
      return Result.failed(status);
    }
    keptForTheLibrary = new Object[0];
    long window = out.getLong(0);
    boolean forPuts = window != 0 && options.contains(WindowOption.COLLECTIVE_SYMMETRIC);
    if (forPuts && beginOneSided(windowTimeoutNanos) == StatusCode.NOT_READY) {
      return Result.failed(StatusCode.NOT_READY);
    }
    return Result.of(window);
  }

  /**
   * Makes the first one-sided operation, for it waits inside the call until every rank has come to
   * one (seen in 2.30.7): here all ranks are, while later one may wait for another that raises a
   * signal only then. Each rank raises a signal at itself and waits for it. A communicator that
   * cannot have such operations refuses the first of these, and nothing has happened; one that does
   * not block would count that as its failure, and waits in the background anyway.
   */
  private int beginOneSided(long limitNanos) {
    boolean possible = library.signal.isPresent() && library.waitSignal.isPresent();
    long rank = library.commUserRank.callForInt(handle);
    if (begunOneSided
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
    Cells waits = signalWaits(new int[] {self}, new int[] {1}, 0, 0);
    keptForTheLibrary = new Object[] {waits};
    Deadline deadline = Deadline.in(limitNanos);
    int status =
        together(
            "one-sided operations",
            limitNanos,
            () -> {
              int raised = library.signal.call(self, 0, 0, 0, handle, stream);
              return raised == StatusCode.OK
                  ? library.waitSignal.call(1, waits.address(), handle, stream)
                  : raised;
            });
    if (status == StatusCode.OK) {
      begunOneSided = true;
      status = backend.runtime().synchronizeIfLive(device, stream, deadline);
    }
    if (status != StatusCode.NOT_READY) {
      keptForTheLibrary = new Object[0];
      int unused = backend.runtime().destroyStream(device, stream);
    }
    return status;
  }

  @Override
  public int deregisterWindow(long window) {
    return completed(library.commWindowDeregister.call(handle, window), Deadline.in(timeoutNanos));
  }

  // --- state and end ---

  @Override
  public int asyncError() {
    if (broken != StatusCode.OK) {
      return broken;
    }
    asking.incrementAndGet();
    try {
      if (gone || waiting) {
        return StatusCode.OK; // whoever waits reports what comes of it
      }
      int state = backend.connections().stateOf(handle);
      return state == ResultCodes.IN_PROGRESS || state == StatusCode.UNSUPPORTED
          ? StatusCode.OK
          : state;
    } finally {
      asking.decrementAndGet();
    }
  }

  @Override
  public String lastError() {
    return backend.lastErrorOf(0);
  }

  @Override
  public int revoke() {
    return completed(library.commRevoke.call(handle, 0), Deadline.in(timeoutNanos));
  }

  /**
   * Waits for the streams first: the library's own function does not wait for operations that the
   * device has not begun.
   */
  @Override
  public int finish(long finishTimeoutNanos) {
    Deadline deadline = Deadline.in(finishTimeoutNanos);
    for (int i = 0; i < streamCount; i++) {
      int status = backend.runtime().synchronizeIfLive(device, streams[i], deadline);
      if (status != StatusCode.OK) {
        return backend.failedOnDevice(status);
      }
    }
    // A blocking communicator is finalized by its destroy, which waits where nobody else has to.
    return library.commFinalize.isPresent() && library.callsNonblocking() && !suspended
        ? completed(library.commFinalize.call(handle), deadline)
        : StatusCode.OK;
  }

  @Override
  public int destroy() {
    leave();
    int status =
        library.callsNonblocking() && !suspended
            ? library.commDestroy.call(handle)
            : backend.endings().run("destroying " + handle, this::resumeAndDestroy);
    return status == StatusCode.OK || status == ResultCodes.IN_PROGRESS
        ? StatusCode.OK
        : backend.failed(status);
  }

  /**
   * To destroy what is suspended ends half way (seen in 2.30.7: memory that is gone cannot be
   * unmapped). All ranks close after they have suspended, so that they can all resume.
   */
  private int resumeAndDestroy() {
    if (suspended) {
      int status = library.commResume.call(handle);
      if (library.callsNonblocking()
          && (status == StatusCode.OK || status == ResultCodes.IN_PROGRESS)) {
        status = backend.connections().awaitReady(handle, Deadline.in(timeoutNanos));
      }
      if (status != StatusCode.OK) {
        Aside.report("resuming " + handle + " before it is destroyed", status);
      }
    }
    return library.commDestroy.call(handle);
  }

  @Override
  public int abort() {
    leave();
    int status =
        (library.commAbort.isPresent() ? library.commAbort : library.commDestroy).call(handle);
    return status == StatusCode.OK || status == ResultCodes.IN_PROGRESS
        ? StatusCode.OK
        : backend.failed(status);
  }

  /** From here on nobody asks the library about it. */
  private void leave() {
    gone = true;
    while (asking.get() > 0) {
      Thread.onSpinWait();
    }
  }
}
