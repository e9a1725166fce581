package org.ccl4j.fake;

import org.jspecify.annotations.Nullable;

/** One rank's part in an exchange. Under the scheduler's lock, but for the final fields. */
final class Part {
  final World world;
  final int rank;
  final Call call;
  @Nullable Launch launch;
  @Nullable Exchange exchange;
  boolean begun;
  private boolean done;

  Part(World world, int rank, Call call) {
    this.world = world;
    this.rank = rank;
    this.call = call;
  }

  boolean isDone() {
    return done;
  }

  /** Whether all ranks have come and the bytes are being moved. */
  boolean isUnderWay() {
    return exchange != null && exchange.isRunning();
  }

  /** Ends the part; ending it again does nothing. */
  void finish(Scheduler scheduler) {
    if (!done) {
      done = true;
      world.partDone(rank);
      if (launch != null) {
        launch.partDone(scheduler);
      }
    }
  }
}
