package org.ccl4j.bootstrap;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.ccl4j.bootstrap.Greeting.Reason;
import org.jspecify.annotations.Nullable;

/** One connection, as the server sees it. */
final class Session implements Link.Owner {
  private static final System.Logger LOG = System.getLogger(Session.class.getName());

  private final StoreService service;
  private final long since;
  private final Map<Integer, StoreService.Wait> waits = new HashMap<>(2);
  private Optional<Link> link = Optional.empty();
  private byte[] clientNonce = {};
  private byte[] serverNonce = {};
  private State state = State.NEW;

  private enum State {
    NEW,
    CHALLENGED,
    OPEN,
    REFUSED
  }

  Session(StoreService service, long since) {
    this.service = service;
    this.since = since;
  }

  void begin(Link with) {
    link = Optional.of(with);
    with.start();
  }

  long since() {
    return since;
  }

  /** What this client waits for, by the number of its request. */
  Map<Integer, StoreService.Wait> waits() {
    return waits;
  }

  long stalledNanos(long now) {
    return link.map(l -> l.stalledNanos(now)).orElse(0L);
  }

  void answer(Reply reply) {
    link.ifPresent(l -> l.send(reply.head(), reply.value()));
  }

  void close(Throwable why) {
    link.ifPresent(l -> l.close(why));
  }

  @Override
  public void connected(Link on) {}

  @Override
  public void received(Link from, ByteBuffer frame) throws IOException {
    switch (state) {
      case NEW -> greet(from, Greeting.parse(frame));
      case CHALLENGED -> prove(from, Greeting.parse(frame));
      case OPEN -> service.serve(this, Request.parse(frame));
      case REFUSED -> throw new IOException("the other side goes on after it was refused");
    }
  }

  @Override
  public void malformed(Link from) {
    if (state == State.NEW) {
      refuse(Reason.NO_GREETING, "this is a store of ccl4j, and what came is not its protocol");
    }
  }

  private void greet(Link to, Greeting hello) throws IOException {
    if (hello.version() != Greeting.VERSION) {
      refuse(Reason.VERSION, "this store speaks version " + Greeting.VERSION);
      return;
    }
    if (hello.type() != Greeting.Type.HELLO || hello.content().length != 1 + Greeting.NONCE_BYTES) {
      throw new Link.NoFrameException("a greeting came out of turn");
    }
    boolean withSecret = hello.content()[0] == Greeting.SECRET;
    if (withSecret != service.options().secret().isPresent()) {
      refuse(withSecret ? Reason.SECRET_UNWANTED : Reason.SECRET_MISSING, "");
      return;
    }
    if (!withSecret) {
      welcome(to, new byte[0], null, null);
      return;
    }
    clientNonce = Arrays.copyOfRange(hello.content(), 1, 1 + Greeting.NONCE_BYTES);
    serverNonce = Greeting.nonce();
    state = State.CHALLENGED;
    to.send(Greeting.encode(Greeting.Type.CHALLENGE, serverNonce));
  }

  private void prove(Link to, Greeting proof) throws IOException {
    if (proof.type() != Greeting.Type.PROOF || proof.version() != Greeting.VERSION) {
      throw new Link.NoFrameException("a greeting came out of turn");
    }
    StoreSecret secret = service.options().secret().orElseThrow();
    byte[] right = Greeting.clientProof(secret, clientNonce, serverNonce);
    if (!MessageDigest.isEqual(right, proof.content())) {
      refuse(Reason.SECRET_WRONG, "");
      return;
    }
    welcome(
        to,
        Greeting.serverProof(secret, clientNonce, serverNonce),
        Greeting.clientSeal(secret, clientNonce, serverNonce),
        Greeting.serverSeal(secret, clientNonce, serverNonce));
    clientNonce = serverNonce = new byte[0];
  }

  private void welcome(Link to, byte[] proof, @Nullable Seal incoming, @Nullable Seal outgoing) {
    if (!service.hasRoom()) {
      refuse(
          Reason.FULL,
          "it has "
              + service.options().limits().maxConnections()
              + " clients already, which is its limit");
      return;
    }
    state = State.OPEN;
    to.send(Greeting.encode(Greeting.Type.WELCOME, proof));
    to.seal(incoming, outgoing, Request.MAX_BYTES);
    service.admitted(this);
  }

  private void refuse(Reason reason, String text) {
    LOG.log(System.Logger.Level.DEBUG, "a client was refused: {0} {1}", reason, text);
    state = State.REFUSED;
    link.ifPresent(l -> l.sendLast(Greeting.refusal(reason, text)));
  }

  @Override
  public void closed(Throwable why) {
    LOG.log(System.Logger.Level.DEBUG, "a connection ended: {0}", Failures.reason(why));
    service.left(this);
  }
}
