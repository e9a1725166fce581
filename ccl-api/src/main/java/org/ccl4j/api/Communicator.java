package org.ccl4j.api;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * This rank's place among ranks that run collectives together ({@code ncclComm_t}).
 *
 * <p>Operations are enqueued on a stream and return; results are there once the stream has passed
 * them. All ranks of a collective must call it, in the same order, with the same count, type,
 * operator and root.
 *
 * <p><b>Arguments</b> are checked on the calling rank before anything is launched; what is found is
 * a {@link CclUsageException}, and the communicator is as usable as before:
 *
 * <ul>
 *   <li>{@link ErrorCode#NULL_ARGUMENT} where null is not allowed; {@link ErrorCode#CLOSED} for a
 *       closed buffer, stream, operator or communicator; {@link ErrorCode#FOREIGN_OBJECT} for one
 *       of another {@link Ccl};
 *   <li>{@link ErrorCode#OUT_OF_RANGE} for a negative or overflowing count and for a root or peer
 *       that is no rank;
 *   <li>{@link ErrorCode#BUFFER_TOO_SMALL} where a buffer holds fewer elements than are read or
 *       written; {@link ErrorCode#TYPE_MISMATCH} where two buffers differ in type; {@link
 *       ErrorCode#WRONG_DEVICE} where one is on another device;
 *   <li>{@link ErrorCode#ILLEGAL_OVERLAP} where send and receive ranges share memory in any way but
 *       the operation's in-place form;
 *   <li>{@link ErrorCode#INVALID_OPERATOR} for a {@link PreMulSum} of another communicator or type;
 *       {@link ErrorCode#UNSUPPORTED} where the library cannot do it;
 *   <li>{@link ErrorCode#CONCURRENT_USE} when another thread is inside a call on this communicator
 *       at this moment. Hand it from thread to thread, but never use it from two at once.
 * </ul>
 *
 * <p>A count of zero is allowed everywhere and does nothing; all ranks must agree on it.
 *
 * <p><b>Failures</b> after that (a library error, a rank that left, a passed deadline) make the
 * communicator useless: the first one is kept, see {@link #failure()}, and every later call fails
 * with {@link ErrorCode#COMMUNICATOR_FAILED} and the first one as its cause.
 */
public interface Communicator extends AutoCloseable {
  /** The colour of ranks that {@link #split(int, int)} leaves out ({@code NCCL_SPLIT_NOCOLOR}). */
  int NO_COLOR = -1;

  /**
   * This rank ({@code ncclCommUserRank}).
   *
   * @return 0 to size - 1
   */
  int rank();

  /**
   * The number of ranks ({@code ncclCommCount}).
   *
   * @return 1 or more
   */
  int size();

  /**
   * The device of this rank ({@code ncclCommCuDevice}).
   *
   * @return the handle that was given when connecting
   */
  Device device();

  /**
   * The name in messages and reports.
   *
   * @return never empty
   */
  String name();

  /**
   * The native handle ({@code ncclComm_t}).
   *
   * @return the handle
   */
  long handle();

  /**
   * The communicator's own stream, for a caller who has none: an ordinary stream of its device,
   * with normal priority, opened at the first call. There is no C counterpart. Local; may be called
   * by any thread, also beside a call on this communicator, inside a group or during a capture, and
   * as long as the communicator is not closed: after a failure or {@link #revoke()} and while it is
   * suspended, too.
   *
   * <p>Nothing is enqueued on it but what callers pass it to. It closes with this communicator, by
   * {@link #close()} and {@link #abort()} alike, once the communicator's operations have ended;
   * closing it alone does nothing. Each child has another one.
   *
   * @return the same object at every call
   * @throws CclUsageException {@link ErrorCode#CLOSED} once the communicator is closed or aborted
   * @throws CclLibraryException when the device gives no stream; the communicator is as usable as
   *     before, and the next call tries again
   */
  Stream stream();

  /**
   * Combines the elements of all ranks and gives every rank the result ({@code ncclAllReduce}).
   * <b>All ranks must call.</b>
   *
   * <p>{@code recv[i] = op over ranks r of send(r)[i]}. In place: {@code send} and {@code recv}
   * start at the same address.
   *
   * @param send the elements of this rank
   * @param recv takes the result; same type, at least as long
   * @param op a built-in operator, or a {@link PreMulSum} of this communicator and the buffers'
   *     type
   * @param stream a stream of this communicator's device
   * @throws CclUsageException for every wrong argument, before anything is launched: see the class
   *     comment
   */
  default void allReduce(DeviceBuffer send, DeviceBuffer recv, ReduceOp op, Stream stream) {
    allReduce(
        send, recv, Required.nonNull("send", send).count(), op, stream, CollectiveOptions.DEFAULT);
  }

  /**
   * As {@link #allReduce(DeviceBuffer, DeviceBuffer, ReduceOp, Stream)}, for an explicit number of
   * elements and with options.
   *
   * @param send the elements of this rank
   * @param recv takes the result; same type, at least as long
   * @param count the number of elements, the same on all ranks; 0 or more
   * @param op a built-in operator, or a {@link PreMulSum} of this communicator and the buffers'
   *     type
   * @param stream a stream of this communicator's device
   * @param options deadline and label
   * @throws CclUsageException for every wrong argument, before anything is launched: see the class
   *     comment
   */
  void allReduce(
      DeviceBuffer send,
      DeviceBuffer recv,
      long count,
      ReduceOp op,
      Stream stream,
      CollectiveOptions options);

  /**
   * As {@link #allReduce(DeviceBuffer, DeviceBuffer, ReduceOp, Stream)}, and combines the result
   * with a bias, element by element, in the same pass ({@code ncclAllReduceWithBias}, which AMD's
   * library alone has). <b>All ranks must call</b>, with the same values in the bias. With {@link
   * Capability#ALL_REDUCE_BIAS}, on two ranks or more.
   *
   * <p>{@code recv[i] = (op over ranks r of send(r)[i]) op bias[i]}: the bias takes part once,
   * however many ranks there are. For {@code AVG} and {@link PreMulSum} it is added, after the
   * division and without a scalar. The reduction is rounded to the type, and so is what the bias
   * makes of it. In place: {@code send} and {@code recv} start at the same address. The bias is
   * only read and may be the send buffer, but shares no memory with {@code recv}.
   *
   * <p>Ranks whose bias differs from that of the others get results that are not defined: a library
   * is free to apply one rank's bias for all of them. Nothing else can stand in for the operation,
   * since no library adds two buffers of one rank: where it is missing, use {@code allReduce} and a
   * kernel of your own.
   *
   * @param send the elements of this rank
   * @param recv takes the result; same type, at least as long
   * @param bias what the result is combined with; same type, at least as long as {@code send}
   * @param op a built-in operator, or a {@link PreMulSum} of this communicator and the buffers'
   *     type
   * @param stream a stream of this communicator's device
   * @throws CclUsageException for every wrong argument, before anything is launched: see the class
   *     comment; {@link ErrorCode#UNSUPPORTED} where the library lacks it, and on a single rank,
   *     where some versions leave the bias out
   */
  default void allReduceWithBias(
      DeviceBuffer send, DeviceBuffer recv, DeviceBuffer bias, ReduceOp op, Stream stream) {
    allReduceWithBias(
        send,
        recv,
        bias,
        Required.nonNull("send", send).count(),
        op,
        stream,
        CollectiveOptions.DEFAULT);
  }

  /**
   * As {@link #allReduceWithBias(DeviceBuffer, DeviceBuffer, DeviceBuffer, ReduceOp, Stream)}, for
   * an explicit number of elements and with options.
   *
   * @param send the elements of this rank
   * @param recv takes the result; same type, at least as long
   * @param bias what the result is combined with; same type, at least count elements
   * @param count the number of elements, the same on all ranks; 0 or more
   * @param op a built-in operator, or a {@link PreMulSum} of this communicator and the buffers'
   *     type
   * @param stream a stream of this communicator's device
   * @param options deadline and label
   * @throws CclUsageException for every wrong argument, before anything is launched: see the class
   *     comment; {@link ErrorCode#UNSUPPORTED} where the library lacks it, and on a single rank,
   *     where some versions leave the bias out
   */
  void allReduceWithBias(
      DeviceBuffer send,
      DeviceBuffer recv,
      DeviceBuffer bias,
      long count,
      ReduceOp op,
      Stream stream,
      CollectiveOptions options);

  /**
   * Gives every rank the elements of the root ({@code ncclBroadcast}). <b>All ranks must call.</b>
   *
   * <p>{@code recv[i] = send(root)[i]}, on the root as well. In place on the root: {@code send} and
   * {@code recv} start at the same address.
   *
   * @param send the elements, read on the root; elsewhere ignored and may be null
   * @param recv takes the elements; same type
   * @param root the rank that has the elements, 0 to size - 1, the same on all ranks
   * @param stream a stream of this communicator's device
   * @throws CclUsageException for every wrong argument, before anything is launched: see the class
   *     comment
   */
  default void broadcast(@Nullable DeviceBuffer send, DeviceBuffer recv, int root, Stream stream) {
    broadcast(
        send,
        recv,
        Required.nonNull("recv", recv).count(),
        root,
        stream,
        CollectiveOptions.DEFAULT);
  }

  /**
   * As {@link #broadcast(DeviceBuffer, DeviceBuffer, int, Stream)}, for an explicit number of
   * elements and with options.
   *
   * @param send the elements, read on the root; elsewhere ignored and may be null
   * @param recv takes the elements; same type
   * @param count the number of elements, the same on all ranks; 0 or more
   * @param root the rank that has the elements, 0 to size - 1, the same on all ranks
   * @param stream a stream of this communicator's device
   * @param options deadline and label
   * @throws CclUsageException for every wrong argument, before anything is launched: see the class
   *     comment
   */
  void broadcast(
      @Nullable DeviceBuffer send,
      DeviceBuffer recv,
      long count,
      int root,
      Stream stream,
      CollectiveOptions options);

  /**
   * Combines the elements of all ranks and gives the root the result ({@code ncclReduce}). <b>All
   * ranks must call.</b>
   *
   * <p>On the root {@code recv[i] = op over ranks r of send(r)[i]}; elsewhere nothing is written.
   * In place on the root: {@code send} and {@code recv} start at the same address.
   *
   * @param send the elements of this rank
   * @param recv takes the result on the root; elsewhere ignored and may be null
   * @param op a built-in operator, or a {@link PreMulSum} of this communicator and the buffers'
   *     type
   * @param root the rank that gets the result, 0 to size - 1, the same on all ranks
   * @param stream a stream of this communicator's device
   * @throws CclUsageException for every wrong argument, before anything is launched: see the class
   *     comment
   */
  default void reduce(
      DeviceBuffer send, @Nullable DeviceBuffer recv, ReduceOp op, int root, Stream stream) {
    reduce(
        send,
        recv,
        Required.nonNull("send", send).count(),
        op,
        root,
        stream,
        CollectiveOptions.DEFAULT);
  }

  /**
   * As {@link #reduce(DeviceBuffer, DeviceBuffer, ReduceOp, int, Stream)}, for an explicit number
   * of elements and with options.
   *
   * @param send the elements of this rank
   * @param recv takes the result on the root; elsewhere ignored and may be null
   * @param count the number of elements, the same on all ranks; 0 or more
   * @param op a built-in operator, or a {@link PreMulSum} of this communicator and the buffers'
   *     type
   * @param root the rank that gets the result, 0 to size - 1, the same on all ranks
   * @param stream a stream of this communicator's device
   * @param options deadline and label
   * @throws CclUsageException for every wrong argument, before anything is launched: see the class
   *     comment
   */
  void reduce(
      DeviceBuffer send,
      @Nullable DeviceBuffer recv,
      long count,
      ReduceOp op,
      int root,
      Stream stream,
      CollectiveOptions options);

  /**
   * Gives every rank the elements of all ranks, one after the other ({@code ncclAllGather}). <b>All
   * ranks must call.</b>
   *
   * <p>{@code recv[r * count + i] = send(r)[i]}. In place: {@code send} starts where {@code recv}
   * has this rank's part, at {@code rank * count}.
   *
   * @param send the elements of this rank
   * @param recv takes size * count elements; same type
   * @param stream a stream of this communicator's device
   * @throws CclUsageException for every wrong argument, before anything is launched: see the class
   *     comment
   */
  default void allGather(DeviceBuffer send, DeviceBuffer recv, Stream stream) {
    allGather(
        send, recv, Required.nonNull("send", send).count(), stream, CollectiveOptions.DEFAULT);
  }

  /**
   * As {@link #allGather(DeviceBuffer, DeviceBuffer, Stream)}, for an explicit number of elements
   * and with options.
   *
   * @param send the elements of this rank
   * @param recv takes size * count elements; same type
   * @param count the number of elements of one rank, the same on all; 0 or more
   * @param stream a stream of this communicator's device
   * @param options deadline and label
   * @throws CclUsageException for every wrong argument, before anything is launched: see the class
   *     comment
   */
  void allGather(
      DeviceBuffer send, DeviceBuffer recv, long count, Stream stream, CollectiveOptions options);

  /**
   * Combines the elements of all ranks and gives each rank its part of the result ({@code
   * ncclReduceScatter}). <b>All ranks must call.</b>
   *
   * <p>{@code recv[i] = op over ranks r of send(r)[rank * count + i]}. In place: {@code recv}
   * starts where {@code send} has this rank's part, at {@code rank * count}.
   *
   * @param send size * count elements of this rank
   * @param recv takes count elements; same type
   * @param op a built-in operator, or a {@link PreMulSum} of this communicator and the buffers'
   *     type
   * @param stream a stream of this communicator's device
   * @throws CclUsageException for every wrong argument, before anything is launched: see the class
   *     comment
   */
  default void reduceScatter(DeviceBuffer send, DeviceBuffer recv, ReduceOp op, Stream stream) {
    reduceScatter(
        send, recv, Required.nonNull("recv", recv).count(), op, stream, CollectiveOptions.DEFAULT);
  }

  /**
   * As {@link #reduceScatter(DeviceBuffer, DeviceBuffer, ReduceOp, Stream)}, for an explicit number
   * of elements and with options.
   *
   * @param send size * count elements of this rank
   * @param recv takes count elements; same type
   * @param count the number of elements that one rank gets, the same on all; 0 or more
   * @param op a built-in operator, or a {@link PreMulSum} of this communicator and the buffers'
   *     type
   * @param stream a stream of this communicator's device
   * @param options deadline and label
   * @throws CclUsageException for every wrong argument, before anything is launched: see the class
   *     comment
   */
  void reduceScatter(
      DeviceBuffer send,
      DeviceBuffer recv,
      long count,
      ReduceOp op,
      Stream stream,
      CollectiveOptions options);

  /**
   * Gives each rank its part of the elements of every rank ({@code ncclAlltoAll}; composed of
   * grouped sends and receives where the library lacks it). <b>All ranks must call.</b>
   *
   * <p>{@code recv[r * count + i] = send(r)[rank * count + i]}. There is no in-place form. In the
   * short form {@code count} is the length of {@code send} divided by the size of the communicator,
   * which must be a whole number.
   *
   * @param send size * count elements of this rank
   * @param recv takes size * count elements; same type
   * @param stream a stream of this communicator's device
   * @throws CclUsageException for every wrong argument, before anything is launched: see the class
   *     comment
   */
  void allToAll(DeviceBuffer send, DeviceBuffer recv, Stream stream);

  /**
   * As {@link #allToAll(DeviceBuffer, DeviceBuffer, Stream)}, for an explicit number of elements
   * and with options.
   *
   * @param send size * count elements of this rank
   * @param recv takes size * count elements; same type
   * @param count the number of elements for one rank, the same on all; 0 or more
   * @param stream a stream of this communicator's device
   * @param options deadline and label
   * @throws CclUsageException for every wrong argument, before anything is launched: see the class
   *     comment
   */
  void allToAll(
      DeviceBuffer send, DeviceBuffer recv, long count, Stream stream, CollectiveOptions options);

  /**
   * Gives the root the elements of all ranks, one after the other ({@code ncclGather}; composed of
   * grouped sends and receives where the library lacks it). <b>All ranks must call.</b>
   *
   * <p>On the root {@code recv[r * count + i] = send(r)[i]}; elsewhere nothing is written. In place
   * on the root: {@code send} starts where {@code recv} has the root's part, at {@code root *
   * count}.
   *
   * @param send the elements of this rank
   * @param recv takes size * count elements on the root; elsewhere ignored and may be null
   * @param root the rank that gets the elements, 0 to size - 1, the same on all ranks
   * @param stream a stream of this communicator's device
   * @throws CclUsageException for every wrong argument, before anything is launched: see the class
   *     comment
   */
  default void gather(DeviceBuffer send, @Nullable DeviceBuffer recv, int root, Stream stream) {
    gather(
        send,
        recv,
        Required.nonNull("send", send).count(),
        root,
        stream,
        CollectiveOptions.DEFAULT);
  }

  /**
   * As {@link #gather(DeviceBuffer, DeviceBuffer, int, Stream)}, for an explicit number of elements
   * and with options.
   *
   * @param send the elements of this rank
   * @param recv takes size * count elements on the root; elsewhere ignored and may be null
   * @param count the number of elements of one rank, the same on all; 0 or more
   * @param root the rank that gets the elements, 0 to size - 1, the same on all ranks
   * @param stream a stream of this communicator's device
   * @param options deadline and label
   * @throws CclUsageException for every wrong argument, before anything is launched: see the class
   *     comment
   */
  void gather(
      DeviceBuffer send,
      @Nullable DeviceBuffer recv,
      long count,
      int root,
      Stream stream,
      CollectiveOptions options);

  /**
   * Gives each rank its part of the elements of the root ({@code ncclScatter}; composed of grouped
   * sends and receives where the library lacks it). <b>All ranks must call.</b>
   *
   * <p>{@code recv[i] = send(root)[rank * count + i]}. In place on the root: {@code recv} starts
   * where {@code send} has the root's part, at {@code root * count}.
   *
   * @param send size * count elements, read on the root; elsewhere ignored and may be null
   * @param recv takes count elements; same type
   * @param root the rank that has the elements, 0 to size - 1, the same on all ranks
   * @param stream a stream of this communicator's device
   * @throws CclUsageException for every wrong argument, before anything is launched: see the class
   *     comment
   */
  default void scatter(@Nullable DeviceBuffer send, DeviceBuffer recv, int root, Stream stream) {
    scatter(
        send,
        recv,
        Required.nonNull("recv", recv).count(),
        root,
        stream,
        CollectiveOptions.DEFAULT);
  }

  /**
   * As {@link #scatter(DeviceBuffer, DeviceBuffer, int, Stream)}, for an explicit number of
   * elements and with options.
   *
   * @param send size * count elements, read on the root; elsewhere ignored and may be null
   * @param recv takes count elements; same type
   * @param count the number of elements that one rank gets, the same on all; 0 or more
   * @param root the rank that has the elements, 0 to size - 1, the same on all ranks
   * @param stream a stream of this communicator's device
   * @param options deadline and label
   * @throws CclUsageException for every wrong argument, before anything is launched: see the class
   *     comment
   */
  void scatter(
      @Nullable DeviceBuffer send,
      DeviceBuffer recv,
      long count,
      int root,
      Stream stream,
      CollectiveOptions options);

  /**
   * Sends elements to one rank ({@code ncclSend}). <b>The peer must call {@link #recv(DeviceBuffer,
   * int, Stream) recv}</b> with the same count and type; the k-th send to a peer meets the peer's
   * k-th receive from this rank. Sends and receives that wait for each other belong into one
   * {@linkplain #group(Runnable) group}. A rank may send to itself inside a group.
   *
   * @param buffer the elements
   * @param peer the rank to send to, 0 to size - 1
   * @param stream a stream of this communicator's device
   * @throws CclUsageException for every wrong argument, before anything is launched: see the class
   *     comment
   */
  default void send(DeviceBuffer buffer, int peer, Stream stream) {
    send(
        buffer,
        Required.nonNull("buffer", buffer).count(),
        peer,
        stream,
        CollectiveOptions.DEFAULT);
  }

  /**
   * As {@link #send(DeviceBuffer, int, Stream)}, for an explicit number of elements and with
   * options.
   *
   * @param buffer the elements
   * @param count the number of elements; 0 or more, the same on both sides
   * @param peer the rank to send to, 0 to size - 1
   * @param stream a stream of this communicator's device
   * @param options deadline and label
   * @throws CclUsageException for every wrong argument, before anything is launched: see the class
   *     comment
   */
  void send(DeviceBuffer buffer, long count, int peer, Stream stream, CollectiveOptions options);

  /**
   * Receives elements from one rank ({@code ncclRecv}). <b>The peer must call {@link
   * #send(DeviceBuffer, int, Stream) send}</b> with the same count and type.
   *
   * @param buffer takes the elements
   * @param peer the rank to receive from, 0 to size - 1
   * @param stream a stream of this communicator's device
   * @throws CclUsageException for every wrong argument, before anything is launched: see the class
   *     comment
   */
  default void recv(DeviceBuffer buffer, int peer, Stream stream) {
    recv(
        buffer,
        Required.nonNull("buffer", buffer).count(),
        peer,
        stream,
        CollectiveOptions.DEFAULT);
  }

  /**
   * As {@link #recv(DeviceBuffer, int, Stream)}, for an explicit number of elements and with
   * options.
   *
   * @param buffer takes the elements
   * @param count the number of elements; 0 or more, the same on both sides
   * @param peer the rank to receive from, 0 to size - 1
   * @param stream a stream of this communicator's device
   * @param options deadline and label
   * @throws CclUsageException for every wrong argument, before anything is launched: see the class
   *     comment
   */
  void recv(DeviceBuffer buffer, long count, int peer, Stream stream, CollectiveOptions options);

  /**
   * Gives each rank its part, of any length, of the elements of every rank. <b>All ranks must
   * call</b>; what rank a sends to rank b must be as long as what b expects from a, zero included.
   * One native call where the library has it ({@code ncclAllToAllv} of AMD's), else composed of
   * grouped sends and receives. There is no in-place form.
   *
   * <p>In this form the parts lie one after the other, without gaps.
   *
   * @param send the parts for each rank
   * @param sendCounts for each rank the number of elements, 0 or more; size entries
   * @param recv takes the part of each rank; same type
   * @param recvCounts for each rank the number of elements, 0 or more; size entries
   * @param stream a stream of this communicator's device
   * @throws CclUsageException for every wrong argument, before anything is launched: see the class
   *     comment
   */
  default void allToAllV(
      DeviceBuffer send, long[] sendCounts, DeviceBuffer recv, long[] recvCounts, Stream stream) {
    allToAllV(
        send,
        sendCounts,
        Packed.offsets("sendCounts", sendCounts),
        recv,
        recvCounts,
        Packed.offsets("recvCounts", recvCounts),
        stream,
        CollectiveOptions.DEFAULT);
  }

  /**
   * As {@link #allToAllV(DeviceBuffer, long[], DeviceBuffer, long[], Stream)}, with parts at given
   * offsets and with options. Parts that are written must not overlap each other.
   *
   * @param send the parts for each rank
   * @param sendCounts for each rank the number of elements, 0 or more; size entries
   * @param sendOffsets for each rank the offset, in elements, of its part; size entries
   * @param recv takes the part of each rank; same type
   * @param recvCounts for each rank the number of elements, 0 or more; size entries
   * @param recvOffsets for each rank the offset, in elements, of its part; size entries
   * @param stream a stream of this communicator's device
   * @param options deadline and label
   * @throws CclUsageException for every wrong argument, before anything is launched: see the class
   *     comment
   */
  void allToAllV(
      DeviceBuffer send,
      long[] sendCounts,
      long[] sendOffsets,
      DeviceBuffer recv,
      long[] recvCounts,
      long[] recvOffsets,
      Stream stream,
      CollectiveOptions options);

  /**
   * Gives every rank the elements of all ranks, whose numbers may differ. <b>All ranks must
   * call</b> with the same counts. Composed of grouped broadcasts, one for each rank. In place:
   * {@code send} starts where {@code recv} has this rank's part.
   *
   * <p>In this form the parts lie one after the other, without gaps.
   *
   * @param send the counts[rank] elements of this rank
   * @param recv takes the parts of all ranks; same type
   * @param counts for each rank the number of elements, 0 or more; size entries, the same on all
   *     ranks
   * @param stream a stream of this communicator's device
   * @throws CclUsageException for every wrong argument, before anything is launched: see the class
   *     comment
   */
  default void allGatherV(DeviceBuffer send, DeviceBuffer recv, long[] counts, Stream stream) {
    allGatherV(
        send, recv, counts, Packed.offsets("counts", counts), stream, CollectiveOptions.DEFAULT);
  }

  /**
   * As {@link #allGatherV(DeviceBuffer, DeviceBuffer, long[], Stream)}, with parts at given offsets
   * and with options. Parts that are written must not overlap each other.
   *
   * @param send the counts[rank] elements of this rank
   * @param recv takes the parts of all ranks; same type
   * @param counts for each rank the number of elements, 0 or more; size entries, the same on all
   *     ranks
   * @param offsets for each rank the offset, in elements, of its part; size entries
   * @param stream a stream of this communicator's device
   * @param options deadline and label
   * @throws CclUsageException for every wrong argument, before anything is launched: see the class
   *     comment
   */
  void allGatherV(
      DeviceBuffer send,
      DeviceBuffer recv,
      long[] counts,
      long[] offsets,
      Stream stream,
      CollectiveOptions options);

  /**
   * Combines the elements of all ranks and gives each rank its part, of any length, of the result.
   * <b>All ranks must call</b> with the same counts. Composed of grouped reductions, one for each
   * rank. In place: {@code recv} starts where {@code send} has this rank's part.
   *
   * <p>In this form the parts lie one after the other, without gaps.
   *
   * @param send the parts for all ranks
   * @param counts for each rank the number of elements, 0 or more; size entries, the same on all
   *     ranks
   * @param recv takes counts[rank] elements; same type
   * @param op a built-in operator, or a {@link PreMulSum} of this communicator and the buffers'
   *     type
   * @param stream a stream of this communicator's device
   * @throws CclUsageException for every wrong argument, before anything is launched: see the class
   *     comment
   */
  default void reduceScatterV(
      DeviceBuffer send, long[] counts, DeviceBuffer recv, ReduceOp op, Stream stream) {
    reduceScatterV(
        send,
        counts,
        Packed.offsets("counts", counts),
        recv,
        op,
        stream,
        CollectiveOptions.DEFAULT);
  }

  /**
   * As {@link #reduceScatterV(DeviceBuffer, long[], DeviceBuffer, ReduceOp, Stream)}, with parts at
   * given offsets and with options. Parts that are written must not overlap each other.
   *
   * @param send the parts for all ranks
   * @param counts for each rank the number of elements, 0 or more; size entries, the same on all
   *     ranks
   * @param offsets for each rank the offset, in elements, of its part; size entries
   * @param recv takes counts[rank] elements; same type
   * @param op a built-in operator, or a {@link PreMulSum} of this communicator and the buffers'
   *     type
   * @param stream a stream of this communicator's device
   * @param options deadline and label
   * @throws CclUsageException for every wrong argument, before anything is launched: see the class
   *     comment
   */
  void reduceScatterV(
      DeviceBuffer send,
      long[] counts,
      long[] offsets,
      DeviceBuffer recv,
      ReduceOp op,
      Stream stream,
      CollectiveOptions options);

  /**
   * Gives the root the elements of all ranks, whose numbers may differ. <b>All ranks must call</b>
   * with the same counts. Composed of grouped sends and receives. In place on the root: {@code
   * send} starts where {@code recv} has the root's part.
   *
   * <p>In this form the parts lie one after the other, without gaps.
   *
   * @param send the counts[rank] elements of this rank
   * @param recv takes the parts of all ranks on the root; elsewhere ignored and may be null
   * @param counts for each rank the number of elements, 0 or more; size entries, the same on all
   *     ranks
   * @param root the rank that gets the elements, 0 to size - 1, the same on all ranks
   * @param stream a stream of this communicator's device
   * @throws CclUsageException for every wrong argument, before anything is launched: see the class
   *     comment
   */
  default void gatherV(
      DeviceBuffer send, @Nullable DeviceBuffer recv, long[] counts, int root, Stream stream) {
    gatherV(
        send,
        recv,
        counts,
        Packed.offsets("counts", counts),
        root,
        stream,
        CollectiveOptions.DEFAULT);
  }

  /**
   * As {@link #gatherV(DeviceBuffer, DeviceBuffer, long[], int, Stream)}, with parts at given
   * offsets and with options. Parts that are written must not overlap each other.
   *
   * @param send the counts[rank] elements of this rank
   * @param recv takes the parts of all ranks on the root; elsewhere ignored and may be null
   * @param counts for each rank the number of elements, 0 or more; size entries, the same on all
   *     ranks
   * @param offsets for each rank the offset, in elements, of its part; size entries
   * @param root the rank that gets the elements, 0 to size - 1, the same on all ranks
   * @param stream a stream of this communicator's device
   * @param options deadline and label
   * @throws CclUsageException for every wrong argument, before anything is launched: see the class
   *     comment
   */
  void gatherV(
      DeviceBuffer send,
      @Nullable DeviceBuffer recv,
      long[] counts,
      long[] offsets,
      int root,
      Stream stream,
      CollectiveOptions options);

  /**
   * Gives each rank its part, of any length, of the elements of the root. <b>All ranks must
   * call</b> with the same counts. Composed of grouped sends and receives. In place on the root:
   * {@code recv} starts where {@code send} has the root's part.
   *
   * <p>In this form the parts lie one after the other, without gaps.
   *
   * @param send the parts for all ranks, read on the root; elsewhere ignored and may be null
   * @param counts for each rank the number of elements, 0 or more; size entries, the same on all
   *     ranks
   * @param recv takes counts[rank] elements; same type
   * @param root the rank that has the elements, 0 to size - 1, the same on all ranks
   * @param stream a stream of this communicator's device
   * @throws CclUsageException for every wrong argument, before anything is launched: see the class
   *     comment
   */
  default void scatterV(
      @Nullable DeviceBuffer send, long[] counts, DeviceBuffer recv, int root, Stream stream) {
    scatterV(
        send,
        counts,
        Packed.offsets("counts", counts),
        recv,
        root,
        stream,
        CollectiveOptions.DEFAULT);
  }

  /**
   * As {@link #scatterV(DeviceBuffer, long[], DeviceBuffer, int, Stream)}, with parts at given
   * offsets and with options. Parts that are written must not overlap each other.
   *
   * @param send the parts for all ranks, read on the root; elsewhere ignored and may be null
   * @param counts for each rank the number of elements, 0 or more; size entries, the same on all
   *     ranks
   * @param offsets for each rank the offset, in elements, of its part; size entries
   * @param recv takes counts[rank] elements; same type
   * @param root the rank that has the elements, 0 to size - 1, the same on all ranks
   * @param stream a stream of this communicator's device
   * @param options deadline and label
   * @throws CclUsageException for every wrong argument, before anything is launched: see the class
   *     comment
   */
  void scatterV(
      @Nullable DeviceBuffer send,
      long[] counts,
      long[] offsets,
      DeviceBuffer recv,
      int root,
      Stream stream,
      CollectiveOptions options);

  /**
   * Enqueues a barrier: what is enqueued on the stream after it runs once the streams of all ranks
   * have reached their barriers. <b>All ranks must call.</b> The calling thread does not wait;
   * synchronize the stream for that. Composed of an all-reduce of one element.
   *
   * @param stream a stream of this communicator's device
   * @throws CclUsageException for every wrong argument, before anything is launched: see the class
   *     comment
   */
  default void barrier(Stream stream) {
    barrier(stream, CollectiveOptions.DEFAULT);
  }

  /**
   * As {@link #barrier(Stream)}, with options.
   *
   * @param stream a stream of this communicator's device
   * @param options deadline and label
   * @throws CclUsageException for every wrong argument, before anything is launched: see the class
   *     comment
   */
  void barrier(Stream stream, CollectiveOptions options);

  /**
   * As {@link Ccl#group(Runnable)}; may use every communicator of the same {@link Ccl}, not just
   * this one.
   *
   * @param body calls operations on communicators
   */
  void group(Runnable body);

  /**
   * Makes an operator that multiplies this rank's elements by a scalar before the sum ({@code
   * ncclRedOpCreatePreMulSum}, host residence). Local; each rank may choose a scalar of its own.
   *
   * @param type the type of the elements
   * @param scalar the factor, rounded to the type; for an integer type it must be a whole number of
   *     its range
   * @return the operator; close it
   * @throws CclUsageException {@link ErrorCode#OUT_OF_RANGE} when the scalar does not fit an
   *     integer type, {@link ErrorCode#UNSUPPORTED} without {@link Capability#PRE_MUL_SUM}
   */
  PreMulSum preMulSum(DataType type, double scalar);

  /**
   * As {@link #preMulSum(DataType, double)}, with the scalar in the type's own bytes: the way for
   * 64-bit integers.
   *
   * @param type the type of the elements
   * @param scalar exactly one element from position to limit, in the byte order of the machine;
   *     direct or not
   * @return the operator; close it
   * @throws CclUsageException {@link ErrorCode#INVALID_HOST_BUFFER} when it does not hold exactly
   *     one element
   */
  PreMulSum preMulSum(DataType type, ByteBuffer scalar);

  /**
   * As {@link #preMulSum(DataType, double)}, with the scalar in device memory ({@code
   * ncclRedOpCreatePreMulSum}, device residence): it is read when an operation runs, so that work
   * enqueued before may compute it.
   *
   * @param scalar its first element is the factor and its type the type of the elements; keep it
   *     open as long as the operator
   * @return the operator; close it
   * @throws CclUsageException {@link ErrorCode#BUFFER_TOO_SMALL} when it is empty, {@link
   *     ErrorCode#WRONG_DEVICE}
   */
  PreMulSum preMulSum(DeviceBuffer scalar);

  // --- memory that the library knows ---

  /**
   * Tells the library of a buffer that many operations will use, so that it can use the memory
   * without copying it first ({@code ncclCommRegister}). Local: other ranks need not call. Results
   * are the same with and without; memory of {@link Device#allocateShareable} profits most.
   *
   * @param buffer a buffer of this communicator's device with at least one element
   * @return the registration, which closes with this communicator and with the buffer
   * @throws CclUsageException {@link ErrorCode#BUFFER_TOO_SMALL} when it is empty, {@link
   *     ErrorCode#WRONG_DEVICE}, {@link ErrorCode#UNSUPPORTED} without {@link Capability#REGISTER}
   */
  Registration register(DeviceBuffer buffer);

  /**
   * As {@link #registerWindow(DeviceBuffer, Set, Duration)}, symmetric, within the time that the
   * communicator had to connect.
   *
   * @param buffer memory of {@link Device#allocateShareable}, as long as on all other ranks
   * @return the window, which closes with this communicator and with the buffer
   * @throws CclUsageException as in the longer form
   * @throws CclTimeoutException {@link ErrorCode#OPERATION_TIMEOUT} when not all ranks came in time
   */
  Window registerWindow(DeviceBuffer buffer);

  /**
   * Makes memory of all ranks reachable for all ranks ({@code ncclCommWindowRegister}). <b>All
   * ranks must call</b>, in the same order among their registrations, with buffers of the same size
   * in bytes and the same options. Waits for the others; a thread that drives several devices gives
   * each rank a thread of its own for it. Not while a stream is captured.
   *
   * <p>When not all ranks come in time the communicator has failed and is aborted on this rank: the
   * others may be in the window or not.
   *
   * @param buffer memory of {@link Device#allocateShareable}, or {@linkplain Device#wrap wrapped}
   *     memory that the library made in another way; starts at a multiple of 4096 bytes and is as
   *     long as on all other ranks
   * @param options what is asked of the window; may be empty
   * @param timeout how long all ranks together may take, greater than zero
   * @return the window, which closes with this communicator and with the buffer
   * @throws CclUsageException {@link ErrorCode#INVALID_ARGUMENT} for memory of another kind or
   *     alignment, {@link ErrorCode#BUFFER_TOO_SMALL} when it is empty, {@link
   *     ErrorCode#WRONG_DEVICE}, {@link ErrorCode#UNSUPPORTED} without {@link Capability#WINDOWS}
   * @throws CclTimeoutException {@link ErrorCode#OPERATION_TIMEOUT} when not all ranks came in time
   */
  Window registerWindow(DeviceBuffer buffer, Set<WindowOption> options, Duration timeout);

  /**
   * Writes all elements of a buffer into a peer's memory and then raises {@link Signal#FIRST} there
   * ({@code ncclPutSignal}). The peer calls nothing for it, but {@link #waitSignal(int, int,
   * Stream)} to know when the elements are there.
   *
   * <p>What is read lies in a window as well as what is written. Until a symmetric window was
   * registered, the first put, signal or wait of this communicator may wait inside the call until
   * every rank makes one; where communicators stay nonblocking, also afterwards.
   *
   * @param source the elements, within one open symmetric window of this communicator; may be
   *     changed once the stream has passed the operation
   * @param peer the rank whose memory is written, 0 to size - 1
   * @param window a symmetric window of this communicator, which may be the source's
   * @param offset where the first element goes, in elements of the source's type from the start of
   *     the peer's memory
   * @param stream a stream of this communicator's device
   * @throws CclUsageException for every wrong argument, before anything is launched: see the longer
   *     form
   */
  default void putSignal(DeviceBuffer source, int peer, Window window, long offset, Stream stream) {
    putSignal(
        source,
        Required.nonNull("source", source).count(),
        peer,
        window,
        offset,
        Signal.FIRST,
        stream,
        CollectiveOptions.DEFAULT);
  }

  /**
   * As {@link #putSignal(DeviceBuffer, int, Window, long, Stream)}, for an explicit number of
   * elements and any of the {@link #signals()}, with options. A put makes itself seen before its
   * own signal and before those that this rank raises at that peer later on the same stream. With a
   * count of 0 the signal alone is raised.
   *
   * @param source the elements, within one open symmetric window of this communicator unless count
   *     is 0; may be changed once the stream has passed the operation
   * @param count the number of elements, 0 or more
   * @param peer the rank whose memory is written, 0 to size - 1
   * @param window a symmetric window of this communicator, which may be the source's
   * @param offset where the first element goes, in elements of the source's type from the start of
   *     the peer's memory
   * @param signal which signal is raised
   * @param stream a stream of this communicator's device
   * @param options deadline and label
   * @throws CclUsageException {@link ErrorCode#OUT_OF_RANGE} when the elements do not lie within
   *     the window, for all ranks have the same; {@link ErrorCode#CLOSED} for a closed window;
   *     {@link ErrorCode#INVALID_ARGUMENT} for a window of another communicator, for one that is
   *     not symmetric, and for a source that is in none; {@link ErrorCode#UNSUPPORTED} without
   *     {@link Capability#ONE_SIDED} and for a signal that there is not; and as in the class
   *     comment
   */
  void putSignal(
      DeviceBuffer source,
      long count,
      int peer,
      Window window,
      long offset,
      Signal signal,
      Stream stream,
      CollectiveOptions options);

  /**
   * Raises {@link Signal#FIRST} at a peer by one ({@code ncclSignal}), without any elements. As for
   * puts and waits, all ranks have registered a symmetric window before ({@link #registerWindow}).
   *
   * @param peer the rank that may wait for it, 0 to size - 1
   * @param stream a stream of this communicator's device
   * @throws CclUsageException for every wrong argument, before anything is launched: see the longer
   *     form
   */
  default void signal(int peer, Stream stream) {
    signal(peer, Signal.FIRST, stream, CollectiveOptions.DEFAULT);
  }

  /**
   * As {@link #signal(int, Stream)}, for any of the {@link #signals()} and with options.
   *
   * @param peer the rank that may wait for it, 0 to size - 1
   * @param signal which signal is raised
   * @param stream a stream of this communicator's device
   * @param options deadline and label
   * @throws CclUsageException {@link ErrorCode#ILLEGAL_STATE} while the communicator has no open
   *     symmetric window; {@link ErrorCode#UNSUPPORTED} without {@link Capability#ONE_SIDED} and
   *     for a signal that there is not; and as in the class comment
   */
  void signal(int peer, Signal signal, Stream stream, CollectiveOptions options);

  /**
   * Enqueues a wait: what follows on the stream runs once a peer has raised {@link Signal#FIRST}
   * here so many times ({@code ncclWaitSignal}). The wait uses these raises up; those beyond count
   * for the next wait. What was captured in a graph counts apart: a captured wait is for captured
   * puts and signals, any other for others.
   *
   * <p>A wait that nobody ends with a signal can be ended by a deadline or by {@link #abort()}, but
   * only where the library has {@link Capability#SIGNAL_WAIT_ABORT}.
   *
   * @param peer the rank that raises, 0 to size - 1
   * @param times how many times, 1 or more
   * @param stream a stream of this communicator's device
   * @throws CclUsageException for every wrong argument, before anything is launched: see the longer
   *     form
   */
  default void waitSignal(int peer, int times, Stream stream) {
    waitSignal(
        new int[] {peer}, new int[] {times}, Signal.FIRST, stream, CollectiveOptions.DEFAULT);
  }

  /**
   * As {@link #waitSignal(int, int, Stream)}, for several peers at once and any of the {@link
   * #signals()}, with options. The arrays may be changed as soon as this returns. Waits for one
   * signal belong on one stream, or are ordered by events.
   *
   * @param peers the ranks that raise, each once; empty for no wait at all
   * @param times for each of them how many times, 1 or more; as many entries
   * @param signal which signal, of each of the peers
   * @param stream a stream of this communicator's device
   * @param options deadline and label
   * @throws CclUsageException {@link ErrorCode#OUT_OF_RANGE} for a peer that is no rank and for
   *     times below 1; {@link ErrorCode#INVALID_ARGUMENT} for a peer that is there twice or for
   *     arrays of different lengths; {@link ErrorCode#ILLEGAL_STATE} while the communicator has no
   *     open symmetric window; {@link ErrorCode#UNSUPPORTED} without {@link Capability#ONE_SIDED}
   *     and for a signal that there is not; and as in the class comment
   */
  void waitSignal(
      int[] peers, int[] times, Signal signal, Stream stream, CollectiveOptions options);

  /**
   * The signals that puts, signals and waits of this communicator can name. Libraries that know
   * {@link TuningOption#ONE_SIDED_SIGNALS} have as many as the communicator was connected with;
   * others have {@link Signal#FIRST} alone.
   *
   * @return the same as long as the communicator lives; {@link Signals#NONE} without {@link
   *     Capability#ONE_SIDED}
   */
  Signals signals();

  /**
   * Splits into smaller communicators ({@code ncclCommSplit}): ranks of the same colour form one,
   * ordered by key and then by their rank here. <b>All ranks must call</b>, with no operation of
   * this communicator in flight.
   *
   * @param color 0 or more, or {@link #NO_COLOR} to be in none
   * @param key orders the ranks of one colour
   * @return the new communicator, which closes with this one unless this one was revoked; empty for
   *     {@link #NO_COLOR}
   * @throws CclUsageException {@link ErrorCode#OUT_OF_RANGE} for another negative colour, {@link
   *     ErrorCode#UNSUPPORTED} without {@link Capability#SPLIT}
   */
  default Optional<Communicator> split(int color, int key) {
    return split(color, key, ConnectOptions.DEFAULT);
  }

  /**
   * As {@link #split(int, int)}, with options.
   *
   * @param color 0 or more, or {@link #NO_COLOR} to be in none
   * @param key orders the ranks of one colour
   * @param options timeout, name and tuning
   * @return the new communicator, which closes with this one unless this one was revoked; empty for
   *     {@link #NO_COLOR}
   * @throws CclUsageException {@link ErrorCode#OUT_OF_RANGE} for another negative colour, {@link
   *     ErrorCode#UNSUPPORTED} without {@link Capability#SPLIT}
   */
  Optional<Communicator> split(int color, int key, ConnectOptions options);

  // --- other ways to a new communicator ---

  /**
   * Makes a communicator of the ranks that remain when some are left out ({@code ncclCommShrink}).
   * <b>All remaining ranks must call</b>, each with the same ranks left out; <b>those that are left
   * out must not</b>, and need not be alive any more. The remaining ranks keep their order.
   *
   * <p>{@link ShrinkMode#PLAIN} is for a communicator in order, with no operation in flight, or one
   * that was revoked on all remaining ranks. {@link ShrinkMode#ABORT} is the way after a failure:
   * it is also allowed when this communicator has failed, ends what is in flight on this rank
   * first, and leaves this communicator fit for nothing but {@link #close()} and {@link #abort()}.
   * What a deadline of an operation has ended was aborted and cannot shrink any more ({@link
   * ErrorCode#COMMUNICATOR_FAILED}): connect anew.
   *
   * <p>A plain child closes with this communicator, as split children do. A child that was made in
   * mode {@code ABORT}, or of a revoked communicator, does not: it belongs to the device, and this
   * communicator can be closed or aborted at once while work goes on with the child.
   *
   * @param excludedRanks the ranks that are left out, at least one and not this one
   * @param mode what becomes of operations in flight
   * @param options timeout, name and tuning of the child
   * @return the new communicator; close it
   * @throws CclUsageException {@link ErrorCode#UNSUPPORTED} without {@link Capability#SHRINK};
   *     {@link ErrorCode#OUT_OF_RANGE} for what is no rank; {@link ErrorCode#INVALID_ARGUMENT} when
   *     none or this one is left out; {@link ErrorCode#ILLEGAL_STATE} while it is suspended
   * @throws CclTimeoutException {@link ErrorCode#CONNECT_TIMEOUT} when not all remaining ranks
   *     called in time
   */
  Communicator shrink(Set<Integer> excludedRanks, ShrinkMode mode, ConnectOptions options);

  /**
   * As {@link #shrink(Set, ShrinkMode, ConnectOptions)}, with the default options.
   *
   * @param excludedRanks the ranks that are left out, at least one and not this one
   * @param mode what becomes of operations in flight
   * @return the new communicator; close it
   */
  default Communicator shrink(Set<Integer> excludedRanks, ShrinkMode mode) {
    return shrink(excludedRanks, mode, ConnectOptions.DEFAULT);
  }

  /**
   * Makes the id under which new ranks join this communicator ({@code ncclCommGetUniqueId}). <b>One
   * rank calls</b>, gives the id to the new ranks over a channel of its own and to its own {@link
   * #grow(int, Optional, ConnectOptions)}. It is good for one growth, and until that has succeeded
   * this rank cannot make another.
   *
   * @return the id
   * @throws CclUsageException {@link ErrorCode#UNSUPPORTED} without {@link Capability#GROW}; {@link
   *     ErrorCode#ILLEGAL_STATE} when the id made before is not used up
   */
  UniqueId newGrowthId();

  /**
   * Makes a communicator of these ranks and new ones ({@code ncclCommGrow}). <b>All ranks of this
   * communicator must call</b>, with none of its operations in flight, while the new ranks call
   * {@link Ccl#connectGrown(Device, UniqueId, int, int, ConnectOptions)}. The ranks that are here
   * keep their numbers; the new ones come after them.
   *
   * <p>The new communicator does not close with this one, which stays as it is; close it when it is
   * not needed any more.
   *
   * @param newSize the number of ranks afterwards, the same on all of them; more than now
   * @param id on the rank that made it with {@link #newGrowthId()}, and empty on all others
   * @param options timeout, name and tuning of the new communicator
   * @return the new communicator; close it
   * @throws CclUsageException {@link ErrorCode#UNSUPPORTED} without {@link Capability#GROW}; {@link
   *     ErrorCode#OUT_OF_RANGE} when the size is no larger than now; {@link
   *     ErrorCode#INVALID_UNIQUE_ID} for an id that was not made here; {@link
   *     ErrorCode#INVALID_ARGUMENT} when the only rank passes none; {@link ErrorCode#ILLEGAL_STATE}
   *     when it was revoked or is suspended
   * @throws CclTimeoutException {@link ErrorCode#CONNECT_TIMEOUT} when not all ranks, old and new,
   *     called in time
   */
  Communicator grow(int newSize, Optional<UniqueId> id, ConnectOptions options);

  /**
   * As {@link #grow(int, Optional, ConnectOptions)}, with a store in place of an id: old and new
   * ranks meet there, are compared as when they connect, and find the id. <b>All ranks of this
   * communicator must call</b> while the new ones call {@link Ccl#connectGrown(Device, RankContext,
   * ConnectOptions)}.
   *
   * @param ranks this communicator's rank, the number of ranks afterwards, and a store, or a corner
   *     of one ({@link Store#prefixed}), that serves this growth alone
   * @param options timeout, name and tuning of the new communicator
   * @return the new communicator; close it
   * @throws CclUsageException as the other form; {@link ErrorCode#INVALID_ARGUMENT} when the rank
   *     is not the one here; {@link ErrorCode#RANKS_DIFFER} and {@link ErrorCode#DUPLICATE_DEVICE}
   *     as when connecting
   * @throws CclTimeoutException {@link ErrorCode#CONNECT_TIMEOUT} when not all ranks, old and new,
   *     called in time; the message names those that are missing
   */
  Communicator grow(RankContext ranks, ConnectOptions options);

  // --- between use and end ---

  /**
   * Ends this rank's operations in flight but not the communicator ({@code ncclCommRevoke}). Local:
   * every rank revokes for itself, and operations of the others that wait for this rank go on
   * waiting until they do. Streams drain; the results of what was in flight are undefined.
   *
   * <p>Afterwards {@link #split(int, int)}, {@link #shrink(Set, ShrinkMode)}, {@link #abort()} and
   * {@link #close()} are allowed and everything else is {@link ErrorCode#ILLEGAL_STATE}; what comes
   * from a split or shrink then does not close with this one. Allowed after a failure, too.
   * Idempotent; may be called from any thread.
   *
   * @throws CclUsageException {@link ErrorCode#UNSUPPORTED} without {@link Capability#REVOKE};
   *     {@link ErrorCode#ILLEGAL_STATE} while it is suspended
   */
  void revoke();

  /**
   * As {@link #suspend(Duration)}, within the time that the communicator had to connect.
   *
   * @throws CclUsageException as in the longer form
   * @throws CclTimeoutException {@link ErrorCode#OPERATION_TIMEOUT} when not all ranks came in time
   */
  void suspend();

  /**
   * Gives back what device memory the library can do without until {@link #resume()} ({@code
   * ncclCommSuspend}). <b>All ranks must call</b>, with no operation of this communicator in
   * flight: synchronize its streams before. Waits for the others; a thread that drives several
   * devices gives each rank a thread of its own for it.
   *
   * <p>In between {@link #memoryStatistic}, {@link #abort()} and {@link #close()} are allowed and
   * everything else is {@link ErrorCode#ILLEGAL_STATE}; what one rank does next all must do. Does
   * nothing when it is suspended already. Children are not suspended with it. When not all ranks
   * come in time the communicator has failed and is aborted on this rank.
   *
   * @param timeout how long all ranks together may take, greater than zero
   * @throws CclUsageException {@link ErrorCode#UNSUPPORTED} without {@link Capability#SUSPEND};
   *     {@link ErrorCode#ILLEGAL_STATE} when it was revoked
   * @throws CclTimeoutException {@link ErrorCode#OPERATION_TIMEOUT} when not all ranks came in time
   */
  void suspend(Duration timeout);

  /**
   * As {@link #resume(Duration)}, within the time that the communicator had to connect.
   *
   * @throws CclUsageException as in the longer form
   * @throws CclTimeoutException {@link ErrorCode#OPERATION_TIMEOUT} when not all ranks came in time
   */
  void resume();

  /**
   * Takes the memory back that {@link #suspend(Duration)} gave away ({@code ncclCommResume}).
   * <b>All ranks must call</b>, as for that. Does nothing when it is not suspended.
   *
   * @param timeout how long all ranks together may take, greater than zero
   * @throws CclUsageException {@link ErrorCode#UNSUPPORTED} without {@link Capability#SUSPEND}
   * @throws CclTimeoutException {@link ErrorCode#OPERATION_TIMEOUT} when not all ranks came in time
   */
  void resume(Duration timeout);

  /**
   * Asks what the library keeps about this rank's memory ({@code ncclCommMemStats}). Local.
   *
   * @param statistic which number
   * @return the number, 0 or more
   * @throws CclUsageException {@link ErrorCode#UNSUPPORTED} without {@link
   *     Capability#MEMORY_STATISTICS}
   */
  long memoryStatistic(MemoryStatistic statistic);

  /**
   * Asks whether the communicator has failed ({@code ncclCommGetAsyncError}). Never waits; local.
   *
   * @return the first failure; empty while all is well
   */
  Optional<CclException> failure();

  /**
   * Whether {@link #close()} or {@link #abort()} was called, here or by closing the parent.
   *
   * @return true once closed
   */
  boolean isClosed();

  /**
   * Ends the communicator at once, whatever is in flight ({@code ncclCommAbort}). Local, but the
   * other ranks will see it as a failure. Results of operations in flight are undefined.
   * Idempotent; may be called from any thread.
   */
  void abort();

  /**
   * Ends the communicator. Closes the graphs captured with it, its split children and its operators
   * first; then waits for its operations in flight ({@code ncclCommFinalize}), bounded by the
   * timeout it was connected with, ends its windows and registrations, gives it back ({@code
   * ncclCommDestroy}), and closes its {@link #stream()}. After a failure it is aborted instead.
   * <b>All ranks should call</b>, in any order. Idempotent; may be called from any thread.
   *
   * @throws CclTimeoutException {@link ErrorCode#CLOSE_TIMEOUT} when operations were still in
   *     flight by then; the communicator was aborted
   */
  @Override
  void close();
}
