package org.ccl4j.fake;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class BriefLockTest {
  private static final int THREADS = 4;
  private static final int TIMES = 100_000;

  private final BriefLock lock = new BriefLock();
  private int sum;

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
      threads.add(FakeFixture.inThread(this::add));
    }
    threads.forEach(CompletableFuture::join);
    assertEquals(THREADS * TIMES, sum);
  }

  @Test
  void whoHasItKnows() {
    assertFalse(lock.isMine());
    assertTrue(lock.tryLock());
    assertTrue(lock.isMine());
    assertFalse(FakeFixture.inThread(lock::isMine).join());
    assertFalse(FakeFixture.inThread(lock::tryLock).join());
    lock.unlock();
    assertFalse(lock.isMine());
    assertTrue(FakeFixture.inThread(lock::tryLock).join());
  }
}
