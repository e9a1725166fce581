package org.ccl4j.bootstrap;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.Queue;
import org.ccl4j.api.CclException;
import org.jspecify.annotations.Nullable;

/**
 * One connection that carries frames, on either side. A frame is a length of four bytes, that many
 * bytes, and once {@link #seal sealed} {@value Seal#BYTES} bytes of code over both.
 *
 * <p>Reads happen on the thread of the loop; any thread may send. A sender writes to the socket
 * itself where it can, because handing over to another thread costs more than the rest together.
 */
final class Link implements Loop.Ready {
  /** The longest frame before both sides know each other. */
  static final int MAX_GREETING = 512;

  private static final System.Logger LOG = System.getLogger(Link.class.getName());
  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);
  private static final int SMALL = 256;

  // Values longer than this are sent from where they are instead of being copied.
  private static final int COPIED_VALUE = 4096;

  // What a connection that was refused may still send before it is cut off.
  private static final int MAX_IGNORED = 1 << 16;

  private final Loop loop;
  private final SocketChannel channel;
  private final Wire wire;
  private final Owner owner;
  private final Backlog allowed;
  private final SelectionKey key;
  private final Queue<ByteBuffer> out = new ArrayDeque<>();
  private ByteBuffer in = NOTHING; // ready to be written to
  private long backlog;
  private long progress = System.nanoTime();
  private int maxFrame = MAX_GREETING;
  private int ignored;
  private boolean held; // whole frames may be in store that were not looked at
  private boolean leaving;
  private boolean finished;
  private boolean closed;
  private @Nullable Seal sealIn;
  private @Nullable Seal sealOut;

  /** Whoever the frames are for. Called on the thread of the loop, {@link #closed} on any. */
  interface Owner {
    /** The connection is there; frames can be sent. */
    void connected(Link link) throws IOException;

    /** A frame came. Anything thrown closes the connection. */
    void received(Link link, ByteBuffer frame) throws IOException;

    /** What came is no frame. Unless this sends a last one, the connection is closed. */
    void malformed(Link link);

    /** The connection is gone. Called once. */
    void closed(Throwable why);
  }

  /**
   * How far the other side may be behind in reading, in bytes.
   *
   * @param pause above this, its frames are not looked at until it has taken its answers
   * @param max above this, the connection is closed
   */
  record Backlog(long pause, long max) {
    /** For a side that sends only what its own threads wait for. */
    static final Backlog UNBOUNDED = new Backlog(Long.MAX_VALUE, Long.MAX_VALUE);
  }

  /** Bytes came that are no frame. */
  static final class NoFrameException extends IOException {
    private static final long serialVersionUID = 1L;

    NoFrameException(String message) {
      super(message);
    }
  }

  /** Makes a link of a channel that does not block. */
  Link(Loop loop, SocketChannel channel, Wire wire, Owner owner, Backlog allowed)
      throws IOException {
    this.loop = loop;
    this.channel = channel;
    this.wire = wire;
    this.owner = owner;
    this.allowed = allowed;
    this.key = loop.register(channel, 0, this);
  }

  /** Starts to connect or, where it is connected, to read. */
  synchronized void start() {
    try {
      key.interestOps(channel.isConnected() ? SelectionKey.OP_READ : SelectionKey.OP_CONNECT);
      loop.wakeUp();
      if (channel.isConnected()) {
        owner.connected(this);
        flush();
      }
    } catch (IOException | RuntimeException e) {
      close(e);
    }
  }

  /** From the next frame on, frames have codes and may be longer. */
  synchronized void seal(@Nullable Seal incoming, @Nullable Seal outgoing, int longest) {
    sealIn = incoming;
    sealOut = outgoing;
    maxFrame = longest + (incoming == null ? 0 : Seal.BYTES);
  }

  /** Sends a frame. */
  void send(byte[] head) {
    send(head, null);
  }

  /** Sends a frame of the head and the value, which is not copied where it is long. */
  synchronized void send(byte[] head, byte @Nullable [] value) {
    if (closed || leaving) {
      return;
    }
    Seal seal = sealOut;
    int valueLength = value == null ? 0 : value.length;
    int tag = seal == null ? 0 : Seal.BYTES;
    boolean copied = valueLength <= COPIED_VALUE;
    int length = head.length + valueLength + tag;
    ByteBuffer first =
        ByteBuffer.allocate(Integer.BYTES + head.length + (copied ? valueLength + tag : 0));
    first.putInt(length).put(head);
    if (copied && value != null) {
      first.put(value);
    }
    first.flip();
    ByteBuffer rest = copied || value == null ? NOTHING : ByteBuffer.wrap(value);
    byte[] code = seal == null ? new byte[0] : seal.next(first, rest);
    if (copied) {
      int end = first.limit();
      out.add(first.limit(end + tag).put(end, code));
    } else {
      out.add(first);
      out.add(rest);
      out.add(ByteBuffer.wrap(code));
    }
    if (backlog == 0) {
      progress = System.nanoTime();
    }
    backlog += Integer.BYTES + length;
    try {
      flush();
    } catch (IOException e) {
      close(e);
    }
    if (backlog > allowed.max()) {
      close(
          new IOException(
              "the other side is "
                  + backlog
                  + " bytes behind in reading; allowed are "
                  + allowed.max()));
    }
  }

  /** Sends a last frame, and ends the connection once the other side has read it. */
  synchronized void sendLast(byte[] head) {
    send(head);
    leaving = true;
    try {
      flush();
    } catch (IOException e) {
      close(e);
    }
  }

  /** When the other side last took something of what it was sent; empty queue: now. */
  synchronized long stalledNanos(long now) {
    return backlog == 0 ? 0 : now - progress;
  }

  @Override
  public synchronized void ready() {
    try {
      if (!key.isValid()) {
        return;
      }
      if (key.isConnectable()) {
        channel.finishConnect();
        owner.connected(this);
      }
      if (leaving) {
        ignore();
      } else if (key.isReadable()) {
        readFrames();
      }
      flush();
      while (held && !leaving && !closed && !paused()) {
        readFrames();
        flush();
      }
    } catch (NoFrameException e) {
      owner.malformed(this);
      if (!leaving) {
        close(e);
      }
    } catch (IOException | CclException | CancelledKeyException e) {
      close(e);
    } catch (RuntimeException e) {
      LOG.log(System.Logger.Level.ERROR, "a connection is closed by a mistake in its service", e);
      close(e);
    } catch (OutOfMemoryError e) {
      close(new IOException("no memory left for this connection", e));
    }
  }

  private boolean paused() {
    return backlog > allowed.pause();
  }

  private void readFrames() throws IOException {
    parse();
    int count = 1;
    while (count > 0 && !paused() && !closed && !leaving) {
      makeRoom();
      count = wire.read(in);
      if (count < 0) {
        throw new EOFException("the other side ended the connection");
      }
      parse();
      if (!wire.holdsInput()) {
        break;
      }
    }
    held = paused();
    if (in.position() == 0) {
      in = NOTHING;
    }
  }

  /** Grows with what has come, never with what a length promises. */
  private void makeRoom() {
    int needed = Math.max(wire.room(), 1);
    if (in.remaining() < needed) {
      int capacity = Math.max(SMALL, Math.max(in.capacity() * 2, in.position() + needed));
      in = ByteBuffer.allocate(capacity).put(in.flip());
    }
  }

  /** The length of the frame that begins here; -1 while that is not known. */
  private int frameLength(int start) throws IOException {
    if (in.position() - start < Integer.BYTES) {
      return -1;
    }
    int length = in.getInt(start);
    int least = sealIn == null ? 1 : Seal.BYTES + 1;
    if (length < least || length > maxFrame) {
      ByteBuffer bytes = in.duplicate().flip().position(start);
      throw new NoFrameException(
          "bytes came that are no frame, starting with '" + printable(bytes) + "'");
    }
    return length;
  }

  private static String printable(ByteBuffer bytes) {
    StringBuilder text = new StringBuilder();
    while (bytes.hasRemaining() && text.length() < 24) {
      int b = bytes.get() & 0xFF;
      if (b == '\r' || b == '\n') {
        break;
      }
      text.append(b >= ' ' && b < 127 ? String.valueOf((char) b) : String.format("\\x%02x", b));
    }
    return text.toString();
  }

  private void parse() throws IOException {
    int start = 0;
    while (!paused() && !leaving && !closed) {
      int length = frameLength(start);
      if (length < 0 || in.position() - start < Integer.BYTES + length) {
        break;
      }
      owner.received(this, opened(in.duplicate().flip().slice(start, Integer.BYTES + length)));
      start += Integer.BYTES + length;
    }
    if (start > 0 && !closed) {
      in.flip().position(start).compact();
    }
  }

  /** What a frame carries, once its code is found right. */
  private ByteBuffer opened(ByteBuffer frame) throws IOException {
    if (sealIn == null) {
      return frame.slice(Integer.BYTES, frame.limit() - Integer.BYTES);
    }
    int end = frame.limit() - Seal.BYTES;
    byte[] code = new byte[Seal.BYTES];
    frame.get(end, code);
    if (!sealIn.accepts(frame.slice(0, end), code)) {
      throw new NoFrameException("a frame came whose code is wrong; it was changed on its way");
    }
    return frame.slice(Integer.BYTES, end - Integer.BYTES);
  }

  /** Reads on after a refusal: to close with unread input would take the refusal back. */
  private void ignore() throws IOException {
    in = NOTHING;
    ByteBuffer scratch = ByteBuffer.allocate(4096);
    int count = channel.read(scratch);
    ignored += Math.max(0, count);
    if (count < 0 || ignored > MAX_IGNORED) {
      throw new EOFException("the other side was refused");
    }
  }

  private void flush() throws IOException {
    if (closed || !channel.isConnected()) {
      return;
    }
    boolean taken = true;
    for (ByteBuffer head = out.peek(); head != null && taken; head = out.peek()) {
      int before = head.remaining();
      taken = wire.write(head);
      int count = before - head.remaining();
      if (count > 0) {
        backlog -= count;
        progress = System.nanoTime();
      }
      if (!head.hasRemaining()) {
        out.remove();
      }
    }
    if (taken && !finished && wire.write(NOTHING) && leaving) {
      finished = true;
      wire.finish();
      channel.shutdownOutput();
    }
    int interest = paused() && !leaving ? 0 : SelectionKey.OP_READ;
    // What made room may have been somebody's send; only ready() looks at frames that were held.
    boolean due = held && !leaving && !paused();
    interest |= wire.blocked() || due ? SelectionKey.OP_WRITE : 0;
    try {
      if (key.interestOps() != interest) {
        key.interestOps(interest);
        if (!loop.isCurrentThread()) {
          loop.wakeUp();
        }
      }
    } catch (CancelledKeyException e) {
      throw new IOException("the connection is closed", e);
    }
  }

  /** Ends the connection now. */
  synchronized void close(Throwable why) {
    if (closed) {
      return;
    }
    closed = true;
    try (channel) {
      key.cancel();
      if (channel.isConnected() && !leaving) {
        wire.finish();
      }
    } catch (IOException e) {
      LOG.log(System.Logger.Level.DEBUG, "while closing a connection", e);
    }
    out.clear();
    in = NOTHING;
    // A cancelled key keeps its socket until the loop has looked at it.
    loop.wakeUp();
    owner.closed(why);
  }
}
