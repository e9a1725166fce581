package org.ccl4j.spi;

import java.nio.ByteBuffer;
import java.util.Set;
import org.ccl4j.api.DataType;
import org.ccl4j.api.MemoryStatistic;
import org.ccl4j.api.Signals;
import org.ccl4j.api.Tuning;
import org.ccl4j.api.WindowOption;
import org.ccl4j.spi.Backend.Terms;
import org.jspecify.annotations.Nullable;

/**
 * One rank's communicator. Semantics, in-place rules and counts are those of {@link
 * org.ccl4j.api.Communicator}; addresses are device addresses, counts are elements, and {@code op}
 * is 0 to 4 for sum, prod, max, min, avg or a number that {@link #createPreMulSum} gave.
 *
 * <p>An address may be 0 where the rank does not use it (the receive side of a reduce away from its
 * root, for example) or where the count is 0.
 */
public interface BackendCommunicator {

  /** The operations that a tuning can be given to. */
  enum Tunable {
    /** As {@link #allReduce}. */
    ALL_REDUCE,
    /** As {@link #broadcast}. */
    BROADCAST,
    /** As {@link #reduce}. */
    REDUCE,
    /** As {@link #allGather}. */
    ALL_GATHER,
    /** As {@link #reduceScatter}. */
    REDUCE_SCATTER,
    /** As {@link #allToAll}. */
    ALL_TO_ALL,
    /** As {@link #gather}. */
    GATHER,
    /** As {@link #scatter}. */
    SCATTER
  }

  /**
   * The native handle.
   *
   * @return the handle
   */
  long handle();

  /**
   * {@code ncclAllReduce}. Hot.
   *
   * @param send address of count elements
   * @param recv address of count elements; may be send
   * @param count elements
   * @param type element type
   * @param op operator
   * @param stream handle
   * @return the status
   */
  int allReduce(long send, long recv, long count, DataType type, int op, long stream);

  /**
   * {@code ncclBroadcast}. Hot.
   *
   * @param send address of count elements on the root
   * @param recv address of count elements; may be send
   * @param count elements
   * @param type element type
   * @param root rank
   * @param stream handle
   * @return the status
   */
  int broadcast(long send, long recv, long count, DataType type, int root, long stream);

  /**
   * {@code ncclReduce}. Hot.
   *
   * @param send address of count elements
   * @param recv address of count elements on the root; may be send
   * @param count elements
   * @param type element type
   * @param op operator
   * @param root rank
   * @param stream handle
   * @return the status
   */
  int reduce(long send, long recv, long count, DataType type, int op, int root, long stream);

  /**
   * {@code ncclAllGather}. Hot.
   *
   * @param send address of count elements; may be recv + rank * count
   * @param recv address of size * count elements
   * @param count elements of one rank
   * @param type element type
   * @param stream handle
   * @return the status
   */
  int allGather(long send, long recv, long count, DataType type, long stream);

  /**
   * {@code ncclReduceScatter}. Hot.
   *
   * @param send address of size * count elements
   * @param recv address of count elements; may be send + rank * count
   * @param count elements for one rank
   * @param type element type
   * @param op operator
   * @param stream handle
   * @return the status
   */
  int reduceScatter(long send, long recv, long count, DataType type, int op, long stream);

  /**
   * {@code ncclSend}. Hot.
   *
   * @param address of count elements
   * @param count elements
   * @param type element type
   * @param peer rank
   * @param stream handle
   * @return the status
   */
  int send(long address, long count, DataType type, int peer, long stream);

  /**
   * {@code ncclRecv}. Hot.
   *
   * @param address of count elements
   * @param count elements
   * @param type element type
   * @param peer rank
   * @param stream handle
   * @return the status
   */
  int recv(long address, long count, DataType type, int peer, long stream);

  /**
   * {@code ncclAlltoAll}; with {@link org.ccl4j.api.Capability#NATIVE_ALL_TO_ALL}. Hot.
   *
   * @param send address of size * count elements
   * @param recv address of size * count elements
   * @param count elements for one rank
   * @param type element type
   * @param stream handle
   * @return the status
   */
  default int allToAll(long send, long recv, long count, DataType type, long stream) {
    return StatusCode.UNSUPPORTED;
  }

