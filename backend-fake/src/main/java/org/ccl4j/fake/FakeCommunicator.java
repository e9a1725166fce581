package org.ccl4j.fake;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.ccl4j.api.Capability;
import org.ccl4j.api.DataType;
import org.ccl4j.api.MemoryStatistic;
import org.ccl4j.api.Signals;
import org.ccl4j.api.Tuning;
import org.ccl4j.api.WindowOption;
import org.ccl4j.spi.Backend.Terms;
import org.ccl4j.spi.BackendCommunicator;
import org.ccl4j.spi.Result;
import org.ccl4j.spi.StatusCode;
import org.jspecify.annotations.Nullable;

/** One rank of a {@link World}. Used by one thread at a time, but for abort and the queries. */
final class FakeCommunicator implements BackendCommunicator {
  private static final int NONE = -1;

  private final FakeSettings settings;
  private final Rendezvous rendezvous;
  private final Member member;
  private final World world;
  private final int rank;
  private final int device;
  private final long handle;
  private final KnownMemory memory;
  private final Map<Integer, Span> scalars = new HashMap<>();
  private int nextOperator = Ops.FIRST_CREATED;
  private long splits;
  private final Shrinking shrinking;
  private final Growing growing;
  private volatile boolean suspended;
  private long suspensions;

  FakeCommunicator(FakeSettings settings, Rendezvous rendezvous, Member member, int device) {
    this.settings = settings;
    this.rendezvous = rendezvous;
    this.member = member;
    this.world = member.world;
    this.rank = member.rank;
    this.device = device;
    this.memory = new KnownMemory(member, device);
    shrinking = new Shrinking(member);
    growing = new Growing(member);
    handle = FakeMachine.COMMUNICATORS.add(this);
  }

  @Override
  public long handle() {
    return handle;
  }

  @Override
  public int allReduce(long send, long recv, long count, DataType type, int op, long stream) {
    return call(Kind.ALL_REDUCE, send, recv, count, type, op, NONE, stream);
  }

  @Override
  public int broadcast(long send, long recv, long count, DataType type, int root, long stream) {
    return call(Kind.BROADCAST, send, recv, count, type, 0, root, stream);
  }

  @Override
  public int reduce(
      long send, long recv, long count, DataType type, int op, int root, long stream) {
    return call(Kind.REDUCE, send, recv, count, type, op, root, stream);
  }

  @Override
  public int allGather(long send, long recv, long count, DataType type, long stream) {
    return call(Kind.ALL_GATHER, send, recv, count, type, 0, NONE, stream);
  }

  @Override
  public int reduceScatter(long send, long recv, long count, DataType type, int op, long stream) {
    return call(Kind.REDUCE_SCATTER, send, recv, count, type, op, NONE, stream);
  }

  @Override
  public int send(long address, long count, DataType type, int peer, long stream) {
    return call(Kind.SEND, address, 0, count, type, 0, peer, stream);
  }

  @Override
  public int recv(long address, long count, DataType type, int peer, long stream) {
    return call(Kind.RECV, 0, address, count, type, 0, peer, stream);
  }

  @Override
  public int allToAll(long send, long recv, long count, DataType type, long stream) {
    if (lacks(Capability.NATIVE_ALL_TO_ALL)) {
      return StatusCode.UNSUPPORTED;
    }
    return call(Kind.ALL_TO_ALL, send, recv, count, type, 0, NONE, stream);
  }

