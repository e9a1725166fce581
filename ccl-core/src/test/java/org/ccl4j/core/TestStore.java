package org.ccl4j.core;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.ccl4j.api.CclLibraryException;
import org.ccl4j.api.CclTimeoutException;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.Store;
import org.jspecify.annotations.Nullable;

/**
 * A store for many threads: a thread that waits is woken by its own key alone. Counts the requests
 * of each thread, and fails on demand.
 */
final class TestStore implements Store {
  private final ConcurrentHashMap<String, CompletableFuture<byte[]>> values =
      new ConcurrentHashMap<>();
  private final ConcurrentHashMap<Thread, AtomicInteger> requests = new ConcurrentHashMap<>();
  private final AtomicInteger number = new AtomicInteger();
  private final AtomicInteger timeouts = new AtomicInteger();

  /** Of this many requests one fails; 0 for none. */
  volatile int failEvery;

  /** The keys that have a value, with it. */
  Map<String, String> content() {
    Map<String, String> found = new TreeMap<>();
    values.forEach(
        (key, value) -> {
          if (value.isDone()) {
            found.put(key, new String(value.join(), UTF_8));
          }
        });
    return found;
  }

  int requests() {
    return requests.values().stream().mapToInt(AtomicInteger::get).sum();
  }

  /** How many waits ended without a value: what a slow machine has more of. */
  int timeouts() {
    return timeouts.get();
  }

  int mostRequestsOfOneThread() {
    return requests.values().stream().mapToInt(AtomicInteger::get).max().orElse(0);
  }

  /** Fails before the request is carried out, or after it, in turn. */
  private <T> T request(Supplier<T> request) {
    requests.computeIfAbsent(Thread.currentThread(), t -> new AtomicInteger()).incrementAndGet();
    int every = failEvery;
    int mine = number.incrementAndGet();
    boolean fails = every > 0 && mine % every == 0;
    if (!fails) {
      return request.get();
    }
    T lost = mine / every % 2 == 0 ? request.get() : null;
    throw new CclLibraryException(
        ErrorCode.STORE_FAILED, "request " + mine + " is to fail; it gave " + lost);
  }

  private static CompletableFuture<byte[]> done(byte[] value) {
    return CompletableFuture.completedFuture(value);
  }

  @Override
  public void set(String key, byte[] value) {
    request(
        () -> {
          CompletableFuture<byte[]> before = values.put(key, done(value));
          if (before != null) {
            before.complete(value);
          }
          return true;
        });
  }

  @Override
  public Optional<byte[]> get(String key) {
    return request(() -> now(key));
  }

  private Optional<byte[]> now(String key) {
    CompletableFuture<byte[]> value = values.get(key);
    return value == null || !value.isDone() ? Optional.empty() : Optional.of(value.join());
  }

  @Override
  public byte[] await(String key, Duration timeout) {
    return request(
        () -> {
          try {
            return values
                .computeIfAbsent(key, k -> new CompletableFuture<>())
                .get(timeout.toNanos(), TimeUnit.NANOSECONDS);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CclTimeoutException(ErrorCode.INTERRUPTED, "interrupted: " + key);
          } catch (TimeoutException e) {
            timeouts.incrementAndGet();
            throw new CclTimeoutException(ErrorCode.STORE_TIMEOUT, key);
          } catch (ExecutionException e) {
            throw new AssertionError(e);
          }
        });
  }

  @Override
  public long add(String key, long delta) {
    throw new AssertionError("the rendezvous does not add: a request may be made twice");
  }

  @Override
  public boolean compareAndSet(String key, Optional<byte[]> expected, byte[] value) {
    return request(
        () -> {
          boolean[] set = new boolean[1];
          values.compute(
              key,
              (k, before) -> {
                byte[] now = before == null || !before.isDone() ? null : before.join();
                set[0] =
                    now == null ? expected.isEmpty() : Arrays.equals(now, expected.orElse(null));
                return set[0] ? wake(before, value) : before;
              });
          return set[0];
        });
  }

  private static CompletableFuture<byte[]> wake(
      @Nullable CompletableFuture<byte[]> before, byte[] value) {
    if (before != null) {
      before.complete(value);
    }
    return done(value);
  }

  @Override
  public boolean delete(String key) {
    return request(
        () -> {
          Optional<byte[]> before = now(key);
          values.computeIfPresent(key, (k, value) -> value.isDone() ? null : value);
          return before.isPresent();
        });
  }
}
