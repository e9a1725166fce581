package org.ccl4j.jna;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Set;
import org.ccl4j.api.DataType;
import org.ccl4j.api.MemoryStatistic;
import org.ccl4j.api.Signals;
import org.ccl4j.api.Tuning;
import org.ccl4j.api.WindowOption;
import org.ccl4j.jna.sys.CFunction;
import org.ccl4j.jna.sys.Cells;
import org.ccl4j.spi.Backend.Terms;
import org.ccl4j.spi.BackendCommunicator;
import org.ccl4j.spi.Result;
import org.ccl4j.spi.StatusCode;
import org.jspecify.annotations.Nullable;

/**
 * A communicator of a collective library. The current device does not matter to the library's own
 * calls but for registering memory: it goes by the communicator.
 */
final class NativeCommunicator implements BackendCommunicator {
  private static final int SUM = 0;
  private static final int AVG = 4;
  private static final int SUSPEND_MEMORY = 1;

  private final NativeBackend backend;
  private final CollectiveLibrary library;
  private final ThreadGroups groups;
  private final Progress progress;
  private final NativeOperators operators;
  private final NativeChildren children;
  private final NativeOneSided oneSided;
  private final NativeWindows windows;
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

  /** Whether the library's memory is suspended. */
  private volatile boolean suspended;

  NativeCommunicator(
      NativeBackend backend,
      long handle,
      int device,
      Terms terms,
      ConfigLayout.@Nullable Config config) {
    this.backend = backend;
    this.handle = handle;
    this.device = device;
    timeoutNanos = terms.timeoutNanos();
    this.config = config;
    library = backend.library();
    long count = library.commCount.callForInt(handle);
    size = CFunction.status(count) == StatusCode.OK ? CFunction.value(count) : 0;
    groups = backend.groups();
    progress = new Progress(backend, handle, timeoutNanos);
    operators = new NativeOperators(library, progress, handle, size);
    children = new NativeChildren(backend, progress, handle, device);
    oneSided = new NativeOneSided(backend, progress, handle, device, terms.tuning());
    windows = new NativeWindows(backend, progress, oneSided, handle, device);
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
    return issuedWithTable(status, stream, group);
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
  public int tuned(
      Tunable operation,
      long send,
      long recv,
      long count,
      DataType type,
      int op,
      int root,
      Tuning tuning,
      long stream) {
    ThreadGroups.Group group = groups.ofThread();
    Cells config = group.table(CallConfig.bytes(tuning));
    CallConfig.write(config, tuning);
    long with = config.address();
    int code = EnumCodes.of(type);
    int status =
        switch (operation) {
          case ALL_REDUCE ->
              library.allReduceConfig.call(
                  send, recv, count, code, operator(op), handle, stream, with);
          case BROADCAST ->
              library.broadcastConfig.call(send, recv, count, code, root, handle, stream, with);
          case REDUCE ->
              library.reduceConfig.call(
                  send, recv, count, code, operator(op), root, handle, stream, with);
          case ALL_GATHER ->
              library.allGatherConfig.call(send, recv, count, code, handle, stream, with);
          case REDUCE_SCATTER ->
              library.reduceScatterConfig.call(
                  send, recv, count, code, operator(op), handle, stream, with);
          case ALL_TO_ALL ->
              library.allToAllConfig.call(send, recv, count, code, handle, stream, with);
          case GATHER ->
              library.gatherConfig.call(send, recv, count, code, root, handle, stream, with);
          case SCATTER ->
              library.scatterConfig.call(send, recv, count, code, root, handle, stream, with);
        };
    return issuedWithTable(status, stream, group);
  }

  @Override
  public Signals signals() {
    return oneSided.signals();
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
        oneSided.putSignal(address, count, type, peer, window, offset, signal, context, stream),
        stream);
  }

  @Override
  public int signal(int peer, int signal, int context, long stream) {
    return issued(oneSided.signal(peer, signal, context, stream), stream);
  }

  @Override
  public int waitSignal(int[] peers, int[] times, int signal, int context, long stream) {
    return issued(oneSided.waitSignal(peers, times, signal, context, stream), stream);
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
    return status == ResultCodes.IN_PROGRESS ? progress.awaitIssued() : backend.failed(status);
  }

