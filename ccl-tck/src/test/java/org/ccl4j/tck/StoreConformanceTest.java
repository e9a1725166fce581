package org.ccl4j.tck;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.ccl4j.api.CclTimeoutException;
import org.ccl4j.api.CclUsageException;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.Store;
import org.ccl4j.api.config.Settings;
import org.ccl4j.bootstrap.FileStore;
import org.ccl4j.bootstrap.InMemoryStore;
import org.ccl4j.bootstrap.StoreSecret;
import org.ccl4j.bootstrap.Stores;
import org.ccl4j.bootstrap.TcpStore;
import org.ccl4j.bootstrap.TcpStoreServer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.io.TempDir;

/** The stores of ccl-bootstrap keep the contract, and so can one of a user's own. */
class StoreConformanceTest {

  @Nested
  class InMemory extends StoreConformance {
    @Override
    protected Store open() {
      return new InMemoryStore();
    }
  }

  @Nested
  class Prefixed extends StoreConformance {
    @Override
    protected Store open() {
      return new InMemoryStore().prefixed("job");
    }

    @Override
    protected int longestKey() {
      return Store.MAX_KEY_LENGTH - "job/".length();
    }
  }

  @Nested
  class InFiles extends StoreConformance {
    @TempDir private Path parent = Path.of("replaced");

    @Override
    protected Store open() {
      return FileStore.open(parent.resolve("store"), "job");
    }

    @Override
    protected Store again(Store first) {
      return FileStore.open(parent.resolve("store"), "job");
    }
  }

  @Nested
  class OverTcp extends StoreConformance {
    private final StoreSecret secret = StoreSecret.random();
    private final TcpStoreServer server = TcpStoreServer.start(TcpStoreServer.Options.with(secret));

    @Override
    protected Store open() {
      return TcpStore.connect(server.address(), TcpStore.Options.with(secret));
    }

    @Override
    protected Store again(Store first) {
      return open();
    }

    @AfterEach
    void closeServer() {
      server.close();
    }
  }

  @Nested
  class OverTls extends StoreConformance {
    @TempDir private static Path folder = Path.of("replaced");
    private static @Nullable Settings settings;
    private @Nullable TcpStoreServer server;

    @Override
    protected Store open() {
      if (settings == null) {
        settings = makeCertificate();
      }
      server = Stores.serve("tcps://localhost:0", settings);
      return client(server, settings);
    }

    private static Store client(TcpStoreServer to, Settings with) {
      return Stores.open(
          "tcps://localhost:" + to.address().getPort(), "job", with, Duration.ofMinutes(1));
    }

    @Override
    protected Store again(Store first) {
      if (server == null || settings == null) {
        throw new IllegalStateException("not open");
      }
      return client(server, settings);
    }

    @AfterEach
    void closeServer() {
      if (server != null) {
        server.close();
      }
    }

    private static Settings makeCertificate() {
      Path key = folder.resolve("key.p12");
      Path trust = folder.resolve("trust.pem");
      Path password = folder.resolve("password");
      StoreSecret.random().writeTo(password);
      String store = "-storetype PKCS12 -keystore " + key + " -storepass:file " + password;
      keytool(
          "-genkeypair -alias server -keyalg EC -dname CN=localhost -validity 2"
              + " -ext san=dns:localhost,ip:127.0.0.1 "
              + store);
      keytool("-exportcert -rfc -alias server -file " + trust + " " + store);
      assertTrue(key.toFile().setReadable(false, false) && key.toFile().setReadable(true, true));
      return Settings.of(
          Map.of(
              "ccl.store.secret", StoreSecret.random().reveal(),
              "ccl.store.tls.key", key.toString(),
              "ccl.store.tls.password.file", password.toString(),
              "ccl.store.tls.trust", trust.toString()));
    }

