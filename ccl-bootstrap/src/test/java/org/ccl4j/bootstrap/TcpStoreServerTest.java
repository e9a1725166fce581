package org.ccl4j.bootstrap;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.ccl4j.api.CclException;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.Store;
import org.ccl4j.bootstrap.Request.Op;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** What the server allows, and what it does to those who want more. */
class TcpStoreServerTest {
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final Duration SHORT = Duration.ofMillis(200);
  private static final StoreSecret SECRET = StoreSecret.random();
  private static final TcpStore.Options CLIENT = TcpStore.Options.with(SECRET);

  private static TcpStoreServer serve(StoreLimits limits) {
    return TcpStoreServer.start(TcpStoreServer.Options.with(SECRET).withLimits(limits));
  }

  private static Store connect(TcpStoreServer server) {
    return TcpStore.connect(server.address(), CLIENT);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(US_ASCII);
  }

  private static Request set(int id, String key, byte[] value) {
    return new Request(Op.SET, id, key, 0, Optional.empty(), value);
  }

  private static CclException assertCode(ErrorCode expected, Executable call) {
    CclException e = assertThrows(CclException.class, call);
    assertEquals(expected, e.code(), e.getMessage());
    return e;
  }

  private static void awaitClients(TcpStoreServer server, int expected) {
    long end = System.nanoTime() + LONG.toNanos();
    while (server.clients() != expected) {
      assertTrue(System.nanoTime() - end < 0, "clients stay at " + server.clients());
      Thread.onSpinWait();
    }
  }

  // ---- who is who

  @Test
  void aProofThatWasOverheardIsOfNoUse() throws IOException {
    try (TcpStoreServer server = serve(StoreLimits.DEFAULT);
        RawClient first = new RawClient(server.address());
        RawClient second = new RawClient(server.address())) {
      byte[] nonce = Greeting.nonce();
      first.send(Greeting.hello(Greeting.SECRET, nonce));
      byte[] challenge = first.greeting().content();
      byte[] proof = Greeting.clientProof(SECRET, nonce, challenge);
      second.send(Greeting.hello(Greeting.SECRET, nonce));
      assertEquals(Greeting.Type.CHALLENGE, second.greeting().type());
      second.send(Greeting.encode(Greeting.Type.PROOF, proof));
      Greeting answer = second.greeting();
      assertEquals(Greeting.Type.REFUSAL, answer.type());
      assertEquals(Greeting.Reason.SECRET_WRONG.code(), answer.content()[0]);
      assertTrue(second.isCutOff());
      first.send(Greeting.encode(Greeting.Type.PROOF, proof));
      assertEquals(Greeting.Type.WELCOME, first.greeting().type());
    }
  }

  /** Answers a client as the script says, without knowing the secret. */
  private interface Impostor {
    void answer(Greeting hello, RawServer to) throws IOException;
  }

  private record RawServer(Socket socket) {
    void send(byte[] body) throws IOException {
      ByteBuffer frame = ByteBuffer.allocate(4 + body.length).putInt(body.length).put(body);
      socket.getOutputStream().write(frame.array());
    }

    Greeting greeting() throws IOException {
      java.io.DataInputStream in = new java.io.DataInputStream(socket.getInputStream());
      byte[] body = new byte[in.readInt()];
      in.readFully(body);
      return Greeting.parse(ByteBuffer.wrap(body));
    }
  }

