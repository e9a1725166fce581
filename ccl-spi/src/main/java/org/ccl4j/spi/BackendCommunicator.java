package org.ccl4j.spi;

import java.nio.ByteBuffer;
import org.ccl4j.api.DataType;

/**
 * One rank's communicator. Semantics, in-place rules and counts are those of {@link
 * org.ccl4j.api.Communicator}; addresses are device addresses, counts are elements, and {@code op}
 * is 0 to 4 for sum, prod, max, min, avg or a number that {@link #createPreMulSum} gave.
 *
 * <p>An address may be 0 where the rank does not use it (the receive side of a reduce away from its
 * root, for example) or where the count is 0.
 */
public interface BackendCommunicator {

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
   * @param name for messages
   * @param timeoutNanos how long to wait for the other ranks
   * @return the new communicator and its place; OK without a value for colour -1; {@link
   *     StatusCode#NOT_READY} when not all ranks came in time
   */
  default Result<Split> split(int color, int key, String name, long timeoutNanos) {
    return Result.failed(StatusCode.UNSUPPORTED);
  }

  /**
   * Whether something failed after a call had returned ({@code ncclCommGetAsyncError}). Cheap
   * enough to be asked after every wait. May be called from any thread, beside other calls. Hot.
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
   * A communicator that came from a split.
   *
   * @param communicator the new communicator
   * @param rank this rank in it
   * @param size the number of its ranks
   */
  record Split(BackendCommunicator communicator, int rank, int size) {}
}
