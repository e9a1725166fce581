package org.ccl4j.bootstrap;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;

/** Bytes within TLS 1.2 or 1.3, by the engine of the JDK. */
final class TlsWire implements Wire {
  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);
  private static final String[] PROTOCOLS = {"TLSv1.3", "TLSv1.2"};

  private final SocketChannel channel;
  private final SSLEngine engine;
  // Both hold what TLS calls records, and are given up while empty: most connections are idle.
  private ByteBuffer incoming = NOTHING; // ready to be written to
  private ByteBuffer outgoing = NOTHING; // ready to be read from
  private boolean ended;

  private TlsWire(SocketChannel channel, SSLEngine engine) throws SSLException {
    this.channel = channel;
    this.engine = engine;
    engine.setEnabledProtocols(PROTOCOLS);
    engine.beginHandshake();
  }

  /** The side that connects. It takes no certificate that is not for the host it asked for. */
  static TlsWire client(SocketChannel channel, SSLContext context, String host, int port)
      throws SSLException {
    SSLEngine engine = context.createSSLEngine(host, port);
    engine.setUseClientMode(true);
    SSLParameters parameters = engine.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    engine.setSSLParameters(parameters);
    return new TlsWire(channel, engine);
  }

  /** The side that was connected to. Who connects proves with the secret who it is. */
  static TlsWire server(SocketChannel channel, SSLContext context) throws SSLException {
    SSLEngine engine = context.createSSLEngine();
    engine.setUseClientMode(false);
    return new TlsWire(channel, engine);
  }

  @Override
  public int read(ByteBuffer into) throws IOException {
    int start = into.position();
    boolean more = true;
    while (more) {
      more =
          switch (engine.getHandshakeStatus()) {
            case NEED_TASK -> runTasks();
            case NEED_WRAP -> wrap(NOTHING);
            default -> unwrap(into);
          };
    }
    if (incoming.position() == 0) {
      incoming = NOTHING;
    }
    int count = into.position() - start;
    return count == 0 && (ended || engine.isInboundDone()) ? -1 : count;
  }

  /** Says whether to go on. */
  private boolean unwrap(ByteBuffer into) throws IOException {
    incoming.flip();
    SSLEngineResult result;
    try {
      result = engine.unwrap(incoming, into);
    } catch (SSLException e) {
      sayWhatIsWrong();
      throw e;
    } finally {
      incoming.compact();
    }
    return switch (result.getStatus()) {
      case OK -> true;
      case BUFFER_OVERFLOW, CLOSED -> false;
      case BUFFER_UNDERFLOW -> receive();
    };
  }

  private boolean receive() throws IOException {
    int needed = engine.getSession().getPacketBufferSize();
    if (incoming.capacity() < needed) {
      incoming = ByteBuffer.allocate(needed).put(incoming.flip());
    }
    int count = channel.read(incoming);
    ended = count < 0;
    return count > 0;
  }

  @Override
  public boolean write(ByteBuffer from) throws IOException {
    if (!flush()) {
      return false;
    }
    while (from.hasRemaining() || engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP) {
      boolean goOn =
          switch (engine.getHandshakeStatus()) {
            case NEED_TASK -> runTasks();
            case NEED_UNWRAP -> false;
            default -> wrap(from);
          };
      if (!goOn) {
        return false;
      }
    }
    return true;
  }

  /** Says whether the socket took it all. */
  private boolean wrap(ByteBuffer from) throws IOException {
    if (!flush()) {
      return false;
    }
    ByteBuffer record = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
    SSLEngineResult result = engine.wrap(from, record);
    outgoing = record.flip();
    boolean flushed = flush();
    if (result.getStatus() == SSLEngineResult.Status.CLOSED && from.hasRemaining()) {
      throw new EOFException("the other side ended the connection");
    }
    return flushed && result.getStatus() == SSLEngineResult.Status.OK;
  }

  private boolean flush() throws IOException {
    if (outgoing.hasRemaining()) {
      channel.write(outgoing);
    }
    if (outgoing.hasRemaining()) {
      return false;
    }
    outgoing = NOTHING;
    return true;
  }

  private boolean runTasks() {
    for (Runnable task = engine.getDelegatedTask();
        task != null;
        task = engine.getDelegatedTask()) {
      task.run();
    }
    return true;
  }

  /** Sends the alert, so that the other side can name the reason too. */
  private void sayWhatIsWrong() {
    try {
      for (int records = 0;
          records < 4 && engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP;
          records++) {
        wrap(NOTHING);
      }
    } catch (IOException e) {
      System.getLogger(TlsWire.class.getName())
          .log(System.Logger.Level.DEBUG, "an alert could not be sent", e);
    }
  }

  @Override
  public boolean blocked() {
    return outgoing.hasRemaining();
  }

  @Override
  public boolean holdsInput() {
    return incoming.position() > 0;
  }

  @Override
  public int room() {
    return engine.getSession().getApplicationBufferSize();
  }

  @Override
  public void finish() throws IOException {
    engine.closeOutbound();
    wrap(NOTHING);
  }
}
