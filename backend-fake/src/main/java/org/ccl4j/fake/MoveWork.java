package org.ccl4j.fake;

/** Moves ranges of equal length from place to place. */
final class MoveWork extends ExchangeWork {
  /** Where the i-th range starts. */
  interface Place {
    Span at(int index);
  }

  private final int moves;
  private final long bytes;
  private final Place target;
  private final Place source;
  private final long piecesPerMove;
  private final int movesPerChunk;

  MoveWork(Exchange exchange, int moves, long bytes, Place target, Place source) {
    super(exchange, chunks(moves, bytes));
    this.moves = moves;
    this.bytes = bytes;
    this.target = target;
    this.source = source;
    piecesPerMove = pieces(bytes);
    movesPerChunk = movesPerChunk(bytes);
  }

  private static long pieces(long bytes) {
    return (bytes + CHUNK_BYTES - 1) / CHUNK_BYTES;
  }

  // Short ranges share a chunk, long ones are cut into several.
  private static int movesPerChunk(long bytes) {
    return (int) Math.max(1, CHUNK_BYTES / bytes);
  }

  private static long chunks(int moves, long bytes) {
    int perChunk = movesPerChunk(bytes);
    return (moves + perChunk - 1) / perChunk * pieces(bytes);
  }

  @Override
  void run(int chunk) {
    int first = (int) (chunk / piecesPerMove) * movesPerChunk;
    long from = chunk % piecesPerMove * CHUNK_BYTES;
    long length = Math.min(CHUNK_BYTES, bytes - from);
    for (int i = first; i < Math.min(first + movesPerChunk, moves); i++) {
      move(target.at(i), source.at(i), from, length);
    }
  }

  private static void move(Span target, Span source, long from, long length) {
    boolean inPlace = target.equals(source);
    if (!inPlace) {
      target
          .allocation()
          .copyFrom(target.offset() + from, source.allocation(), source.offset() + from, length);
    }
  }
}
