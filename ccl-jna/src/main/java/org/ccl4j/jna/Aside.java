package org.ccl4j.jna;

import java.lang.System.Logger.Level;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.IntSupplier;
import org.ccl4j.spi.StatusCode;

/**
 * Calls that give something back and may wait for work that needs the very thread that gives back:
 * they are made on another thread, and the caller waits but a moment for them.
 *
 * <p>To free memory waits for whatever runs on its device. So does the last rank of a process that
 * destroys a blocking communicator, for it frees the memory of all of them: there it may be an
 * operation of another communicator, for which other ranks wait (seen on four devices with NCCL
 * 2.28.9).
 */
final class Aside {
  private static final long MOMENT_MILLIS = 10;
  private static final long PATIENCE_MILLIS = 5_000;

  /** Shared, because it is idle nearly always; its threads end on their own. */
  private static final Executor THREADS =
      Executors.newCachedThreadPool(
          task -> {
            Thread thread = new Thread(task, "ccl-give-back");
            thread.setDaemon(true);
            return thread;
          });

  private final Queue<CompletableFuture<Void>> underWay = new ConcurrentLinkedQueue<>();

  /** The status of a call; OK where it takes longer, and what comes of it then is logged. */
  int run(String what, IntSupplier call) {
    CompletableFuture<Integer> result = CompletableFuture.supplyAsync(call::getAsInt, THREADS);
    try {
      return result.get(MOMENT_MILLIS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    } catch (TimeoutException e) {
      // it goes on
    }
    underWay.removeIf(CompletableFuture::isDone);
    underWay.add(result.thenAccept(status -> report(what, status)));
    return StatusCode.OK;
  }

  static void report(String what, int status) {
    if (status != StatusCode.OK) {
      System.getLogger(Aside.class.getName())
          .log(Level.WARNING, "{0} ended with status {1}", what, status);
    }
  }

  /** Waits for those that are under way, but not for ranks that never come. */
  void awaitAll() {
    try {
      CompletableFuture.allOf(underWay.toArray(CompletableFuture[]::new))
          .get(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      // the threads are daemons, and the library stays loaded
    }
  }
}
