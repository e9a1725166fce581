package org.ccl4j.bootstrap;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.ccl4j.api.CclException;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.Store;
import org.jspecify.annotations.Nullable;

/**
 * The store of one job: the keys under its id, over a connection that is made anew when it was
 * lost. The call that met the loss fails and is not repeated here, because only its caller knows
 * whether it may be made twice; the rendezvous does know, and repeats it.
 */
final class JobStore implements Store {
  private final String jobId;
  private final @Nullable Supplier<Store> reopen;
  private final Runnable afterwards;
  private @Nullable Store current;
  private boolean closed;

  /**
   * Takes an open store over.
   *
   * @param first the store
   * @param jobId its keys are under this
   * @param reopen makes another one in place of one that was lost; null where it cannot be lost
   * @param afterwards what is to be done when the store was closed
   */
  JobStore(Store first, String jobId, @Nullable Supplier<Store> reopen, Runnable afterwards) {
    this.current = first;
    this.jobId = jobId;
    this.reopen = reopen;
    this.afterwards = afterwards;
  }

  private synchronized Store open() {
    if (closed) {
      throw Failures.closed(this);
    }
    Store store = current;
    if (store == null && reopen != null) {
      store = reopen.get();
      current = store;
    }
    return Objects.requireNonNull(store);
  }

  private <T> T call(Function<Store, T> request) {
    Store store = open();
    try {
      return request.apply(store.prefixed(jobId));
    } catch (CclException e) {
      if (e.code() == ErrorCode.STORE_FAILED) {
        lose(store);
      }
      if (e.code() == ErrorCode.CLOSED && isLost(store)) {
        throw Failures.of(
            ErrorCode.STORE_FAILED,
            "the connection of " + store + " was lost in another thread. Try again.",
            e);
      }
      throw e;
    }
  }

  private synchronized boolean isLost(Store store) {
    return !closed && current != store;
  }

  private synchronized void lose(Store store) {
    if (reopen != null && current == store && !closed) {
      current = null;
      store.close();
    }
  }

  @Override
  public void set(String key, byte[] value) {
    call(
        store -> {
          store.set(key, value);
          return true;
        });
  }

  @Override
  public Optional<byte[]> get(String key) {
    return call(store -> store.get(key));
  }

  @Override
  public byte[] await(String key, Duration timeout) {
    return call(store -> store.await(key, timeout));
  }

  @Override
  public long add(String key, long delta) {
    return call(store -> store.add(key, delta));
  }

  @Override
  public boolean compareAndSet(String key, Optional<byte[]> expected, byte[] value) {
    return call(store -> store.compareAndSet(key, expected, value));
  }

  @Override
  public boolean delete(String key) {
    return call(store -> store.delete(key));
  }

  @Override
  public void close() {
    Store last;
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      last = current;
    }
    try {
      if (last != null) {
        last.close();
      }
    } finally {
      afterwards.run();
    }
  }

  /** The store and the job; never a secret. */
  @Override
  public synchronized String toString() {
    return (current == null ? "lost store" : current) + " for job '" + jobId + "'";
  }
}
