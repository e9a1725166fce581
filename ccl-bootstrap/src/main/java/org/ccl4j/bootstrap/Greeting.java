package org.ccl4j.bootstrap;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.Arrays;

/**
 * What the two sides of a connection say before they trust each other. The client begins with
 * {@code HELLO}; the server answers with {@code CHALLENGE}, the client with {@code PROOF}, the
 * server with {@code WELCOME}, which is its own proof. Instead of any answer the server may send a
 * {@code REFUSAL}.
 *
 * @param version of the protocol that the sender speaks
 * @param type what it is
 * @param content depends on the type
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Greeting(int version, Type type, byte[] content) {
  static final int VERSION = 1;
  static final int NONCE_BYTES = 32;

  /** How a connection without a secret begins, and one with a secret. */
  static final byte INSECURE = 0;

  static final byte SECRET = 1;

  // The line ends make a server of a text protocol, such as HTTP, answer at once instead of
  // waiting for more.
  private static final byte[] MAGIC = "CCL4J\r\n\r\n".getBytes(ISO_8859_1);

  private static final SecureRandom RANDOM = new SecureRandom();

  /** What it is. */
  enum Type implements Coded {
    HELLO(0),
    CHALLENGE(1),
    PROOF(2),
    WELCOME(3),
    REFUSAL(4);

    private final int code;

    Type(int code) {
      this.code = code;
    }

    @Override
    public int code() {
      return code;
    }
  }

  /** Why the server refuses. */
  enum Reason implements Coded {
    NO_GREETING(0),
    VERSION(1),
    SECRET_MISSING(2),
    SECRET_UNWANTED(3),
    SECRET_WRONG(4),
    FULL(5);

    private final int code;

    Reason(int code) {
      this.code = code;
    }

    @Override
    public int code() {
      return code;
    }
  }

  static byte[] nonce() {
    byte[] nonce = new byte[NONCE_BYTES];
    RANDOM.nextBytes(nonce);
    return nonce;
  }

  static byte[] encode(Type type, byte[] content) {
    return ByteBuffer.allocate(MAGIC.length + 2 + content.length)
        .put(MAGIC)
        .put((byte) VERSION)
        .put((byte) type.code())
        .put(content)
        .array();
  }

  static byte[] hello(byte mode, byte[] nonce) {
    return encode(Type.HELLO, ByteBuffer.allocate(1 + NONCE_BYTES).put(mode).put(nonce).array());
  }

  static byte[] refusal(Reason reason, String text) {
    byte[] words = text.getBytes(UTF_8);
    return encode(
        Type.REFUSAL,
        ByteBuffer.allocate(1 + words.length).put((byte) reason.code()).put(words).array());
  }

  static Greeting parse(ByteBuffer frame) throws Link.NoFrameException {
    try {
      byte[] magic = new byte[MAGIC.length];
      frame.get(magic);
      int version = frame.get() & 0xFF;
      Type type = Coded.find(Type.values(), frame.get());
      byte[] content = new byte[frame.remaining()];
      frame.get(content);
      if (Arrays.equals(magic, MAGIC) && type != null) {
        return new Greeting(version, type, content);
      }
    } catch (BufferUnderflowException e) {
      // falls through to the one message
    }
    throw new Link.NoFrameException("bytes came that do not greet as a store does");
  }

  /** Client to server: I know the secret. */
  static byte[] clientProof(StoreSecret secret, byte[] clientNonce, byte[] serverNonce) {
    return secret.sign(label("proof of the client"), clientNonce, serverNonce);
  }

  /** Server to client: so do I. */
  static byte[] serverProof(StoreSecret secret, byte[] clientNonce, byte[] serverNonce) {
    return secret.sign(label("proof of the server"), clientNonce, serverNonce);
  }

  /** Protects what the client sends from now on. */
  static Seal clientSeal(StoreSecret secret, byte[] clientNonce, byte[] serverNonce) {
    return new Seal(secret.sign(label("frames of the client"), clientNonce, serverNonce));
  }

  /** Protects what the server sends from now on. */
  static Seal serverSeal(StoreSecret secret, byte[] clientNonce, byte[] serverNonce) {
    return new Seal(secret.sign(label("frames of the server"), clientNonce, serverNonce));
  }

  /** No two uses of the secret sign the same bytes, so that none can stand for another. */
  private static byte[] label(String use) {
    return ("ccl4j store " + VERSION + ": " + use + "\0").getBytes(UTF_8);
  }
}
