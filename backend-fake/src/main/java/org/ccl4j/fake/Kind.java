package org.ccl4j.fake;

/** The operations of a communicator. */
enum Kind {
  ALL_REDUCE("allReduce"),
  ALL_REDUCE_WITH_BIAS("allReduceWithBias"),
  BROADCAST("broadcast"),
  REDUCE("reduce"),
  ALL_GATHER("allGather"),
  REDUCE_SCATTER("reduceScatter"),
  ALL_TO_ALL("allToAll"),
  GATHER("gather"),
  SCATTER("scatter"),
  SEND("send"),
  RECV("recv");

  private final String displayName;

  Kind(String displayName) {
    this.displayName = displayName;
  }

  String displayName() {
    return displayName;
  }

  boolean reduces() {
    return this == ALL_REDUCE
        || this == ALL_REDUCE_WITH_BIAS
        || this == REDUCE
        || this == REDUCE_SCATTER;
  }

  boolean hasRoot() {
    return this == BROADCAST || this == REDUCE || this == GATHER || this == SCATTER;
  }

  boolean isPointToPoint() {
    return this == SEND || this == RECV;
  }

  /** How many times count elements the send side holds on a rank; 0 where it is not used. */
  int sendParts(int rank, int root, int size) {
    return switch (this) {
      case ALL_REDUCE, ALL_REDUCE_WITH_BIAS, REDUCE, ALL_GATHER, GATHER, SEND -> 1;
      case REDUCE_SCATTER, ALL_TO_ALL -> size;
      case BROADCAST -> rank == root ? 1 : 0;
      case SCATTER -> rank == root ? size : 0;
      case RECV -> 0;
    };
  }

  /** How many times count elements the largest send side of any rank holds. */
  int contributionParts(int size) {
    return switch (this) {
      case REDUCE_SCATTER, ALL_TO_ALL, SCATTER -> size;
      default -> 1;
    };
  }

  /** How many times count elements the receive side holds on a rank; 0 where it is not used. */
  int recvParts(int rank, int root, int size) {
    return switch (this) {
      case ALL_REDUCE, ALL_REDUCE_WITH_BIAS, BROADCAST, REDUCE_SCATTER, SCATTER, RECV -> 1;
      case ALL_GATHER, ALL_TO_ALL -> size;
      case REDUCE -> rank == root ? 1 : 0;
      case GATHER -> rank == root ? size : 0;
      case SEND -> 0;
    };
  }
}
