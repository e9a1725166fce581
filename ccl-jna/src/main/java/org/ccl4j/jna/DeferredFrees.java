package org.ccl4j.jna;

import java.lang.System.Logger.Level;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.function.IntPredicate;
import java.util.function.IntSupplier;
import org.ccl4j.spi.StatusCode;

/**
 * Memory that is given back when its device is idle. Runtimes free memory either at once, under the
 * work that still uses it, or after all work of the device; and a collective there may wait for a
 * rank that this very thread has yet to serve.
 */
final class DeferredFrees {
  private final IntPredicate idle;
  private final Map<Integer, Queue<IntSupplier>> waiting = new HashMap<>();
  private volatile boolean empty = true;

  /**
   * Keeps nothing yet.
   *
   * @param idle whether a device has no work left
   */
  DeferredFrees(IntPredicate idle) {
    this.idle = idle;
  }

  /** Frees now if the device is idle, else when it is. */
  synchronized int free(int device, IntSupplier free) {
    if (idle.test(device)) {
      freeAll(device);
      return free.getAsInt();
    }
    waiting.computeIfAbsent(device, key -> new ArrayDeque<>()).add(free);
    empty = false;
    return StatusCode.OK;
  }

  /** Frees what waits for a device, if it is idle by now. */
  void sweep(int device) {
    if (!empty) {
      sweepIfIdle(device);
    }
  }

  private synchronized void sweepIfIdle(int device) {
    if (waiting.containsKey(device) && idle.test(device)) {
      freeAll(device);
    }
  }

  /** Frees what waits for any device that is idle by now. */
  synchronized void sweepAll() {
    for (int device : waiting.keySet().toArray(Integer[]::new)) {
      sweepIfIdle(device);
    }
  }

  private void freeAll(int device) {
    Queue<IntSupplier> due = waiting.remove(device);
    empty = waiting.isEmpty();
    if (due != null) {
      due.forEach(free -> report(device, free.getAsInt()));
    }
  }

  private static void report(int device, int status) {
    if (status != StatusCode.OK) {
      System.getLogger(DeferredFrees.class.getName())
          .log(
              Level.WARNING, "freeing memory of device {0} failed with status {1}", device, status);
    }
  }
}