    private static void keytool(String options) {
      List<String> command = new ArrayList<>();
      command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
      command.addAll(Arrays.asList(options.split(" ", -1)));
      try {
        Process process =
            new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        assertTrue(process.waitFor(60, TimeUnit.SECONDS), "keytool stands still");
        assertEquals(0, process.exitValue(), "exit code of keytool " + options);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  @Nested
  class OfTheUsersOwn extends StoreConformance {
    @Override
    protected Store open() {
      return new MapStore();
    }
  }

  /** The least that a store of the user's own has to be. */
  private static final class MapStore implements Store {
    private final Map<String, byte[]> values = new HashMap<>();

    private static String checkedKey(@Nullable String key) {
      if (key == null) {
        throw new CclUsageException(ErrorCode.NULL_ARGUMENT, "key is null.");
      }
      if (key.isEmpty() || key.length() > MAX_KEY_LENGTH) {
        throw new CclUsageException(ErrorCode.OUT_OF_RANGE, "key is too short or too long.");
      }
      if (!UTF_8.newEncoder().canEncode(key)) {
        throw new CclUsageException(ErrorCode.INVALID_ARGUMENT, "key is no text.");
      }
      return key;
    }

    private static byte[] checkedValue(byte @Nullable [] value) {
      if (value == null) {
        throw new CclUsageException(ErrorCode.NULL_ARGUMENT, "value is null.");
      }
      if (value.length > MAX_VALUE_BYTES) {
        throw new CclUsageException(ErrorCode.OUT_OF_RANGE, "value is too long.");
      }
      return value.clone();
    }

    @Override
    public synchronized void set(String key, byte[] value) {
      values.put(checkedKey(key), checkedValue(value));
      notifyAll();
    }

    @Override
    public synchronized Optional<byte[]> get(String key) {
      return Optional.ofNullable(values.get(checkedKey(key))).map(byte[]::clone);
    }

    @Override
    public synchronized byte[] await(String key, @Nullable Duration timeout) {
      checkedKey(key);
      if (timeout == null) {
        throw new CclUsageException(ErrorCode.NULL_ARGUMENT, "timeout is null.");
      }
      if (timeout.isZero() || timeout.isNegative()) {
        throw new CclUsageException(ErrorCode.OUT_OF_RANGE, "timeout is not positive.");
      }
      Duration bounded = timeout.compareTo(Duration.ofDays(1)) > 0 ? Duration.ofDays(1) : timeout;
      long end = System.nanoTime() + bounded.toNanos();
      try {
        while (!values.containsKey(key)) {
          long left = end - System.nanoTime();
          if (left <= 0) {
            throw new CclTimeoutException(ErrorCode.STORE_TIMEOUT, "no '" + key + "' in time.");
          }
          TimeUnit.NANOSECONDS.timedWait(this, left);
        }
        if (Thread.interrupted()) {
          throw new InterruptedException();
        }
        return get(key).orElseThrow();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new CclTimeoutException(ErrorCode.INTERRUPTED, "interrupted.");
      }
    }

    @Override
    public synchronized long add(String key, long delta) {
      String digits = get(key).map(value -> new String(value, US_ASCII)).orElse("0");
      try {
        long sum = Long.parseLong(digits) + delta;
        set(key, Long.toString(sum).getBytes(US_ASCII));
        return sum;
      } catch (NumberFormatException e) {
        throw new CclUsageException(ErrorCode.INVALID_ARGUMENT, "'" + key + "' is no counter.");
      }
    }

    @Override
    public synchronized boolean compareAndSet(String key, Optional<byte[]> expected, byte[] value) {
      if (expected == null) {
        throw new CclUsageException(ErrorCode.NULL_ARGUMENT, "expected is null.");
      }
      byte[] copy = checkedValue(value);
      boolean equal = Arrays.equals(get(key).orElse(null), expected.orElse(null));
      if (equal) {
        set(key, copy);
      }
      return equal;
    }

    @Override
    public synchronized boolean delete(String key) {
      return values.remove(checkedKey(key)) != null;
    }
  }
}
