package org.ccl4j.fake;

import org.jspecify.annotations.Nullable;

/** Moves ranges of equal length from place to place. */
final class MoveWork extends ExchangeWork {
  /**
   * Newer JVMs (JDK-8310159) copy 2.5 MiB and more past the cache, on processors with vectors of 64
   * bytes: nobody reads the target's lines before they are written, which saved up to a third on 25
   * and costs an all-gather a tenth where the JVM is older.
   */
  private static final int LARGE_PIECE_BYTES =
      Runtime.version().feature() >= 22 ? 1 << 22 : CHUNK_BYTES;

  /** From here on there are enough large pieces to share out. */
  private static final int LARGE_MOVE_BYTES = 1 << 23;

  private final Kind kind;
  private final int root;
  private final int n;
  private final int moves;
  private final long bytes;
  private final long pieceBytes;
  private final long piecesPerMove;
  private final int movesPerChunk;

  /** How many moves in a row have the same source. */
  private final int fromOneSource;

  private final @Nullable Span[] send;
  private final @Nullable Span[] recv;

  MoveWork(Part part) {
    super(part);
    kind = part.call.kind();
    root = part.call.other();
    n = part.places();
    bytes = part.call.bytes();
    moves =
        switch (kind) {
          case ALL_GATHER, ALL_TO_ALL -> n * n;
          case BROADCAST, GATHER, SCATTER -> n;
          default -> 1;
        };
    // Short ranges share a chunk, long ones are cut into several.
    pieceBytes = bytes >= LARGE_MOVE_BYTES ? LARGE_PIECE_BYTES : CHUNK_BYTES;
    piecesPerMove = (bytes + pieceBytes - 1) / pieceBytes;
    movesPerChunk = (int) Math.max(1, CHUNK_BYTES / bytes);
    fromOneSource = kind == Kind.ALL_GATHER ? n : 1;
    send = new Span[n];
    recv = new Span[n];
  }

  @Override
  long countChunks() {
    return (moves + movesPerChunk - 1) / movesPerChunk * piecesPerMove;
  }

  @Override
  void resolve() {
    for (int place = 0; place < n; place++) {
      int rank = part().rankAt(place);
      boolean sends =
          switch (kind) {
            case SEND, RECV -> place == 0;
            default -> kind.sendParts(rank, root, n) > 0;
          };
      boolean receives =
          switch (kind) {
            case SEND, RECV -> place == 1;
            default -> kind.recvParts(rank, root, n) > 0;
          };
      send[place] = sends ? part().send(place) : null;
      recv[place] = receives ? part().recv(place) : null;
    }
  }

  @Override
  void run(int chunk) {
    if (piecesPerMove == 1) {
      int first = chunk * movesPerChunk;
      for (int i = first; i < Math.min(first + movesPerChunk, moves); i++) {
        move(target(i), source(i), 0, bytes);
      }
      return;
    }
    // A piece goes to all its targets while it is in the cache, before the next piece is read.
    long chunksOfSource = piecesPerMove * fromOneSource;
    int firstMove = (int) (chunk / chunksOfSource) * fromOneSource;
    long within = chunk % chunksOfSource;
    int i = firstMove + (int) (within % fromOneSource);
    long from = within / fromOneSource * pieceBytes;
    move(target(i), source(i), from, Math.min(pieceBytes, bytes - from));
  }

  private Span target(int i) {
    return switch (kind) {
      case BROADCAST, SCATTER -> required(recv[i]);
      case GATHER -> required(recv[root]).plus(i * bytes);
      case ALL_GATHER, ALL_TO_ALL -> required(recv[i % n]).plus(i / n * bytes);
      case SEND, RECV -> required(recv[1]);
      case ALL_REDUCE, ALL_REDUCE_WITH_BIAS, REDUCE, REDUCE_SCATTER -> required(recv[0]);
    };
  }

  private Span source(int i) {
    return switch (kind) {
      case BROADCAST -> required(send[root]);
      case SCATTER -> required(send[root]).plus(i * bytes);
      case GATHER -> required(send[i]);
      case ALL_GATHER -> required(send[i / n]);
      case ALL_TO_ALL -> required(send[i / n]).plus(i % n * bytes);
      case SEND, RECV, ALL_REDUCE, ALL_REDUCE_WITH_BIAS, REDUCE, REDUCE_SCATTER ->
          required(send[0]);
    };
  }

  private static void move(Span target, Span source, long from, long length) {
    if (!target.equals(source)) {
      target.plus(from).copyFrom(source.plus(from), length);
    }
  }
}
