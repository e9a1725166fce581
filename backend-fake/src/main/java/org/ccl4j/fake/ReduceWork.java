package org.ccl4j.fake;

import org.ccl4j.api.DataType;
import org.jspecify.annotations.Nullable;

/**
 * Combines the elements of all ranks, block by block and in rank order, into one or several
 * results.
 */
final class ReduceWork extends ExchangeWork {
  private final DataType type;
  private final int op;
  private final long count;
  private final Span[] sources;
  private final Span @Nullable [] scalars;
  private final Span[][] targets;
  private final long chunksPerResult;

  /**
   * @param count elements of one result
   * @param sources each rank's elements, for the results one after the other
   * @param scalars each rank's factor; null where there is none
   * @param targets for each result the places that take it
   */
  ReduceWork(
      Exchange exchange,
      DataType type,
      int op,
      long count,
      Span[] sources,
      Span @Nullable [] scalars,
      Span[][] targets) {
    super(exchange, targets.length * chunks(type, count));
    this.type = type;
    this.op = op;
    this.count = count;
    this.sources = sources;
    this.scalars = scalars;
    this.targets = targets;
    chunksPerResult = chunks(type, count);
  }

  private static long elementsPerChunk(DataType type) {
    return CHUNK_BYTES / type.byteSize();
  }

  private static long chunks(DataType type, long count) {
    return (count + elementsPerChunk(type) - 1) / elementsPerChunk(type);
  }

  @Override
  void run(int chunk) {
    Lane lane = Lane.of(type, op);
    int result = (int) (chunk / chunksPerResult);
    long from = chunk % chunksPerResult * elementsPerChunk(type);
    long to = Math.min(count, from + elementsPerChunk(type));
    for (long at = from; at < to; at += Lane.BLOCK) {
      block(lane, result, at, (int) Math.min(Lane.BLOCK, to - at));
    }
  }

  private void block(Lane lane, int result, long at, int length) {
    long sourceOffset = (result * count + at) * type.byteSize();
    for (int rank = 0; rank < sources.length; rank++) {
      boolean first = rank == 0;
      lane.load(sources[rank], sourceOffset, length, first);
      if (scalars != null) {
        lane.scale(scalars[rank], length, first);
      }
      if (!first) {
        lane.combine(op, length);
      }
    }
    if (op == Ops.AVG) {
      lane.average(sources.length, length);
    }
    for (Span target : targets[result]) {
      lane.store(target, at * type.byteSize(), length);
    }
  }
}
