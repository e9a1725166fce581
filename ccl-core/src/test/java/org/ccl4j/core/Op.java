package org.ccl4j.core;

import java.util.Arrays;
import java.util.stream.Stream;
import org.ccl4j.api.CollectiveOptions;
import org.ccl4j.api.Communicator;
import org.ccl4j.api.DeviceBuffer;
import org.ccl4j.api.ReduceOp;
import org.jspecify.annotations.Nullable;

/** Every operation behind one shape, so that a check is one line for all of them. */
enum Op {
  ALL_REDUCE(1, 1),
  ALL_REDUCE_WITH_BIAS(1, 1),
  BROADCAST(1, 1),
  REDUCE(1, 1),
  ALL_GATHER(1, Op.RANKS),
  REDUCE_SCATTER(Op.RANKS, 1),
  ALL_TO_ALL(Op.RANKS, Op.RANKS),
  GATHER(1, Op.RANKS),
  SCATTER(Op.RANKS, 1),
  SEND(1, 0),
  RECV(0, 1),
  ALL_TO_ALL_V(Op.RANKS, Op.RANKS),
  ALL_GATHER_V(1, Op.RANKS),
  REDUCE_SCATTER_V(Op.RANKS, 1),
  GATHER_V(1, Op.RANKS),
  SCATTER_V(Op.RANKS, 1),
  BARRIER(0, 0);

  /** The ranks of the communicator under test. */
  static final int RANKS = 3;

  /** The rank that calls. */
  static final int RANK = 1;

  /** Elements of one part. */
  static final int COUNT = 4;

  final int sendParts;
  final int recvParts;

  Op(int sendParts, int recvParts) {
    this.sendParts = sendParts;
    this.recvParts = recvParts;
  }

  /** The arguments of a call; tests spoil one of them. */
  @SuppressWarnings("NullAway") // null is one of the ways to spoil
  static final class Args {
    @Nullable DeviceBuffer send;
    @Nullable DeviceBuffer recv;
    @Nullable DeviceBuffer bias;
    long count = COUNT;
    @Nullable ReduceOp op = ReduceOp.SUM;
    int root = RANK;
    org.ccl4j.api.@Nullable Stream stream;
    @Nullable CollectiveOptions options = CollectiveOptions.DEFAULT;
    long @Nullable [] counts = {COUNT, COUNT, COUNT};
    long @Nullable [] offsets = {0, COUNT, 2 * COUNT};
    long @Nullable [] recvCounts = {COUNT, COUNT, COUNT};
    long @Nullable [] recvOffsets = {0, COUNT, 2 * COUNT};
  }

  boolean reduces() {
    return this == ALL_REDUCE
        || this == ALL_REDUCE_WITH_BIAS
        || this == REDUCE
        || this == REDUCE_SCATTER
        || this == REDUCE_SCATTER_V;
  }

  boolean hasRoot() {
    return this == BROADCAST
        || this == REDUCE
        || this == GATHER
        || this == SCATTER
        || this == GATHER_V
        || this == SCATTER_V;
  }

  boolean hasPeer() {
    return this == SEND || this == RECV;
  }

  boolean takesArrays() {
    return name().endsWith("_V");
  }

  boolean takesCount() {
    return !takesArrays() && this != BARRIER;
  }

  boolean usesSend() {
    return sendParts > 0;
  }

  boolean usesRecv() {
    return recvParts > 0;
  }

  /** Which buffer is ignored away from the root; null for neither. */
  @Nullable String ignoredAwayFromRoot() {
    return switch (this) {
      case BROADCAST, SCATTER, SCATTER_V -> "send";
      case REDUCE, GATHER, GATHER_V -> "recv";
      default -> null;
    };
  }

  static Stream<Op> all() {
    return Arrays.stream(values());
  }

  @SuppressWarnings("NullAway")
  void call(Communicator comm, Args a) {
    switch (this) {
      case ALL_REDUCE -> comm.allReduce(a.send, a.recv, a.count, a.op, a.stream, a.options);
      case ALL_REDUCE_WITH_BIAS ->
          comm.allReduceWithBias(a.send, a.recv, a.bias, a.count, a.op, a.stream, a.options);
      case BROADCAST -> comm.broadcast(a.send, a.recv, a.count, a.root, a.stream, a.options);
      case REDUCE -> comm.reduce(a.send, a.recv, a.count, a.op, a.root, a.stream, a.options);
      case ALL_GATHER -> comm.allGather(a.send, a.recv, a.count, a.stream, a.options);
      case REDUCE_SCATTER -> comm.reduceScatter(a.send, a.recv, a.count, a.op, a.stream, a.options);
      case ALL_TO_ALL -> comm.allToAll(a.send, a.recv, a.count, a.stream, a.options);
      case GATHER -> comm.gather(a.send, a.recv, a.count, a.root, a.stream, a.options);
      case SCATTER -> comm.scatter(a.send, a.recv, a.count, a.root, a.stream, a.options);
      case SEND -> comm.send(a.send, a.count, a.root, a.stream, a.options);
      case RECV -> comm.recv(a.recv, a.count, a.root, a.stream, a.options);
      case ALL_TO_ALL_V ->
          comm.allToAllV(
              a.send,
              a.counts,
              a.offsets,
              a.recv,
              a.recvCounts,
              a.recvOffsets,
              a.stream,
              a.options);
      case ALL_GATHER_V ->
          comm.allGatherV(a.send, a.recv, a.counts, a.offsets, a.stream, a.options);
      case REDUCE_SCATTER_V ->
          comm.reduceScatterV(a.send, a.counts, a.offsets, a.recv, a.op, a.stream, a.options);
      case GATHER_V ->
          comm.gatherV(a.send, a.recv, a.counts, a.offsets, a.root, a.stream, a.options);
      case SCATTER_V ->
          comm.scatterV(a.send, a.counts, a.offsets, a.recv, a.root, a.stream, a.options);
      case BARRIER -> comm.barrier(a.stream, a.options);
    }
  }
}