  /**
   * {@code ncclAllToAllv}; with {@link org.ccl4j.api.Capability#NATIVE_ALL_TO_ALL_V}. Hot.
   *
   * <p>The arrays have an entry for each rank from index 0 on, may be longer, and are the caller's
   * again when the call has returned, also inside a group.
   *
   * @param send address that the offsets count from
   * @param sendCounts for each rank the number of elements, 0 or more
   * @param sendOffsets for each rank the offset of its part, in elements
   * @param recv address that the offsets count from
   * @param recvCounts for each rank the number of elements, 0 or more
   * @param recvOffsets for each rank the offset of its part, in elements
   * @param type element type
   * @param stream handle
   * @return the status
   */
  default int allToAllV(
      long send,
      long[] sendCounts,
      long[] sendOffsets,
      long recv,
      long[] recvCounts,
      long[] recvOffsets,
      DataType type,
      long stream) {
    return StatusCode.UNSUPPORTED;
  }

  /**
   * {@code ncclAllReduceWithBias}; with {@link org.ccl4j.api.Capability#ALL_REDUCE_BIAS}, never on
   * a single rank. Hot.
   *
   * @param send address of count elements
   * @param recv address of count elements; may be send
   * @param bias address of count elements, apart from recv; its values are the same on all ranks
   * @param count elements
   * @param type element type
   * @param op operator, also between the result and the bias; for avg and created operators that is
   *     a sum, and the bias is neither divided nor scaled
   * @param stream handle
   * @return the status
   */
  default int allReduceWithBias(
      long send, long recv, long bias, long count, DataType type, int op, long stream) {
    return StatusCode.UNSUPPORTED;
  }

  /**
   * {@code ncclGather}; with {@link org.ccl4j.api.Capability#NATIVE_GATHER}. Hot.
   *
   * @param send address of count elements; may be recv + root * count on the root
   * @param recv address of size * count elements on the root
   * @param count elements of one rank
   * @param type element type
   * @param root rank
   * @param stream handle
   * @return the status
   */
  default int gather(long send, long recv, long count, DataType type, int root, long stream) {
    return StatusCode.UNSUPPORTED;
  }

  /**
   * {@code ncclScatter}; with {@link org.ccl4j.api.Capability#NATIVE_SCATTER}. Hot.
   *
   * @param send address of size * count elements on the root
   * @param recv address of count elements; may be send + root * count on the root
   * @param count elements for one rank
   * @param type element type
   * @param root rank
   * @param stream handle
   * @return the status
   */
  default int scatter(long send, long recv, long count, DataType type, int root, long stream) {
    return StatusCode.UNSUPPORTED;
  }

  /**
   * An operation with a tuning of its own ({@code ncclAllReduceConfig} and its siblings); with
   * {@link org.ccl4j.api.Capability#CALL_TUNING}. The other arguments are those of the operation's
   * own method. Hot.
   *
   * @param operation which of them
   * @param send as in the operation's own method
   * @param recv as there
   * @param count as there
   * @param type as there
   * @param op operator; 0 for an operation that does not reduce
   * @param root rank; 0 for an operation without a root
   * @param tuning of options in {@link Backend#callTuning()}, at least one
   * @param stream handle
   * @return the status
   */
  default int tuned(
      Tunable operation,
      long send,
      long recv,
      long count,
      DataType type,
      int op,
      int root,
      Tuning tuning,
      long stream) {
    return StatusCode.UNSUPPORTED;
  }

  /**
   * {@code ncclRedOpCreatePreMulSum} with the scalar on the host; with {@link
   * org.ccl4j.api.Capability#PRE_MUL_SUM}.
   *
   * @param type element type
   * @param scalar one element from position to limit, direct, in native byte order; read before
   *     this returns
   * @return the operator's number, 5 or more
   */
  default Result<Integer> createPreMulSum(DataType type, ByteBuffer scalar) {
    return Result.failed(StatusCode.UNSUPPORTED);
  }

  /**
   * {@code ncclRedOpCreatePreMulSum} with the scalar on the device; with {@link
   * org.ccl4j.api.Capability#PRE_MUL_SUM}.
   *
   * @param type element type
   * @param scalarAddress device address of one element, read when an operation runs
   * @return the operator's number, 5 or more
   */
  default Result<Integer> createPreMulSum(DataType type, long scalarAddress) {
    return Result.failed(StatusCode.UNSUPPORTED);
  }

  /**
   * {@code ncclRedOpDestroy}. Operations enqueued before still use the operator.
   *
   * @param op a number that {@code createPreMulSum} gave
   * @return the status
   */
  default int destroyOperator(int op) {
    return StatusCode.UNSUPPORTED;
  }