  /** The same, where the call had a table. */
  private int issuedWithTable(int called, long stream, ThreadGroups.Group group) {
    int status = issued(called, stream);
    if (!group.isOpen()) {
      group.giveTablesBack();
    }
    return status;
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

  /** Waits for what the library goes on with in the background after an operation. */
  int awaitIssued() {
    return progress.awaitIssued();
  }

  // --- operators ---

  @Override
  public Result<Integer> createPreMulSum(DataType type, ByteBuffer scalar) {
    return operators.createPreMulSum(type, scalar);
  }

  @Override
  public Result<Integer> createPreMulSum(DataType type, long scalarAddress) {
    return operators.createPreMulSum(type, scalarAddress);
  }

  @Override
  public int destroyOperator(int op) {
    return operators.destroy(op);
  }

  // --- communicators from this one ---

  @Override
  public Result<Child> split(int color, int key, Terms terms) {
    return children.split(color, key, terms);
  }

  @Override
  public Result<Child> shrink(int[] excluded, boolean abort, Terms terms) {
    return children.shrink(excluded, abort, terms);
  }

  @Override
  public Result<byte[]> newGrowthId() {
    return children.newGrowthId();
  }

  @Override
  public Result<Child> grow(int newSize, byte @Nullable [] id, Terms terms) {
    return children.grow(newSize, id, terms);
  }

  // --- memory ---

  @Override
  public int suspend(long suspendTimeoutNanos) {
    if (!library.commSuspend.isPresent()) {
      return StatusCode.UNSUPPORTED;
    }
    int status =
        progress.together(
            "suspend", suspendTimeoutNanos, () -> library.commSuspend.call(handle, SUSPEND_MEMORY));
    suspended = status == StatusCode.OK;
    return status;
  }

  @Override
  public int resume(long resumeTimeoutNanos) {
    if (!library.commResume.isPresent()) {
      return StatusCode.UNSUPPORTED;
    }
    int status =
        progress.together("resume", resumeTimeoutNanos, () -> library.commResume.call(handle));
    suspended &= status != StatusCode.OK;
    return status;
  }

  @Override
  public Result<Long> memoryStatistic(MemoryStatistic statistic) {
    try (Cells out = new Cells(Long.BYTES)) {
      int status = library.commMemStats.call(handle, EnumCodes.of(statistic), out.address());
      status = progress.completed(status);
      return status == StatusCode.OK ? Result.of(out.getLong(0)) : Result.failed(status);
    }
  }

  @Override
  public Result<Long> register(long address, long bytes) {
    return windows.register(address, bytes);
  }

  @Override
  public int deregister(long registration) {
    return windows.deregister(registration);
  }

  @Override
  public Result<Long> registerWindow(
      long address, long bytes, Set<WindowOption> options, long windowTimeoutNanos) {
    return windows.registerWindow(address, bytes, options, windowTimeoutNanos);
  }

  @Override
  public int deregisterWindow(long window) {
    return windows.deregisterWindow(window);
  }

  // --- state and end ---

  @Override
  public int asyncError() {
    return progress.asyncError();
  }

  @Override
  public String lastError() {
    return progress.wasGivenUp() ? "" : backend.lastErrorOf(0); // which may be of any failure
  }

  @Override
  public int revoke() {
    return progress.completed(library.commRevoke.call(handle, 0));
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
        ? progress.completed(library.commFinalize.call(handle), deadline)
        : StatusCode.OK;
  }

  @Override
  public int destroy() {
    progress.leave();
    int status = backend.endings().run("destroying " + handle, this::resumeAndDestroy);
    return status == StatusCode.OK ? status : backend.failed(status);
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
    return backend.connections().destroy(handle);
  }

  @Override
  public int abort() {
    progress.leave();
    int status =
        (library.commAbort.isPresent() ? library.commAbort : library.commDestroy).call(handle);
    return status == StatusCode.OK || status == ResultCodes.IN_PROGRESS
        ? StatusCode.OK
        : backend.failed(status);
  }
}
