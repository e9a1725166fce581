package org.ccl4j.fake;

import org.ccl4j.api.DataType;
import org.jspecify.annotations.Nullable;

/**
 * Combines the elements of all ranks, block by block and in rank order, into one or several
 * results.
 */
final class ReduceWork extends ExchangeWork {
  private final Call call;
  private final DataType type;
  private final int n;
  private final int results;
  private final long elementsPerChunk;
  private final long chunksPerResult;
  private final @Nullable Span[] sources;
  private final @Nullable Span[] scalars;
  private final @Nullable Span[] biases;
  private final @Nullable Span[] targets;

  ReduceWork(Part part) {
    super(part);
    call = part.call;
    type = call.type();
    n = part.places();
    results = call.kind() == Kind.REDUCE_SCATTER ? n : 1;
    elementsPerChunk = CHUNK_BYTES / type.byteSize();
    chunksPerResult = (call.count() + elementsPerChunk - 1) / elementsPerChunk;
    sources = new Span[n];
    scalars = new Span[n];
    biases = new Span[n];
    targets = new Span[n];
  }

  @Override
  long countChunks() {
    return results * chunksPerResult;
  }

  @Override
  void resolve() {
    for (int rank = 0; rank < n; rank++) {
      sources[rank] = part().send(rank);
      scalars[rank] = call.scalar() == null ? null : part().scalar(rank);
      biases[rank] = call.bias() == null ? null : part().bias(rank);
      boolean receives = call.kind().recvParts(rank, call.other(), n) > 0;
      targets[rank] = receives ? part().recv(rank) : null;
    }
  }

  @Override
  void run(int chunk) {
    Lane lane = Lane.of(type, call.op());
    int result = (int) (chunk / chunksPerResult);
    long from = chunk % chunksPerResult * elementsPerChunk;
    long to = Math.min(call.count(), from + elementsPerChunk);
    for (long at = from; at < to; at += Lane.BLOCK) {
      block(lane, result, at, (int) Math.min(Lane.BLOCK, to - at));
    }
  }

  private void block(Lane lane, int result, long at, int length) {
    long sourceOffset = (result * call.count() + at) * type.byteSize();
    for (int rank = 0; rank < n; rank++) {
      boolean first = rank == 0;
      lane.load(required(sources[rank]), sourceOffset, length, first);
      Span scalar = scalars[rank];
      if (scalar != null) {
        lane.scale(scalar, length, first);
      }
      if (!first) {
        lane.combine(call.op(), length);
      }
    }
    if (call.op() == Ops.AVG) {
      lane.average(n, length);
    }
    long targetOffset = at * type.byteSize();
    if (results > 1) {
      lane.store(required(targets[result]), targetOffset, length);
      return;
    }
    for (Span target : targets) {
      if (target != null) {
        lane.store(target, targetOffset, length);
      }
    }
    for (int rank = 0; rank < n; rank++) {
      Span bias = biases[rank];
      if (bias != null) {
        lane.apply(bias, required(targets[rank]), targetOffset, length, call.op());
      }
    }
  }
}
