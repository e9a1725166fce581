package org.ccl4j.core;

/** The operations of a communicator, by the names of its methods. */
enum Operation {
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
  RECV("recv"),
  ALL_TO_ALL_V("allToAllV"),
  ALL_GATHER_V("allGatherV"),
  REDUCE_SCATTER_V("reduceScatterV"),
  GATHER_V("gatherV"),
  SCATTER_V("scatterV"),
  BARRIER("barrier"),
  PRE_MUL_SUM("preMulSum"),
  SPLIT("split"),
  REGISTER("register"),
  REGISTER_WINDOW("registerWindow"),
  PUT_SIGNAL("putSignal"),
  SIGNAL("signal"),
  WAIT_SIGNAL("waitSignal"),
  SHRINK("shrink"),
  NEW_GROWTH_ID("newGrowthId"),
  GROW("grow"),
  REVOKE("revoke"),
  SUSPEND("suspend"),
  RESUME("resume"),
  MEMORY_STATISTIC("memoryStatistic"),
  STREAM("stream"),
  GROUP("group"),
  LAUNCH("launch");

  final String text;

  Operation(String text) {
    this.text = text;
  }

  @Override
  public String toString() {
    return text;
  }
}
