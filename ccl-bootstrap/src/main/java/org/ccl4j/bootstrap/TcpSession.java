package org.ccl4j.bootstrap;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.SSLException;
import org.ccl4j.api.CclException;
import org.ccl4j.api.CclUsageException;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.bootstrap.Greeting.Reason;
import org.jspecify.annotations.Nullable;

/** One connection, as the client sees it: first the greeting, then requests and their replies. */
final class TcpSession implements Link.Owner {
  private final String address;
  private final Optional<StoreSecret> secret;
  private final CompletableFuture<TcpSession> ready = new CompletableFuture<>();
  private final Map<Integer, CompletableFuture<Reply>> waiting = new ConcurrentHashMap<>();
  private final byte[] clientNonce = Greeting.nonce();
  private byte[] serverNonce = {};
  private volatile @Nullable Link link;
  private volatile boolean reached;
  private volatile boolean open;
  private volatile @Nullable Throwable end;

  TcpSession(String address, Optional<StoreSecret> secret) {
    this.address = address;
    this.secret = secret;
  }

  /** Starts to connect and to greet; the future tells how that ended. */
  CompletableFuture<TcpSession> begin(Link with) {
    link = with;
    with.start();
    return ready;
  }

  /** Whether the host accepted the connection, whatever came then. */
  boolean reached() {
    return reached;
  }

  @Override
  public void connected(Link on) {
    reached = true;
    on.send(Greeting.hello(secret.isPresent() ? Greeting.SECRET : Greeting.INSECURE, clientNonce));
  }

  @Override
  public void received(Link from, ByteBuffer frame) throws IOException {
    if (open) {
      Reply reply = Reply.parse(frame);
      CompletableFuture<Reply> answer = waiting.remove(reply.id());
      // None where the wait was given up while the reply was on its way.
      if (answer != null) {
        answer.complete(reply);
      }
      return;
    }
    greeted(from, Greeting.parse(frame));
  }

  private void greeted(Link from, Greeting greeting) throws IOException {
    if (greeting.type() == Greeting.Type.REFUSAL) {
      throw refused(greeting);
    }
    if (greeting.version() != Greeting.VERSION) {
      throw otherVersion(greeting.version(), "");
    }
    boolean proved = serverNonce.length > 0;
    if (greeting.type() == Greeting.Type.CHALLENGE
        && secret.isPresent()
        && !proved
        && greeting.content().length == Greeting.NONCE_BYTES) {
      serverNonce = greeting.content();
      from.send(
          Greeting.encode(
              Greeting.Type.PROOF, Greeting.clientProof(secret.get(), clientNonce, serverNonce)));
    } else if (greeting.type() == Greeting.Type.WELCOME && secret.isPresent() == proved) {
      welcomed(from, greeting);
    } else if (greeting.type() == Greeting.Type.WELCOME) {
      // A server that asks for no proof may be anybody.
      throw new CclUsageException(ErrorCode.STORE_SECRET_WRONG, impostor());
    } else {
      throw new Link.NoFrameException("a greeting came out of turn");
    }
  }

  private void welcomed(Link from, Greeting welcome) {
    if (secret.isPresent()) {
      StoreSecret known = secret.get();
      byte[] right = Greeting.serverProof(known, clientNonce, serverNonce);
      if (!MessageDigest.isEqual(right, welcome.content())) {
        throw new CclUsageException(ErrorCode.STORE_SECRET_WRONG, impostor());
      }
      from.seal(
          Greeting.serverSeal(known, clientNonce, serverNonce),
          Greeting.clientSeal(known, clientNonce, serverNonce),
          Request.MAX_BYTES);
    } else {
      from.seal(null, null, Request.MAX_BYTES);
    }
    open = true;
    ready.complete(this);
  }

  private String impostor() {
    return "what answers at "
        + address
        + " did not prove that it knows the secret of this job, so nothing was told to it. Check"
        + " the address, and that both sides have the same secret.";
  }

