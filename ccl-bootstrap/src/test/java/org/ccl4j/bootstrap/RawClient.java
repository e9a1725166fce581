package org.ccl4j.bootstrap;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A client that can also do what a proper one never does. */
final class RawClient implements AutoCloseable {
  private final Socket socket = new Socket();
  final DataInputStream in;
  final DataOutputStream out;
  private @Nullable Seal mine;
  private @Nullable Seal theirs;

  RawClient(InetSocketAddress server) throws IOException {
    socket.connect(server);
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(60_000);
    in = new DataInputStream(socket.getInputStream());
    out = new DataOutputStream(socket.getOutputStream());
  }

  /** One that has proved itself, or was asked for nothing. */
  static RawClient admitted(TcpStoreServer server, Optional<StoreSecret> secret)
      throws IOException {
    RawClient client = new RawClient(server.address());
    byte[] nonce = Greeting.nonce();
    client.send(Greeting.hello(secret.isPresent() ? Greeting.SECRET : Greeting.INSECURE, nonce));
    if (secret.isPresent()) {
      byte[] serverNonce = client.greeting().content();
      client.send(
          Greeting.encode(
              Greeting.Type.PROOF, Greeting.clientProof(secret.get(), nonce, serverNonce)));
      client.mine = Greeting.clientSeal(secret.get(), nonce, serverNonce);
      client.theirs = Greeting.serverSeal(secret.get(), nonce, serverNonce);
    }
    Greeting last = Greeting.parse(ByteBuffer.wrap(client.frame(false)));
    if (last.type() != Greeting.Type.WELCOME) {
      throw new IOException("not welcome: " + last.type());
    }
    return client;
  }

  /** A frame without a code. */
  void send(byte[] body) throws IOException {
    ByteBuffer frame = ByteBuffer.allocate(4 + body.length).putInt(body.length).put(body);
    out.write(frame.array());
    out.flush();
  }

  /** The frame of a request, with its code where there is a secret; not sent. */
  byte[] sealed(byte[] body) {
    int tag = mine == null ? 0 : Seal.BYTES;
    ByteBuffer frame = ByteBuffer.allocate(4 + body.length + tag);
    frame.putInt(body.length + tag).put(body);
    if (mine != null) {
      frame.put(mine.next(frame.duplicate().flip()));
    }
    return frame.array();
  }

  static byte[] body(Request request) {
    byte[] head = request.head();
    return ByteBuffer.allocate(head.length + request.value().length)
        .put(head)
        .put(request.value())
        .array();
  }

  void send(Request request) throws IOException {
    out.write(sealed(body(request)));
    out.flush();
  }

  Greeting greeting() throws IOException {
    return Greeting.parse(ByteBuffer.wrap(frame(false)));
  }

  Reply reply() throws IOException {
    return Reply.parse(ByteBuffer.wrap(frame(true)));
  }

  private byte[] frame(boolean sealed) throws IOException {
    int length = in.readInt();
    byte[] frame = new byte[length];
    in.readFully(frame);
    Seal seal = theirs;
    if (!sealed || seal == null) {
      return frame;
    }
    ByteBuffer whole = ByteBuffer.allocate(4 + length).putInt(length).put(frame).flip();
    byte[] code = new byte[Seal.BYTES];
    whole.get(4 + length - Seal.BYTES, code);
    if (!seal.accepts(whole.slice(0, 4 + length - Seal.BYTES), code)) {
      throw new IOException("the server's code is wrong");
    }
    return java.util.Arrays.copyOf(frame, length - Seal.BYTES);
  }

  /** Whether the server ends the connection; reads on until it does. */
  boolean isCutOff() throws IOException {
    try {
      byte[] scratch = new byte[65536];
      while (in.read(scratch) >= 0) {
        // what was under way
      }
      return true;
    } catch (EOFException | SocketException e) {
      return true;
    }
  }

  /** Reads what there is and does not wait for more. */
  void skip() throws IOException {
    in.skipNBytes(Math.min(in.available(), 1 << 20));
  }

  /** Sends no more, and waits until the server has looked at everything and ended too. */
  void finish() throws IOException {
    socket.shutdownOutput();
    if (!isCutOff()) {
      throw new IOException("the server does not end the connection");
    }
  }

  /** Closes without the pause of a minute that keeps the port. */
  void reset() throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
