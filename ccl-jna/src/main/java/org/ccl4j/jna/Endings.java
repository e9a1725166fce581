package org.ccl4j.jna;

import java.lang.System.Logger.Level;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.IntSupplier;
import org.ccl4j.spi.StatusCode;

/**
 * The ends of blocking communicators. The last rank of a process to give one back frees the memory
 * of all of them, and to free memory waits for whatever runs on its device: it may be an operation
 * of another communicator that waits for the very thread that gives back (seen on four devices with
 * NCCL 2.28.9). So each end has a thread of its own, and the caller waits but a moment for it.
 */
final class Endings {
  private static final long MOMENT_MILLIS = 20;
  private static final long PATIENCE_MILLIS = 5_000;

  private final Queue<CompletableFuture<Integer>> underWay = new ConcurrentLinkedQueue<>();

  /** The status of the end; OK where it takes longer, and what comes of it is logged. */
  int end(String what, IntSupplier call) {
    CompletableFuture<Integer> result = new CompletableFuture<>();
    Thread thread = new Thread(() -> result.complete(call.getAsInt()), "ccl-" + what);
    thread.setDaemon(true);
    thread.start();
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
    underWay.add(result);
    CompletableFuture<Void> unused =
        result.thenAccept(
            status -> {
              if (status != StatusCode.OK) {
                System.getLogger(Endings.class.getName())
                    .log(Level.WARNING, "{0} ended with status {1}", what, status);
              }
            });
    return StatusCode.OK;
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
