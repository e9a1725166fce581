package org.ccl4j.core;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.ccl4j.api.CclException;
import org.ccl4j.api.CclTimeoutException;
import org.ccl4j.api.ErrorCategory;
import org.ccl4j.api.Store;

/**
 * A store as the rendezvous uses it: what fails and may succeed later is tried again, with longer
 * and longer pauses, until the deadline. Only calls that may be made twice are here; there is no
 * adding.
 */
final class PatientStore {
  private static final long FIRST_PAUSE = TimeUnit.MILLISECONDS.toNanos(5);
  private static final long LONGEST_PAUSE = TimeUnit.MILLISECONDS.toNanos(500);

  private final Store store;
  private final long end;

  PatientStore(Store store, long end) {
    this.store = store;
    this.end = end;
  }

  void set(String key, byte[] value) {
    patiently(
        () -> {
          store.set(key, value);
          return true;
        });
  }

  Optional<byte[]> get(String key) {
    return patiently(() -> store.get(key));
  }

  byte[] await(String key, Duration timeout) {
    return patiently(() -> store.await(key, timeout));
  }

  /** May report false although it did set, when it was tried twice. */
  boolean compareAndSet(String key, Optional<byte[]> expected, byte[] value) {
    return patiently(() -> store.compareAndSet(key, expected, value));
  }

  boolean delete(String key) {
    return patiently(() -> store.delete(key));
  }

  private <T> T patiently(Supplier<T> call) {
    long pause = FIRST_PAUSE;
    while (true) {
      try {
        return call.get();
      } catch (CclException e) {
        if (e instanceof CclTimeoutException
            || e.category() != ErrorCategory.RETRY
            || System.nanoTime() - end > -pause
            || Thread.currentThread().isInterrupted()) {
          throw e;
        }
        System.getLogger(PatientStore.class.getName())
            .log(System.Logger.Level.DEBUG, "the store failed and is tried again", e);
        // Many ranks lose a store at the same moment and should not come back at the same moment.
        LockSupport.parkNanos(pause / 2 + ThreadLocalRandom.current().nextLong(pause));
        pause = Math.min(LONGEST_PAUSE, 2 * pause);
      }
    }
  }
}
