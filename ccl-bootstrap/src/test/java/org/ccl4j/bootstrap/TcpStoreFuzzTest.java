package org.ccl4j.bootstrap;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.ccl4j.api.Store;
import org.ccl4j.bootstrap.Request.Op;
import org.junit.jupiter.api.Test;

/**
 * 10^5 random and changed messages, before and after the proof. The seed is fixed, so that a
 * finding comes again.
 */
class TcpStoreFuzzTest {
  private static final long SEED = 20261121;
  private static final int BEFORE_THE_PROOF = 10_000;
  private static final int SEALED = 45_000;
  private static final int WITHOUT_SECRET = 45_000;
  private static final StoreSecret SECRET = StoreSecret.random();
  private static final List<Op> OPS = List.of(Op.values());
  private static final StoreLimits LIMITS =
      StoreLimits.DEFAULT
          .withConnections(8, 8, Duration.ofSeconds(60))
          .withContent(64, 1 << 20, 4096)
          .withClient(64, 1 << 20, Duration.ofSeconds(60));

  private final Random random = new Random(SEED);
  private final List<String> mistakes = new CopyOnWriteArrayList<>();
  private int messages;

  @Test
  void noMessageHarmsTheServerOrTheOthers() throws IOException {
    Logger logger = Logger.getLogger("org.ccl4j.bootstrap");
    Handler handler = remember();
    logger.addHandler(handler);
    try {
      attack(TcpStoreServer.Options.with(SECRET), TcpStore.Options.with(SECRET));
      attack(TcpStoreServer.Options.insecure(), TcpStore.Options.insecure());
    } finally {
      logger.removeHandler(handler);
    }
    assertEquals(List.of(), mistakes);
    assertTrue(messages >= 100_000, messages + " messages");
  }

  private void attack(TcpStoreServer.Options serverOptions, TcpStore.Options options)
      throws IOException {
    boolean secret = serverOptions.secret().isPresent();
    try (TcpStoreServer server = TcpStoreServer.start(serverOptions.withLimits(LIMITS));
        Store other = TcpStore.connect(server.address(), options)) {
      other.set("proper", "value".getBytes(US_ASCII));
      before(server, 500); // so that all classes are loaded and all threads are there
      after(server, 2000, other);
      Footprint first = Footprint.now(server);
      before(server, secret ? BEFORE_THE_PROOF : 0);
      after(server, secret ? SEALED : WITHOUT_SECRET, other);
      Footprint last = Footprint.now(server);
      assertTrue(server.requests() > SEALED / 2, server.requests() + " requests got through");
      last.requireLike(first);
    }
  }

  /** Who has not proved itself. */
  private void before(TcpStoreServer server, int count) throws IOException {
    for (int sent = 0; sent < count; ) {
      RawClient client = new RawClient(server.address());
      try {
        for (int i = random.nextInt(4); i >= 0; i--, sent++, messages++) {
          byte[] body = changed(greeting());
          if (random.nextBoolean()) {
            client.send(body);
          } else {
            client.out.write(body);
          }
        }
        client.finish();
      } catch (IOException e) {
        // cut off, as it should be
      } finally {
        client.reset();
      }
    }
  }

  private byte[] greeting() {
    return switch (random.nextInt(6)) {
      case 0 -> Greeting.hello(Greeting.SECRET, Greeting.nonce());
      case 1 -> Greeting.hello(Greeting.INSECURE, Greeting.nonce());
      case 2 -> Greeting.encode(Greeting.Type.PROOF, Greeting.nonce());
      case 3 -> Greeting.encode(Greeting.Type.WELCOME, Greeting.nonce());
      case 4 -> "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(US_ASCII);
      default -> randomBytes(random.nextInt(2 * Link.MAX_GREETING));
    };
  }

  /** Who knows the secret, or needs none, and has bad manners. */
  private void after(TcpStoreServer server, int count, Store other) throws IOException {
    Optional<StoreSecret> secret =
        server.toString().contains("insecure") ? Optional.empty() : Optional.of(SECRET);
    for (int sent = 0; sent < count; ) {
      RawClient client = RawClient.admitted(server, secret);
      try {
        boolean wellFormed = true;
        for (int i = 0; wellFormed && i < 200 && sent < count; i++, sent++, messages++) {
          byte[] body = RawClient.body(request(i));
          int fate = random.nextInt(50);
          wellFormed = fate > 1;
          byte[] frame = client.sealed(fate == 0 ? changed(body) : body);
          client.out.write(fate == 1 ? changed(frame) : frame);
          client.skip();
        }
        client.finish();
      } catch (IOException e) {
        // cut off, as it should be
      } finally {
        client.reset();
      }
      assertArrayEquals("value".getBytes(US_ASCII), other.get("proper").orElseThrow());
    }
  }

