package org.ccl4j.api.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class BriefLockTest {
  private static final int THREADS = 4;
  private static final int TIMES = 100_000;

  private final BriefLock lock = new BriefLock();
  private int sum;

  private static <T> CompletableFuture<T> inThread(Supplier<T> body) {
    return CompletableFuture.supplyAsync(body, task -> new Thread(task).start())
        .orTimeout(30, TimeUnit.SECONDS);
  }

  private boolean add() {
    for (int i = 0; i < TIMES; i++) {
      lock.lock();
      sum++;
      lock.unlock();
    }
    return true;
  }

  @Test
  void onlyOneIsInside() {
    List<CompletableFuture<Boolean>> threads = new ArrayList<>();
    for (int i = 0; i < THREADS; i++) {
      threads.add(inThread(this::add));
    }
    threads.forEach(CompletableFuture::join);
    assertEquals(THREADS * TIMES, sum);
  }

  @Test
  void whoHasItKnows() {
    assertFalse(lock.isMine());
    assertTrue(lock.tryLock());
    assertTrue(lock.isMine());
    assertFalse(inThread(lock::isMine).join());
    assertFalse(inThread(lock::tryLock).join());
    lock.unlock();
    assertFalse(lock.isMine());
    assertTrue(inThread(lock::tryLock).join());
  }

  @Test
  void whoWaitsForItGivesUpInTimeAndKeepsTheInterrupt() {
    assertTrue(lock.tryLock());
    assertTrue(
        inThread(
                () -> {
                  Thread.currentThread().interrupt();
                  boolean taken = lock.tryLock(TimeUnit.MILLISECONDS.toNanos(20));
                  return !taken && Thread.currentThread().isInterrupted();
                })
            .join());
    lock.unlock();
    assertTrue(inThread(() -> lock.tryLock(1)).join());
  }
}
