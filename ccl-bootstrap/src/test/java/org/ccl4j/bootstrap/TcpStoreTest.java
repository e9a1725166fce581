package org.ccl4j.bootstrap;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.ccl4j.api.CclException;
import org.ccl4j.api.CclTimeoutException;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.Store;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class TcpStoreTest {
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final Duration SHORT = Duration.ofMillis(300);
  private static final StoreSecret SECRET = StoreSecret.random();
  private static final TcpStore.Options CLIENT =
      TcpStore.Options.with(SECRET).withConnectTimeout(LONG);
  private static final TcpStore.Options IMPATIENT = CLIENT.withConnectTimeout(SHORT);

  private static TcpStoreServer serve() {
    return TcpStoreServer.start(TcpStoreServer.Options.with(SECRET));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(US_ASCII);
  }

  private static CclException assertCode(ErrorCode expected, Executable call) {
    CclException e = assertThrows(CclException.class, call);
    assertEquals(expected, e.code(), e.getMessage());
    assertFalse(e.getMessage().contains(SECRET.reveal()), "the secret is in " + e.getMessage());
    return e;
  }

  private static void assertSays(String part, CclException e) {
    assertTrue(e.getMessage().contains(part), e.getMessage());
  }

  private static InetSocketAddress loopback(int port) {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  @Test
  void whatOneClientSetsAnotherReads() {
    try (TcpStoreServer server = serve();
        Store a = TcpStore.connect(server.address(), CLIENT);
        Store b = TcpStore.connect(server.address(), CLIENT)) {
      a.set("k", bytes("v"));
      assertArrayEquals(bytes("v"), b.get("k").orElseThrow());
      assertArrayEquals(bytes("v"), b.await("k", LONG));
    }
  }

  @Test
  void theServerListensOnLoopbackUnlessTold() {
    try (TcpStoreServer server = serve()) {
      assertTrue(server.address().getAddress().isLoopbackAddress(), server.toString());
    }
  }

  @Test
  void manyThreadsWaitOverOneConnection() throws Exception {
    try (TcpStoreServer server = serve();
        Store store = TcpStore.connect(server.address(), CLIENT);
        Store other = TcpStore.connect(server.address(), CLIENT)) {
      CompletableFuture<?>[] all = new CompletableFuture<?>[32];
      for (int i = 0; i < all.length; i++) {
        int number = i;
        all[i] = new CompletableFuture<Void>();
        CompletableFuture<?> mine = all[i];
        Thread thread =
            new Thread(
                () -> {
                  try {
                    byte[] value = store.await("k" + number, LONG);
                    assertArrayEquals(bytes("v" + number), value);
                    mine.complete(null);
                  } catch (Throwable e) {
                    mine.completeExceptionally(e);
                  }
                });
        thread.setDaemon(true);
        thread.start();
      }
      for (int i = all.length - 1; i >= 0; i--) {
        other.set("k" + i, bytes("v" + i));
      }
      CompletableFuture.allOf(all).get(60, TimeUnit.SECONDS);
      assertEquals(2, server.clients());
    }
  }

  @Test
  void aWrongSecretIsToldFromAWrongPort() throws IOException {
    try (TcpStoreServer server = serve()) {
      TcpStore.Options wrong = TcpStore.Options.with(StoreSecret.random()).withConnectTimeout(LONG);
      CclException e =
          assertCode(ErrorCode.STORE_SECRET_WRONG, () -> TcpStore.connect(server.address(), wrong));
      assertSays("tcp://127.0.0.1:" + server.address().getPort(), e);
    }
    int free;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      free = socket.getLocalPort();
    }
    CclException e =
        assertCode(ErrorCode.STORE_UNREACHABLE, () -> TcpStore.connect(loopback(free), IMPATIENT));
    assertSays("localhost:" + free, e);
    assertSays("refused", e);
  }

  @Test
  void aMissingSecretIsToldOnEitherSide() {
    try (TcpStoreServer server = serve()) {
      assertCode(
          ErrorCode.STORE_SECRET_MISSING,
          () ->
              TcpStore.connect(
                  server.address(), TcpStore.Options.insecure().withConnectTimeout(LONG)));
    }
    try (TcpStoreServer server = TcpStoreServer.start(TcpStoreServer.Options.insecure())) {
      assertCode(ErrorCode.STORE_SECRET_MISSING, () -> TcpStore.connect(server.address(), CLIENT));
      try (Store store = TcpStore.connect(server.address(), TcpStore.Options.insecure())) {
        store.set("k", bytes("v"));
        assertArrayEquals(bytes("v"), store.get("k").orElseThrow());
      }
    }
  }

  @Test
  void aWebServerIsNoStore() throws IOException {
    HttpServer web = HttpServer.create(loopback(0), 0);
    web.start();
    try {
      CclException e =
          assertCode(ErrorCode.STORE_PROTOCOL, () -> TcpStore.connect(web.getAddress(), CLIENT));
      assertSays("HTTP", e);
    } finally {
      web.stop(0);
    }
  }

  @Test
  void whoAcceptsAndSaysNothingIsNoStore() throws IOException {
    try (ServerSocket silent = new ServerSocket(0, 9, InetAddress.getLoopbackAddress())) {
      CclException e =
          assertCode(
              ErrorCode.STORE_UNREACHABLE,
              () -> TcpStore.connect(loopback(silent.getLocalPort()), IMPATIENT));
      assertSays("said nothing", e);
    }
  }

  @Test
  void aNameThatDoesNotResolveIsToldAsSuch() {
    CclException e =
        assertCode(
            ErrorCode.STORE_HOST_UNKNOWN,
            () -> TcpStore.connect("no-such-host.invalid", 4711, IMPATIENT));
    assertSays("no-such-host.invalid", e);
  }

  @Test
  void aTakenPortIsToldAsSuch() {
    try (TcpStoreServer server = serve()) {
      CclException e =
          assertCode(
              ErrorCode.STORE_ADDRESS_UNUSABLE,
              () ->
                  TcpStoreServer.start(
                      TcpStoreServer.Options.with(SECRET).withBind(server.address())));
      assertSays("127.0.0.1:" + server.address().getPort(), e);
    }
    // 192.0.2.0/24 is kept for examples and belongs to no host.
    assertCode(
        ErrorCode.STORE_ADDRESS_UNUSABLE,
        () ->
            TcpStoreServer.start(
                TcpStoreServer.Options.with(SECRET)
                    .withBind(new InetSocketAddress("192.0.2.1", 0))));
  }

  @Test
  void aServerThatStartsLaterIsFound() throws Exception {
    int free;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      free = socket.getLocalPort();
    }
    CompletableFuture<Store> client =
        CompletableFuture.supplyAsync(() -> TcpStore.connect(loopback(free), CLIENT));
    assertThrows(
        java.util.concurrent.TimeoutException.class, () -> client.get(200, TimeUnit.MILLISECONDS));
    try (TcpStoreServer server =
            TcpStoreServer.start(TcpStoreServer.Options.with(SECRET).withBind(loopback(free)));
        Store store = client.get(60, TimeUnit.SECONDS)) {
      assertEquals(1, store.add(server.toString(), 1));
    }
  }

  @Test
  void anInterruptEndsConnecting() throws Exception {
    try (ServerSocket silent = new ServerSocket(0, 9, InetAddress.getLoopbackAddress())) {
      CompletableFuture<CclException> ended = new CompletableFuture<>();
      Thread thread =
          new Thread(
              () ->
                  ended.complete(
                      assertThrows(
                          CclTimeoutException.class,
                          () -> TcpStore.connect(loopback(silent.getLocalPort()), CLIENT))));
      thread.start();
      try (Socket accepted = silent.accept()) {
        assertTrue(accepted.isConnected());
        thread.interrupt();
        assertEquals(ErrorCode.INTERRUPTED, ended.get(60, TimeUnit.SECONDS).code());
      }
    }
  }

  @Test
  void aLostServerEndsWaitsAndLaterCallsAndIsNamed() throws Exception {
    TcpStoreServer server = serve();
    try (Store store = TcpStore.connect(server.address(), CLIENT)) {
      CompletableFuture<CclException> wait =
          CompletableFuture.supplyAsync(
              () -> assertThrows(CclException.class, () -> store.await("never", LONG)));
      while (server.held() < 1) {
        Thread.onSpinWait();
      }
      server.close();
      CclException e = wait.get(60, TimeUnit.SECONDS);
      assertEquals(ErrorCode.STORE_FAILED, e.code(), e.getMessage());
      assertSays("127.0.0.1:" + server.address().getPort(), e);
      assertSays(
          "127.0.0.1:" + server.address().getPort(),
          assertCode(ErrorCode.STORE_FAILED, () -> store.add("n", 1)));
    }
  }

  @Test
  void aClosedStoreSaysSo() {
    try (TcpStoreServer server = serve()) {
      Store store = TcpStore.connect(server.address(), CLIENT);
      store.close();
      store.close();
      assertCode(ErrorCode.CLOSED, () -> store.get("k"));
    }
  }

  @Test
  void waitsThatAreGivenUpLeaveNothingOnTheServer() throws Exception {
    try (TcpStoreServer server = serve()) {
      try (Store store = TcpStore.connect(server.address(), CLIENT)) {
        assertThrows(CclTimeoutException.class, () -> store.await("late", Duration.ofMillis(5)));
        CompletableFuture<ErrorCode> interrupted = new CompletableFuture<>();
        Thread thread =
            new Thread(
                () ->
                    interrupted.complete(
                        assertThrows(CclException.class, () -> store.await("never", LONG)).code()));
        thread.start();
        while (server.held() < 1) {
          Thread.onSpinWait();
        }
        thread.interrupt();
        assertEquals(ErrorCode.INTERRUPTED, interrupted.get(60, TimeUnit.SECONDS));
        store.get("flush");
        assertEquals(0, server.held());
        assertEquals(1, server.clients());
      }
      assertTrue(server.awaitNoClients(LONG));
    }
  }

  @Test
  void aValueThatManyWaitForArrivesWhole() throws Exception {
    byte[] large = new byte[Store.MAX_VALUE_BYTES];
    new java.util.Random(7).nextBytes(large);
    try (TcpStoreServer server = serve();
        Store store = TcpStore.connect(server.address(), CLIENT);
        Store other = TcpStore.connect(server.address(), CLIENT)) {
      CompletableFuture<byte[]> waiting =
          CompletableFuture.supplyAsync(() -> other.await("large", LONG));
      store.set("large", large);
      assertArrayEquals(large, waiting.get(60, TimeUnit.SECONDS));
      assertTrue(store.compareAndSet("large", java.util.Optional.of(large), bytes("small")));
      assertArrayEquals(bytes("small"), other.get("large").orElseThrow());
    }
  }
}