  private Request request(int id) {
    Op op = OPS.get(random.nextInt(OPS.size()));
    String key =
        random.nextInt(50) == 0 ? "k".repeat(random.nextInt(600)) : "k" + random.nextInt(99);
    long number =
        switch (random.nextInt(4)) {
          case 0 -> random.nextLong();
          case 1 -> Long.MAX_VALUE;
          case 2 -> 0;
          default -> random.nextInt(1_000_000);
        };
    Optional<byte[]> expected =
        random.nextBoolean() ? Optional.empty() : Optional.of(randomBytes(random.nextInt(16)));
    int length = random.nextInt(200) == 0 ? random.nextInt(6000) : random.nextInt(64);
    return new Request(
        op,
        random.nextInt(8) == 0 ? random.nextInt() : id,
        key,
        number,
        expected,
        randomBytes(length));
  }

  private byte[] randomBytes(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  private byte[] changed(byte[] original) {
    byte[] bytes = original.clone();
    for (int changes = random.nextInt(4); changes >= 0 && bytes.length > 0; changes--) {
      int at = random.nextInt(bytes.length);
      switch (random.nextInt(6)) {
        case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
        case 1 -> bytes[at] = (byte) random.nextInt();
        case 2 -> bytes = Arrays.copyOf(bytes, at);
        case 3 -> bytes = Arrays.copyOf(bytes, bytes.length + random.nextInt(64));
        case 4 -> {
          if (bytes.length >= 4) {
            int[] numbers = {0, -1, Integer.MAX_VALUE, Integer.MIN_VALUE, bytes.length};
            ByteBuffer.wrap(bytes)
                .putInt(random.nextInt(bytes.length - 3), numbers[random.nextInt(5)]);
          }
        }
        default -> {
          byte[] tail = Arrays.copyOfRange(bytes, at, bytes.length);
          bytes = Arrays.copyOf(bytes, bytes.length + 3);
          System.arraycopy(tail, 0, bytes, at + 3, tail.length);
        }
      }
    }
    return bytes;
  }

  /** What the process holds once all attackers are gone. */
  private record Footprint(int clients, int held, int threads, long files, long heap) {

    static Footprint now(TcpStoreServer server) throws IOException {
      long end = System.nanoTime() + 60_000_000_000L;
      while (server.clients() > 1) {
        assertTrue(System.nanoTime() - end < 0, server.clients() + " clients stay");
        Thread.onSpinWait();
      }
      System.gc();
      Runtime runtime = Runtime.getRuntime();
      return new Footprint(
          server.clients(),
          server.held(),
          Thread.getAllStackTraces().size(),
          openFiles(),
          runtime.totalMemory() - runtime.freeMemory());
    }

    private static long openFiles() throws IOException {
      Path descriptors = Path.of("/proc/self/fd");
      if (!Files.isDirectory(descriptors)) {
        return 0; // another system; the number of connections was looked at
      }
      try (Stream<Path> all = Files.list(descriptors)) {
        return all.count();
      }
    }

    void requireLike(Footprint before) {
      List<String> grown = new ArrayList<>();
      if (held > LIMITS.maxKeys()) {
        grown.add("keys and waits");
      }
      if (threads > before.threads + 2) {
        grown.add("threads");
      }
      if (files > before.files + 4) {
        grown.add("files");
      }
      if (heap > before.heap + (16 << 20)) {
        grown.add("heap");
      }
      assertEquals(List.of(), grown, before + " became " + this);
    }
  }

  private Handler remember() {
    return new Handler() {
      @Override
      public void publish(LogRecord log) {
        if (log.getLevel().intValue() >= Level.WARNING.intValue() && mistakes.size() < 5) {
          mistakes.add(log.getLoggerName() + ": " + log.getMessage() + " " + log.getThrown());
        }
      }

      @Override
      public void flush() {}

      @Override
      public void close() {}
    };
  }
}
