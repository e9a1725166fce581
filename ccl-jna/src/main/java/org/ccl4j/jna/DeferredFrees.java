package org.ccl4j.jna;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntPredicate;
import java.util.function.IntSupplier;
import org.ccl4j.spi.StatusCode;

/**
 * Memory that is given back when its device is idle. Runtimes free memory either at once, under the
 * work that still uses it, or after all work of the device; and a collective there may wait for a
 * rank that this very thread has yet to serve.
 *
 * <p>Idle is what the streams made here tell; others may have streams on the device, and work may
 * come between the question and the call. Therefore another thread frees, and whoever closes memory
 * waits only a moment for it.
 */
final class DeferredFrees {
  private final Aside aside = new Aside();
  private final IntPredicate idle;
  private final Map<Integer, Queue<IntSupplier>> waiting = new HashMap<>();

  /** The devices on which a free is under way. */
  private final Set<Integer> busy = ConcurrentHashMap.newKeySet();

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
    if (idle.test(device) && busy.add(device)) {
      Queue<IntSupplier> due = due(device);
      return run(
          device,
          () -> {
            freeAll(device, due);
            return free.getAsInt();
          });
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
    if (waiting.containsKey(device) && idle.test(device) && busy.add(device)) {
      freeDue(device);
    }
  }

  /** Frees what waits for any device that is idle by now. */
  synchronized void sweepAll() {
    for (int device : waiting.keySet().toArray(Integer[]::new)) {
      sweepIfIdle(device);
    }
  }

  private void freeDue(int device) {
    Queue<IntSupplier> due = due(device);
    int unused =
        run(
            device,
            () -> {
              freeAll(device, due);
              return StatusCode.OK;
            });
  }

  private Queue<IntSupplier> due(int device) {
    Queue<IntSupplier> due = waiting.remove(device);
    empty = waiting.isEmpty();
    return due == null ? new ArrayDeque<>() : due;
  }

  private int run(int device, IntSupplier task) {
    return aside.run(
        what(device),
        () -> {
          try {
            return task.getAsInt();
          } finally {
            busy.remove(device);
          }
        });
  }

  private static void freeAll(int device, Queue<IntSupplier> due) {
    due.forEach(free -> Aside.report(what(device), free.getAsInt()));
  }

  private static String what(int device) {
    return "freeing memory of device " + device;
  }
}