  /**
   * {@code ncclCommSplit}, waiting for the other ranks; with {@link
   * org.ccl4j.api.Capability#SPLIT}.
   *
   * @param color 0 or more, or -1 for none
   * @param key orders the ranks of a colour
   * @param terms name, tuning and bound
   * @return the new communicator and its place; OK without a value for colour -1; {@link
   *     StatusCode#NOT_READY} when not all ranks came in time
   */
  default Result<Child> split(int color, int key, Terms terms) {
    return Result.failed(StatusCode.UNSUPPORTED);
  }

  /**
   * {@code ncclCommShrink}, waiting for the other remaining ranks; with {@link
   * org.ccl4j.api.Capability#SHRINK}. The excluded ranks do not call.
   *
   * @param excluded ranks to leave out, ascending, at least one, not this one
   * @param abort whether operations in flight are ended first ({@code NCCL_SHRINK_ABORT}): the way
   *     after a failure. This communicator is then aborted by its owner, maybe at once; the new one
   *     must not suffer from that
   * @param terms name, tuning and bound
   * @return the new communicator and its place; {@link StatusCode#NOT_READY} when not all remaining
   *     ranks came in time
   */
  default Result<Child> shrink(int[] excluded, boolean abort, Terms terms) {
    return Result.failed(StatusCode.UNSUPPORTED);
  }

  /**
   * Makes the id of a growth ({@code ncclCommGetUniqueId}), on one rank; with {@link
   * org.ccl4j.api.Capability#GROW}.
   *
   * @return {@link Backend#uniqueIdSize()} bytes
   */
  default Result<byte[]> newGrowthId() {
    return Result.failed(StatusCode.UNSUPPORTED);
  }

  /**
   * {@code ncclCommGrow} on a rank that is in it already, waiting for all others; with {@link
   * org.ccl4j.api.Capability#GROW}. New ranks call {@link Backend#connectGrown}. This communicator
   * stays and is closed by its owner.
   *
   * @param size the number of ranks after it, more than now
   * @param id on the rank that made it with {@link #newGrowthId}, and null elsewhere
   * @param terms name, tuning and bound
   * @return the new communicator and its place; {@link StatusCode#NOT_READY} when not all ranks
   *     came in time
   */
  default Result<Child> grow(int size, byte @Nullable [] id, Terms terms) {
    return Result.failed(StatusCode.UNSUPPORTED);
  }

  /**
   * {@code ncclCommRevoke}: ends the operations in flight on this rank; with {@link
   * org.ccl4j.api.Capability#REVOKE}. Afterwards only shrink, split, abort and destroy are called;
   * finish is not. May be called from any thread.
   *
   * @return the status
   */
  default int revoke() {
    return StatusCode.UNSUPPORTED;
  }

  /**
   * {@code ncclCommSuspend} of device memory; with {@link org.ccl4j.api.Capability#SUSPEND}. No
   * operation is in flight and none follows until {@link #resume}. All ranks call; waits for them.
   *
   * @param timeoutNanos how long all ranks together may take
   * @return the status; {@link StatusCode#NOT_READY} when not all came in time
   */
  default int suspend(long timeoutNanos) {
    return StatusCode.UNSUPPORTED;
  }

  /**
   * {@code ncclCommResume}; with {@link org.ccl4j.api.Capability#SUSPEND}. All ranks call; waits
   * for them.
   *
   * @param timeoutNanos how long all ranks together may take
   * @return the status; {@link StatusCode#NOT_READY} when not all came in time
   */
  default int resume(long timeoutNanos) {
    return StatusCode.UNSUPPORTED;
  }

  /**
   * {@code ncclCommMemStats}; with {@link org.ccl4j.api.Capability#MEMORY_STATISTICS}.
   *
   * @param statistic which number
   * @return bytes, or 0 or 1 for {@link MemoryStatistic#SUSPENDED}
   */
  default Result<Long> memoryStatistic(MemoryStatistic statistic) {
    return Result.failed(StatusCode.UNSUPPORTED);
  }

  /**
   * {@code ncclCommRegister}; with {@link org.ccl4j.api.Capability#REGISTER}.
   *
   * @param address device address
   * @param bytes greater than 0
   * @return a handle; 0 is a handle like any other
   */
  default Result<Long> register(long address, long bytes) {
    return Result.failed(StatusCode.UNSUPPORTED);
  }

  /**
   * {@code ncclCommDeregister}; also between {@link #finish} and {@link #destroy}.
   *
   * @param handle what {@link #register} gave
   * @return the status
   */
  default int deregister(long handle) {
    return StatusCode.UNSUPPORTED;
  }