  private CclException refused(Greeting greeting) throws IOException {
    byte[] content = greeting.content();
    Reason reason = content.length == 0 ? null : Coded.find(Reason.values(), content[0]);
    if (reason == null) {
      throw new Link.NoFrameException("a refusal came without a reason");
    }
    String text = new String(content, 1, content.length - 1, UTF_8);
    return switch (reason) {
      case NO_GREETING ->
          Failures.of(
              ErrorCode.STORE_PROTOCOL,
              "the store at "
                  + address
                  + " did not understand what came from here: "
                  + text
                  + ". Look for what changes the traffic on its way.",
              null);
      case VERSION -> otherVersion(greeting.version(), text);
      case SECRET_MISSING ->
          Failures.of(
              ErrorCode.STORE_SECRET_MISSING,
              "the store at "
                  + address
                  + " asks for a secret, and none was given. Set CCL_STORE_SECRET or"
                  + " CCL_STORE_SECRET_FILE to that of the job.",
              null);
      case SECRET_UNWANTED ->
          Failures.of(
              ErrorCode.STORE_SECRET_MISSING,
              "the store at "
                  + address
                  + " runs without a secret, so that it cannot prove that it is the right one. Give"
                  + " its server the secret of the job, or connect without one where that was"
                  + " meant.",
              null);
      case SECRET_WRONG ->
          Failures.of(
              ErrorCode.STORE_SECRET_WRONG,
              "the store at "
                  + address
                  + " has another secret. The address is right as far as it goes: a store answers"
                  + " there; check that it is that of this job, and that both sides have the same"
                  + " secret.",
              null);
      case FULL ->
          Failures.of(
              ErrorCode.STORE_FULL,
              "the store at "
                  + address
                  + " takes no more clients: "
                  + text
                  + ". Close those that are no longer needed, or serve it with higher limits.",
              null);
    };
  }

  private CclException otherVersion(int version, String text) {
    return Failures.of(
        ErrorCode.STORE_PROTOCOL,
        "the store at "
            + address
            + " speaks version "
            + version
            + " of the protocol, and this client version "
            + Greeting.VERSION
            + (text.isEmpty() ? "" : " (" + text + ")")
            + ". Use the same version of ccl4j on all ranks.",
        null);
  }

  @Override
  public void malformed(Link from) {}

  @Override
  public void closed(Throwable why) {
    end = why;
    open = false;
    ready.completeExceptionally(why);
    for (Integer id : List.copyOf(waiting.keySet())) {
      CompletableFuture<Reply> answer = waiting.remove(id);
      if (answer != null) {
        answer.completeExceptionally(why);
      }
    }
  }

  CompletableFuture<Reply> send(Request request) {
    CompletableFuture<Reply> answer = new CompletableFuture<>();
    waiting.put(request.id(), answer);
    Link to = link;
    if (to == null || !open) {
      waiting.remove(request.id());
      throw failure();
    }
    to.send(request.head(), request.value());
    if (end != null) {
      // It ended between the two, and may have missed this one.
      answer.completeExceptionally(new IOException("the connection ended"));
    }
    return answer;
  }

  /** No longer waits for the reply, and says so to the server. */
  void cancel(Request wait) {
    forget(wait);
    Link to = link;
    if (to != null) {
      to.send(Request.of(Request.Op.CANCEL, wait.id(), "").head());
    }
  }

  void forget(Request request) {
    waiting.remove(request.id());
  }

  void close(Throwable why) {
    Link to = link;
    if (to != null) {
      to.close(why);
    }
  }

  /** Why requests fail from now on, made anew for each caller so that it has its own trace. */
  CclException failure() {
    Throwable why = end;
    if (why instanceof CclUsageException usage) {
      return new CclUsageException(usage.code(), Failures.withoutCode(usage));
    }
    return Failures.of(
        ErrorCode.STORE_FAILED,
        "the connection to the store at "
            + address
            + " was lost: "
            + (why == null ? "it is not open" : Failures.reason(why))
            + ". Whether a request under way took effect is not known. Look at the process that"
            + " serves the store, then connect again.",
        why);
  }

  /** An attempt's failure that no further attempt would mend; null where one may. */
  static @Nullable CclException lasting(String address, boolean tls, Throwable why) {
    if (why instanceof CclException known) {
      return known.code() == ErrorCode.STORE_FULL ? null : known;
    }
    if (why instanceof SSLException) {
      return Failures.of(
          ErrorCode.STORE_TLS_FAILED,
          "there is no TLS with the store at "
              + address
              + ": "
              + Failures.reason(why)
              + ". Check that the server uses TLS, that its certificate is for this host name, and"
              + " that this side trusts who signed it.",
          why);
    }
    if (why instanceof Link.NoFrameException) {
      boolean alert = Failures.reason(why).contains("'\\x15\\x03");
      return Failures.of(
          ErrorCode.STORE_PROTOCOL,
          "what answers at "
              + address
              + " is no store of ccl4j: "
              + Failures.reason(why)
              + ". "
              + (alert && !tls
                  ? "It speaks TLS: connect with tcps:// and whom to trust."
                  : "Check host and port."),
          why);
    }
    return null;
  }

  @Override
  public String toString() {
    return address;
  }
}
