package org.ccl4j.tck;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Runs a call in another thread. */
final class Elsewhere {
  private Elsewhere() {}

  /** Starts a call in a thread of its own. */
  static FutureTask<Void> start(Runnable call) {
    FutureTask<Void> task = new FutureTask<>(call, null);
    Thread thread = new Thread(task, "ccl-elsewhere");
    thread.setDaemon(true);
    thread.start();
    return task;
  }

  /** Waits for a call that was started; what it threw fails the rule. */
  static void finish(FutureTask<Void> task) {
    try {
      task.get(Bench.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw new AssertionError("the call in another thread failed", e.getCause());
    } catch (TimeoutException e) {
      throw new AssertionError("the call in another thread did not end", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted while waiting for another thread", e);
    }
  }

  /** Runs a call in a thread of its own and waits for it. */
  static void run(Runnable call) {
    finish(start(call));
  }
}