  /**
   * {@code ncclCommWindowRegister}, waiting for the other ranks; with {@link
   * org.ccl4j.api.Capability#WINDOWS}.
   *
   * @param address device address, aligned to 4096 bytes; memory of {@link Backend#allocate}
   * @param bytes greater than 0; the same on all ranks
   * @param options what is asked of it
   * @param timeoutNanos how long to wait for the other ranks
   * @return the window; {@link StatusCode#NOT_READY} when not all ranks came in time
   */
  default Result<Long> registerWindow(
      long address, long bytes, Set<WindowOption> options, long timeoutNanos) {
    return Result.failed(StatusCode.UNSUPPORTED);
  }

  /**
   * {@code ncclCommWindowDeregister}; local, also between {@link #finish} and {@link #destroy}.
   *
   * @param window what {@link #registerWindow} gave
   * @return the status
   */
  default int deregisterWindow(long window) {
    return StatusCode.UNSUPPORTED;
  }

  /**
   * The signals that the three calls below take. The core refuses all others.
   *
   * @return always the same; of no meaning without {@link org.ccl4j.api.Capability#ONE_SIDED}
   */
  default Signals signals() {
    return Signals.FIRST_ALONE;
  }

  /**
   * {@code ncclPutSignal}: writes into a peer's window and then raises its signal by one; with
   * {@link org.ccl4j.api.Capability#ONE_SIDED}. Hot.
   *
   * @param address of count elements, in memory of a symmetric window of this communicator
   * @param count elements
   * @param type element type
   * @param peer rank
   * @param window what {@link #registerWindow} gave here, symmetric; stands for the peer's one of
   *     that call
   * @param offset bytes into the peer's window
   * @param signal which of the peer's signals, one of {@link #signals()}
   * @param context which context
   * @param stream handle
   * @return the status
   */
  default int putSignal(
      long address,
      long count,
      DataType type,
      int peer,
      long window,
      long offset,
      int signal,
      int context,
      long stream) {
    return StatusCode.UNSUPPORTED;
  }

  /**
   * {@code ncclSignal}: raises a peer's signal by one; with {@link
   * org.ccl4j.api.Capability#ONE_SIDED}. Hot.
   *
   * @param peer rank
   * @param signal which of the peer's signals, one of {@link #signals()}
   * @param context which context
   * @param stream handle
   * @return the status
   */
  default int signal(int peer, int signal, int context, long stream) {
    return StatusCode.UNSUPPORTED;
  }

  /**
   * {@code ncclWaitSignal}: the stream goes on when each peer has raised this rank's signal as many
   * times, and takes that from the signal; with {@link org.ccl4j.api.Capability#ONE_SIDED}.
   *
   * @param peers ranks, each once; changed by nobody any more
   * @param times for each of them, greater than 0; changed by nobody any more
   * @param signal which of this rank's signals, one of {@link #signals()}
   * @param context which context
   * @param stream handle
   * @return the status
   */
  default int waitSignal(int[] peers, int[] times, int signal, int context, long stream) {
    return StatusCode.UNSUPPORTED;
  }

  /**
   * Whether something failed after a call had returned ({@code ncclCommGetAsyncError}). Cheap
   * enough to be asked after every wait. May be called from any thread and at any time: beside
   * other calls, while another thread destroys or aborts the communicator, and after that, when the
   * answer means nothing but must not touch what is gone. Hot.
   *
   * @return OK while all is well
   */
  int asyncError();

  /**
   * What the library knows about this communicator's failure ({@code ncclGetLastError}).
   *
   * @return text for a person; empty when it said nothing
   */
  String lastError();

  /**
   * Waits until every operation of this rank has completed ({@code ncclCommFinalize}). No operation
   * follows.
   *
   * @param timeoutNanos how long to wait
   * @return the status; {@link StatusCode#NOT_READY} when operations are left
   */
  int finish(long timeoutNanos);

  /**
   * Gives the communicator back after {@link #finish} ({@code ncclCommDestroy}).
   *
   * @return the status
   */
  int destroy();

  /**
   * Ends the communicator at once and gives it back ({@code ncclCommAbort}): its operations in
   * flight, also those that wait for other ranks, end soon, so that streams drain. May be called
   * from any thread, beside a call that waits.
   *
   * @return the status
   */
  int abort();

  /**
   * A communicator that came from another one.
   *
   * @param communicator the new communicator
   * @param rank this rank in it
   * @param size the number of its ranks
   */
  record Child(BackendCommunicator communicator, int rank, int size) {}
}