  /** As the libraries that have it do: sends and receives, one of each for every rank. */
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
    if (lacks(Capability.NATIVE_ALL_TO_ALL_V)) {
      return StatusCode.UNSUPPORTED;
    }
    GroupCalls group = GroupCalls.ofThread();
    boolean grouped = group.isOpen();
    if (!grouped) {
      group.start();
    }
    int status = StatusCode.OK;
    for (int peer = 0; peer < world.size() && status == StatusCode.OK; peer++) {
      long from = send + sendOffsets[peer] * type.byteSize();
      long to = recv + recvOffsets[peer] * type.byteSize();
      status = send(from, sendCounts[peer], type, peer, stream);
      if (status == StatusCode.OK) {
        status = recv(to, recvCounts[peer], type, peer, stream);
      }
    }
    if (grouped) {
      return status;
    }
    if (status != StatusCode.OK) {
      group.drop();
      return status;
    }
    return group.end();
  }

  @Override
  public int allReduceWithBias(
      long send, long recv, long bias, long count, DataType type, int op, long stream) {
    return lacks(Capability.ALL_REDUCE_BIAS)
        ? StatusCode.UNSUPPORTED
        : call(
            Kind.ALL_REDUCE_WITH_BIAS,
            send,
            recv,
            bias,
            count,
            type,
            op,
            NONE,
            Call.UNTUNED,
            stream);
  }

  @Override
  public int gather(long send, long recv, long count, DataType type, int root, long stream) {
    if (lacks(Capability.NATIVE_GATHER)) {
      return StatusCode.UNSUPPORTED;
    }
    return call(Kind.GATHER, send, recv, count, type, 0, root, stream);
  }

  @Override
  public int scatter(long send, long recv, long count, DataType type, int root, long stream) {
    if (lacks(Capability.NATIVE_SCATTER)) {
      return StatusCode.UNSUPPORTED;
    }
    return call(Kind.SCATTER, send, recv, count, type, 0, root, stream);
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
    if (lacks(Capability.CALL_TUNING)) {
      return StatusCode.UNSUPPORTED;
    }
    Kind kind =
        switch (operation) {
          case ALL_REDUCE -> Kind.ALL_REDUCE;
          case BROADCAST -> Kind.BROADCAST;
          case REDUCE -> Kind.REDUCE;
          case ALL_GATHER -> Kind.ALL_GATHER;
          case REDUCE_SCATTER -> Kind.REDUCE_SCATTER;
          case ALL_TO_ALL -> Kind.ALL_TO_ALL;
          case GATHER -> Kind.GATHER;
          case SCATTER -> Kind.SCATTER;
        };
    int other = kind.hasRoot() ? root : NONE;
    return call(kind, send, recv, 0, count, type, op, other, Call.digest(tuning), stream);
  }

  private boolean lacks(Capability capability) {
    return !settings.capabilities().contains(capability);
  }

  private int call(
      Kind kind, long send, long recv, long count, DataType type, int op, int other, long stream) {
    return call(kind, send, recv, 0, count, type, op, other, Call.UNTUNED, stream);
  }

  private int call(
      Kind kind,
      long send,
      long recv,
      long bias,
      long count,
      DataType type,
      int op,
      int other,
      int tuning,
      long streamHandle) {
    int failure = world.failure();
    if (failure != StatusCode.OK) {
      return Codes.error(failure, world.failureText());
    }
    if (member.isRevoked() || suspended) {
      return Codes.error(
          Codes.INVALID_USAGE,
          kind.displayName() + " on a communicator that is revoked or suspended");
    }
    FakeStream stream = FakeMachine.STREAMS.get(streamHandle);
    if (stream == null || stream.device != device) {
      return Codes.error(
          Codes.INVALID_ARGUMENT,
          kind.displayName() + " on a stream that is none of device " + device);
    }
    boolean needsFloat8 = type == DataType.FLOAT8_E4M3 || type == DataType.FLOAT8_E5M2;
    if (needsFloat8 && lacks(kind.reduces() ? Capability.FLOAT8_REDUCTION : Capability.FLOAT8)) {
      return Codes.error(
          Codes.INVALID_ARGUMENT, kind.displayName() + " of " + type + ", which was disabled");
    }
    long bytes = count * type.byteSize();
    long sendBytes = bytes * kind.sendParts(rank, other, world.size());
    long recvBytes = bytes * kind.recvParts(rank, other, world.size());
    long biasBytes = kind == Kind.ALL_REDUCE_WITH_BIAS ? bytes : 0;
    Allocation from = sendBytes == 0 ? null : FakeMachine.MEMORY.at(send);
    Allocation to = recvBytes == 0 ? null : FakeMachine.MEMORY.at(recv);
    Allocation with = biasBytes == 0 ? null : FakeMachine.MEMORY.at(bias);
    String complaint = complaint(from, send, sendBytes);
    complaint = complaint == null ? complaint(to, recv, recvBytes) : complaint;
    complaint = complaint == null ? complaint(with, bias, biasBytes) : complaint;
    Span scalar = op < Ops.FIRST_CREATED ? null : scalars.get(op);
    if (complaint == null && op >= Ops.FIRST_CREATED && scalar == null) {
      complaint = "operator " + op + " was destroyed or never created on this communicator";
    }
    if (complaint != null) {
      return Codes.error(Codes.INVALID_ARGUMENT, kind.displayName() + ": " + complaint);
    }
    Call call =
        new Call(
            kind,
            span(from, send),
            span(to, recv),
            span(with, bias),
            count,
            type,
            op,
            other,
            scalar,
            tuning);
    return GroupCalls.ofThread().submit(stream, member, call);
  }

  /** Why a side of a call cannot be where it was said to be; null when it can, or has no bytes. */
  private @Nullable String complaint(@Nullable Allocation allocation, long address, long bytes) {
    if (bytes == 0) {
      return null;
    }
    String complaint = Memory.complaint(allocation, device, address, bytes);
    return complaint == null && world.habitat().reachesBeyond()
        ? privateMemory(allocation)
        : complaint;
  }

  /** Why memory cannot be used with ranks in other processes; null when it can. */
  static @Nullable String privateMemory(@Nullable Allocation allocation) {
    return allocation == null || allocation.base >= 0
        ? null
        : "the memory came from a fake with "
            + FakeSettings.TRANSPORT.key()
            + "=threads, which other processes cannot reach";
  }

  private static @Nullable Span span(@Nullable Allocation allocation, long address) {
    return allocation == null ? null : new Span(allocation, Memory.offsetOf(address));
  }

  @Override
  public Result<Integer> createPreMulSum(DataType type, ByteBuffer scalar) {
    if (lacks(Capability.PRE_MUL_SUM)) {
      return Result.failed(StatusCode.UNSUPPORTED);
    }
    // Memory of its own outside the address space: the caller's buffer may change as soon as this
    // returns.
    int bytes = type.byteSize();
    Allocation copy = Allocation.ofOwn(device, 0, bytes, Segment.allocate(bytes));
    copy.copyFromHost(0, scalar, scalar.position(), bytes);
    return addOperator(new Span(copy, 0));
  }

  @Override
  public Result<Integer> createPreMulSum(DataType type, long scalarAddress) {
    if (lacks(Capability.PRE_MUL_SUM)) {
      return Result.failed(StatusCode.UNSUPPORTED);
    }
    String complaint = FakeMachine.MEMORY.complaint(device, scalarAddress, type.byteSize());
    Span scalar = span(FakeMachine.MEMORY.at(scalarAddress), scalarAddress);
    if (complaint != null || scalar == null) {
      return Result.failed(
          Codes.error(Codes.INVALID_ARGUMENT, "scalar of an operator: " + complaint));
    }
    return addOperator(scalar);
  }

  private Result<Integer> addOperator(Span scalar) {
    scalars.put(nextOperator, scalar);
    return Result.of(nextOperator++);
  }

  @Override
  public int destroyOperator(int op) {
    return scalars.remove(op) != null
        ? StatusCode.OK
        : Codes.error(
            Codes.INVALID_ARGUMENT, "operator " + op + " was destroyed before or never created");
  }

  // --- memory that it knows ---

  @Override
  public Result<Long> register(long address, long bytes) {
    return lacks(Capability.REGISTER)
        ? Result.failed(StatusCode.UNSUPPORTED)
        : memory.register(address, bytes);
  }

  @Override
  public int deregister(long registration) {
    return memory.deregister(registration);
  }

  @Override
  public Result<Long> registerWindow(
      long address, long bytes, Set<WindowOption> options, long timeoutNanos) {
    return lacks(Capability.WINDOWS)
        ? Result.failed(StatusCode.UNSUPPORTED)
        : memory.registerWindow(address, bytes, options, timeoutNanos);
  }

  @Override
  public int deregisterWindow(long window) {
    return memory.deregisterWindow(window);
  }

  @Override
  public Signals signals() {
    return KnownMemory.SIGNALS;
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
    return lacks(Capability.ONE_SIDED)
        ? StatusCode.UNSUPPORTED
        : memory.putSignal(
            address, count * type.byteSize(), peer, window, offset, signal, context, stream);
  }

  @Override
  public int signal(int peer, int signal, int context, long stream) {
    return lacks(Capability.ONE_SIDED)
        ? StatusCode.UNSUPPORTED
        : memory.signal(peer, signal, context, stream);
  }

  @Override
  public int waitSignal(int[] peers, int[] times, int signal, int context, long stream) {
    return lacks(Capability.ONE_SIDED)
        ? StatusCode.UNSUPPORTED
        : memory.waitSignal(peers, times, signal, context, stream);
  }

  // --- life ---

  @Override
  public Result<Child> split(int color, int key, Terms terms) {
    if (lacks(Capability.SPLIT)) {
      return Result.failed(StatusCode.UNSUPPORTED);
    }
    return child(new Splitting(member, ++splits).join(rendezvous, device, color, key, terms));
  }

  private Result<Child> child(Result<Member> joined) {
    Member child = joined.value();
    if (child == null) {
      return new Result<>(joined.status(), null);
    }
    return Result.of(
        new Child(
            new FakeCommunicator(settings, rendezvous, child, device),
            child.rank,
            child.world.size()));
  }

  @Override
  public Result<Child> shrink(int[] excluded, boolean abort, Terms terms) {
    if (lacks(Capability.SHRINK)) {
      return Result.failed(StatusCode.UNSUPPORTED);
    }
    if (abort) {
      world.revoke(member);
    } else if (world.failure() != StatusCode.OK) {
      return Result.failed(Codes.error(world.failure(), world.failureText()));
    }
    return child(shrinking.join(rendezvous, device, excluded, terms));
  }

  @Override
  public Result<byte[]> newGrowthId() {
    return lacks(Capability.GROW)
        ? Result.failed(StatusCode.UNSUPPORTED)
        : Result.of(Rendezvous.ofGrowth(rendezvous.newId()).toBytes());
  }

  @Override
  public Result<Child> grow(int size, byte @Nullable [] id, Terms terms) {
    return lacks(Capability.GROW)
        ? Result.failed(StatusCode.UNSUPPORTED)
        : child(growing.join(rendezvous, device, size, id, terms));
  }

  @Override
  public int revoke() {
    if (lacks(Capability.REVOKE)) {
      return StatusCode.UNSUPPORTED;
    }
    world.revoke(member);
    return StatusCode.OK;
  }

  @Override
  public int suspend(long timeoutNanos) {
    if (lacks(Capability.SUSPEND)) {
      return StatusCode.UNSUPPORTED;
    }
    if (!member.isFinished()) {
      return Codes.error(
          Codes.INVALID_USAGE, "suspend while operations of rank " + rank + " are in flight");
    }
    return turn("suspends", true, timeoutNanos);
  }

  @Override
  public int resume(long timeoutNanos) {
    return lacks(Capability.SUSPEND)
        ? StatusCode.UNSUPPORTED
        : turn("resumes", false, timeoutNanos);
  }

  /** There is nothing to give back; but programs in which not all ranks call shall not pass. */
  private int turn(String what, boolean suspend, long timeoutNanos) {
    Layout layout = world.layout();
    world.board().set(layout.member(rank) + Layout.SUSPENSIONS, ++suspensions);
    int status =
        Meeting.await(
            member,
            what,
            peer -> layout.member(peer) + Layout.SUSPENSIONS,
            suspensions,
            timeoutNanos);
    if (status == StatusCode.OK) {
      suspended = suspend;
    }
    return status;
  }

  @Override
  public Result<Long> memoryStatistic(MemoryStatistic statistic) {
    if (lacks(Capability.MEMORY_STATISTICS)) {
      return Result.failed(StatusCode.UNSUPPORTED);
    }
    // The board is all that it has, and cannot be given back: other ranks write to it.
    return Result.of(
        switch (statistic) {
          case SUSPENDABLE -> 0L;
          case SUSPENDED -> suspended ? 1L : 0L;
          case PERSISTENT, TOTAL -> world.bytesPerRank();
        });
  }

  @Override
  public int asyncError() {
    return world.failure();
  }

  @Override
  public String lastError() {
    return world.failureText();
  }

  @Override
  public int finish(long timeoutNanos) {
    boolean finished = member.engine.awaitCondition(member::isFinished, timeoutNanos);
    return finished ? StatusCode.OK : StatusCode.NOT_READY;
  }

  @Override
  public int destroy() {
    return leave(() -> world.depart(rank));
  }

  @Override
  public int abort() {
    String text = "rank " + rank + " aborted the communicator " + world.name();
    return leave(() -> world.fail(Codes.REMOTE_ERROR, text));
  }

  private int leave(Runnable how) {
    if (FakeMachine.COMMUNICATORS.remove(handle) == null) {
      return Codes.error(
          Codes.INVALID_ARGUMENT, "the communicator was destroyed or aborted before");
    }
    how.run();
    memory.close();
    world.leave(member);
    return StatusCode.OK;
  }
}
