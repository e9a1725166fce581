package org.ccl4j.core;

import org.ccl4j.spi.BackendCommunicator.Tunable;
import org.jspecify.annotations.Nullable;

/** The operations of a communicator, by the names of its methods. */
enum Operation {
  ALL_REDUCE("allReduce", Tunable.ALL_REDUCE),
  ALL_REDUCE_WITH_BIAS("allReduceWithBias"),
  BROADCAST("broadcast", Tunable.BROADCAST),
  REDUCE("reduce", Tunable.REDUCE),
  ALL_GATHER("allGather", Tunable.ALL_GATHER),
  REDUCE_SCATTER("reduceScatter", Tunable.REDUCE_SCATTER),
  ALL_TO_ALL("allToAll", Tunable.ALL_TO_ALL),
  GATHER("gather", Tunable.GATHER),
  SCATTER("scatter", Tunable.SCATTER),
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

  /** What it is to a backend that is given a tuning with it; null for an operation without one. */
  final @Nullable Tunable tunable;

  Operation(String text) {
    this(text, null);
  }

  Operation(String text, @Nullable Tunable tunable) {
    this.text = text;
    this.tunable = tunable;
  }

  @Override
  public String toString() {
    return text;
  }
}
