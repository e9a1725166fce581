package org.ccl4j.bootstrap;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/** How bytes cross a non-blocking socket: as they are, or within TLS. Not safe for threads. */
interface Wire {

  /**
   * Reads what is there.
   *
   * @param into has room for {@link #room()} bytes or more
   * @return how many bytes, 0 when there are none now, -1 after the last one
   */
  int read(ByteBuffer into) throws IOException;

  /**
   * Takes as many bytes as it can; what it cannot take stays in the buffer.
   *
   * @return true when all bytes, and those of calls before, are on their way
   */
  boolean write(ByteBuffer from) throws IOException;

  /** Whether it waits for the socket to take more. */
  boolean blocked();

  /** Whether a read may give bytes though the socket has none. */
  boolean holdsInput();

  /** The least room that a read needs. */
  int room();

  /** Says good-bye as far as that is possible without waiting. */
  void finish() throws IOException;

  /** As they are. */
  final class Plain implements Wire {
    private final SocketChannel channel;
    private boolean blocked;

    Plain(SocketChannel channel) {
      this.channel = channel;
    }

    @Override
    public int read(ByteBuffer into) throws IOException {
      return channel.read(into);
    }

    @Override
    public boolean write(ByteBuffer from) throws IOException {
      channel.write(from);
      blocked = from.hasRemaining();
      return !blocked;
    }

    @Override
    public boolean blocked() {
      return blocked;
    }

    @Override
    public boolean holdsInput() {
      return false;
    }

    @Override
    public int room() {
      return 1;
    }

    @Override
    public void finish() {}
  }
}