  private static CclException connectTo(Impostor impostor) throws Exception {
    try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      CompletableFuture<CclException> client =
          CompletableFuture.supplyAsync(
              () ->
                  assertThrows(
                      CclException.class,
                      () -> TcpStore.connect("localhost", listener.getLocalPort(), CLIENT)));
      try (Socket socket = listener.accept()) {
        RawServer server = new RawServer(socket);
        impostor.answer(server.greeting(), server);
        return client.get(60, TimeUnit.SECONDS);
      }
    }
  }

  @Test
  void aServerThatAsksForNoProofIsNotTrusted() throws Exception {
    CclException e =
        connectTo(
            (hello, server) -> server.send(Greeting.encode(Greeting.Type.WELCOME, new byte[32])));
    assertEquals(ErrorCode.STORE_SECRET_WRONG, e.code(), e.getMessage());
  }

  @Test
  void aServerThatReflectsTheClientsOwnProofIsNotTrusted() throws Exception {
    CclException e =
        connectTo(
            (hello, server) -> {
              byte[] nonce = java.util.Arrays.copyOfRange(hello.content(), 1, 33);
              server.send(Greeting.encode(Greeting.Type.CHALLENGE, nonce));
              server.send(Greeting.encode(Greeting.Type.WELCOME, server.greeting().content()));
            });
    assertEquals(ErrorCode.STORE_SECRET_WRONG, e.code(), e.getMessage());
    assertFalse(e.getMessage().contains(SECRET.reveal()));
  }

  @Test
  void anotherVersionIsSaidOnBothSides() throws Exception {
    CclException e =
        connectTo(
            (hello, server) -> {
              byte[] challenge = Greeting.encode(Greeting.Type.CHALLENGE, Greeting.nonce());
              challenge[9] = 7;
              server.send(challenge);
            });
    assertEquals(ErrorCode.STORE_PROTOCOL, e.code(), e.getMessage());
    assertTrue(e.getMessage().contains("version 7"), e.getMessage());
    try (TcpStoreServer server = serve(StoreLimits.DEFAULT);
        RawClient client = new RawClient(server.address())) {
      byte[] hello = Greeting.hello(Greeting.SECRET, Greeting.nonce());
      hello[9] = 7;
      client.send(hello);
      Greeting answer = client.greeting();
      assertEquals(Greeting.Reason.VERSION.code(), answer.content()[0]);
      assertTrue(client.isCutOff());
    }
  }

  @Test
  void aFrameThatIsChangedOnItsWayIsNotServed() throws IOException {
    try (TcpStoreServer server = serve(StoreLimits.DEFAULT);
        Store other = connect(server)) {
      int length = 0;
      for (int at = 4; at == 4 || at < length; at++) {
        try (RawClient client = RawClient.admitted(server, Optional.of(SECRET))) {
          byte[] frame = client.sealed(RawClient.body(set(1, "k", bytes("v"))));
          length = frame.length;
          frame[at] ^= 1;
          client.out.write(frame);
          assertTrue(client.isCutOff(), "bit of byte " + at);
        }
        assertTrue(other.get("k").isEmpty(), "served with a changed byte " + at);
      }
    }
  }

  @Test
  void aFrameThatIsRepeatedOrLeftOutIsNotServed() throws IOException {
    try (TcpStoreServer server = serve(StoreLimits.DEFAULT);
        Store other = connect(server)) {
      try (RawClient client = RawClient.admitted(server, Optional.of(SECRET))) {
        byte[] frame = client.sealed(RawClient.body(Request.of(Op.ADD, 1, "n", 1)));
        client.out.write(frame);
        assertEquals(1, client.reply().number());
        client.out.write(frame);
        assertTrue(client.isCutOff());
      }
      try (RawClient client = RawClient.admitted(server, Optional.of(SECRET))) {
        byte[] leftOut = client.sealed(RawClient.body(Request.of(Op.ADD, 1, "n", 1)));
        assertTrue(leftOut.length > 0);
        client.out.write(client.sealed(RawClient.body(Request.of(Op.ADD, 2, "n", 1))));
        assertTrue(client.isCutOff());
      }
      assertEquals(1, other.add("n", 0));
    }
  }

  // ---- limits

  @Test
  void moreClientsThanAllowedAreRefusedAndTheOthersStay() {
    StoreLimits limits = StoreLimits.DEFAULT.withConnections(2, 8, LONG);
    try (TcpStoreServer server = serve(limits);
        Store a = connect(server)) {
      try (Store b = connect(server)) {
        CclException e =
            assertCode(
                ErrorCode.STORE_FULL,
                () -> TcpStore.connect(server.address(), CLIENT.withConnectTimeout(SHORT)));
        assertTrue(e.getMessage().contains("2 clients"), e.getMessage());
        assertEquals(1, b.add("n", 1));
      }
      assertEquals(2, a.add("n", 1));
      try (Store c = connect(server)) {
        assertEquals(3, c.add("n", 1), "there is room again");
      }
    }
  }

  @Test
  void whoProvesNothingInTimeIsCutOff() throws IOException {
    StoreLimits limits = StoreLimits.DEFAULT.withConnections(2, 8, SHORT);
    try (TcpStoreServer server = serve(limits);
        RawClient silent = new RawClient(server.address());
        RawClient halfway = new RawClient(server.address());
        Store proper = connect(server)) {
      halfway.send(Greeting.hello(Greeting.SECRET, Greeting.nonce()));
      assertEquals(Greeting.Type.CHALLENGE, halfway.greeting().type());
      assertTrue(silent.isCutOff());
      assertTrue(halfway.isCutOff());
      awaitClients(server, 1);
      assertEquals(1, proper.add("n", 1));
    }
  }

  @Test
  void thoseWhoHaveNotProvedThemselvesKeepNobodyOut() throws IOException {
    StoreLimits limits = StoreLimits.DEFAULT.withConnections(2, 2, SHORT);
    try (TcpStoreServer server = serve(limits);
        RawClient a = new RawClient(server.address());
        RawClient b = new RawClient(server.address());
        RawClient c = new RawClient(server.address());
        Store proper = connect(server)) {
      assertEquals(1, proper.add("n", 1));
      assertTrue(a.isCutOff() && b.isCutOff() && c.isCutOff());
    }
  }

  @Test
  void manyBytesBeforeAProofAreNotKept() throws IOException {
    try (TcpStoreServer server = serve(StoreLimits.DEFAULT)) {
      for (int length : new int[] {Link.MAX_GREETING + 1, 1 << 20, Integer.MAX_VALUE, -1, 0}) {
        try (RawClient client = new RawClient(server.address())) {
          client.out.writeInt(length);
          assertThrows(
              SocketException.class,
              () -> {
                for (int i = 0; i < 1 << 14; i++) {
                  client.out.write(new byte[4096]);
                }
              },
              "64 MiB were taken");
        }
      }
      awaitClients(server, 0);
    }
  }

  @Test
  void moreKeysOrBytesThanAllowedAreRefused() {
    StoreLimits limits = StoreLimits.DEFAULT.withContent(3, 4096, 1000);
    try (TcpStoreServer server = serve(limits);
        Store store = connect(server)) {
      store.set("a", new byte[1000]);
      assertCode(ErrorCode.OUT_OF_RANGE, () -> store.set("b", new byte[1001]));
      assertCode(
          ErrorCode.OUT_OF_RANGE, () -> store.compareAndSet("b", Optional.empty(), new byte[1001]));
      store.set("b", new byte[1000]);
      store.set("c", new byte[1000]);
      CclException e = assertCode(ErrorCode.STORE_FULL, () -> store.set("d", bytes("v")));
      assertTrue(e.getMessage().contains("3 keys"), e.getMessage());
      assertCode(ErrorCode.STORE_FULL, () -> store.add("d", 1));
      assertTrue(store.delete("a"));
      store.set("d", bytes("v"));
    }
    limits = StoreLimits.DEFAULT.withContent(100, 4096, 1000);
    try (TcpStoreServer server = serve(limits);
        Store store = connect(server)) {
      store.set("a", new byte[1000]);
      store.set("b", new byte[1000]);
      store.set("c", new byte[1000]);
      CclException e = assertCode(ErrorCode.STORE_FULL, () -> store.set("d", new byte[1000]));
      assertTrue(e.getMessage().contains("4096"), e.getMessage());
      store.set("a", new byte[0]);
      store.set("d", new byte[1000]);
      for (int i = 0; i < 1000; i++) {
        store.set("a", new byte[i % 500]);
        assertTrue(store.delete("a"));
      }
    }
  }

  @Test
  void aKeyThatIsTooLongIsRefusedAndTheConnectionStays() throws IOException {
    try (TcpStoreServer server = serve(StoreLimits.DEFAULT);
        RawClient client = RawClient.admitted(server, Optional.of(SECRET))) {
      client.send(set(1, "k".repeat(Store.MAX_KEY_LENGTH + 1), bytes("v")));
      assertEquals(ErrorCode.OUT_OF_RANGE, client.reply().exception().code());
      client.send(set(2, "", bytes("v")));
      assertEquals(ErrorCode.OUT_OF_RANGE, client.reply().exception().code());
      client.send(set(3, "k", bytes("v")));
      assertEquals(Reply.Outcome.DONE, client.reply().outcome());
    }
  }

  @Test
  void moreWaitsThanAllowedAreRefused() throws IOException {
    StoreLimits limits = StoreLimits.DEFAULT.withClient(3, 1 << 20, LONG);
    try (TcpStoreServer server = serve(limits);
        RawClient client = RawClient.admitted(server, Optional.of(SECRET))) {
      for (int id = 1; id <= 3; id++) {
        client.send(Request.of(Op.AWAIT, id, "k" + id, LONG.toNanos()));
      }
      client.send(Request.of(Op.AWAIT, 4, "k4", LONG.toNanos()));
      Reply refused = client.reply();
      assertEquals(4, refused.id());
      assertEquals(ErrorCode.STORE_FULL, refused.exception().code());
      client.send(Request.of(Op.CANCEL, 1, ""));
      client.send(Request.of(Op.AWAIT, 5, "k5", LONG.toNanos()));
      client.send(set(6, "k5", bytes("v")));
      assertEquals(6, client.reply().id());
      Reply woken = client.reply();
      assertEquals(5, woken.id());
      assertArrayEquals(bytes("v"), woken.value());
    }
  }

  @Test
  void theServerEndsAWaitAtItsDeadline() throws IOException {
    try (TcpStoreServer server = serve(StoreLimits.DEFAULT);
        RawClient client = RawClient.admitted(server, Optional.of(SECRET))) {
      client.send(Request.of(Op.AWAIT, 1, "k", 5_000_000));
      assertEquals(Reply.Outcome.NONE, client.reply().outcome());
      assertEquals(0, server.held());
      for (long nanos : new long[] {0, -1, Long.MIN_VALUE}) {
        client.send(Request.of(Op.AWAIT, 2, "k", nanos));
        assertEquals(Reply.Outcome.NONE, client.reply().outcome());
      }
      client.send(Request.of(Op.AWAIT, 3, "k", Long.MAX_VALUE));
      client.send(set(4, "k", bytes("v")));
      assertEquals(4, client.reply().id());
      assertEquals(3, client.reply().id());
    }
  }

  @Test
  void whoReadsNoAnswersIsHeldBackAndThenCutOff() throws IOException {
    StoreLimits limits = StoreLimits.DEFAULT.withClient(64, 64L << 20, SHORT);
    try (TcpStoreServer server = serve(limits);
        Store other = connect(server);
        RawClient lazy = RawClient.admitted(server, Optional.of(SECRET))) {
      other.set("large", new byte[Store.MAX_VALUE_BYTES]);
      for (int id = 0; id < 2000; id++) {
        lazy.send(Request.of(Op.GET, id, "large"));
      }
      // At 1 MiB each it would be 2 GB; it was held back after the first that did not fit.
      awaitClients(server, 1);
      assertEquals(1, other.add("n", 1));
      assertTrue(server.requests() < 200, server.requests() + " were answered");
    }
  }

  @Test
  void whoWaitsForMoreThanItReadsIsCutOff() throws IOException {
    StoreLimits limits = StoreLimits.DEFAULT.withClient(64, 8L << 20, LONG);
    try (TcpStoreServer server = serve(limits);
        Store other = connect(server);
        RawClient lazy = RawClient.admitted(server, Optional.of(SECRET))) {
      for (int id = 0; id < 64; id++) {
        lazy.send(Request.of(Op.AWAIT, id, "large", LONG.toNanos()));
      }
      lazy.send(Request.of(Op.GET, 64, "flush"));
      assertEquals(64, lazy.reply().id());
      other.set("large", new byte[Store.MAX_VALUE_BYTES]);
      awaitClients(server, 1);
      assertEquals(1, other.add("n", 1));
    }
  }

  @Test
  void aClientThatIsOnlySlowGetsEverything() throws IOException {
    try (TcpStoreServer server = serve(StoreLimits.DEFAULT);
        Store other = connect(server);
        RawClient slow = RawClient.admitted(server, Optional.of(SECRET))) {
      byte[] large = new byte[Store.MAX_VALUE_BYTES];
      new java.util.Random(3).nextBytes(large);
      other.set("large", large);
      for (int id = 0; id < 50; id++) {
        slow.send(Request.of(Op.GET, id, "large"));
      }
      for (int id = 0; id < 50; id++) {
        Reply reply = slow.reply();
        assertEquals(id, reply.id());
        assertArrayEquals(large, reply.value());
      }
    }
  }

  @Test
  void limitsHaveBounds() {
    assertCode(ErrorCode.OUT_OF_RANGE, () -> StoreLimits.DEFAULT.withConnections(0, 1, LONG));
    assertCode(
        ErrorCode.OUT_OF_RANGE,
        () -> StoreLimits.DEFAULT.withContent(1, 1, Store.MAX_VALUE_BYTES + 1));
    assertCode(ErrorCode.OUT_OF_RANGE, () -> StoreLimits.DEFAULT.withClient(1, 1, Duration.ZERO));
  }
}
