package org.ccl4j.jna;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The host buffers that streams still copy from or to. They are held until the stream has been seen
 * idle after the copy was enqueued, lest the garbage collector take the memory.
 */
final class HostPins {
  private volatile Of[] streams = {};

  /** Notes a buffer, after its copy was enqueued. */
  void keep(long stream, ByteBuffer buffer) {
    Of found = of(stream);
    (found == null ? add(stream) : found).add(buffer);
  }

  /** The buffers of a stream; null while it never had one. */
  @Nullable Of of(long stream) {
    for (Of known : streams) {
      if (known.stream == stream) {
        return known;
      }
    }
    return null;
  }

  private synchronized Of add(long stream) {
    Of found = of(stream);
    if (found != null) {
      return found;
    }
    Of[] old = streams;
    Of made = new Of(stream);
    Of[] more = Arrays.copyOf(old, old.length + 1);
    more[old.length] = made;
    streams = more;
    return made;
  }

  /** Forgets a stream that is gone and idle. */
  synchronized void forget(long stream) {
    streams = Arrays.stream(streams).filter(of -> of.stream != stream).toArray(Of[]::new);
  }

  /** Of one stream: a queue, of which the front part is let go at once. */
  static final class Of {
    private final long stream;
    private @Nullable ByteBuffer[] queue = new ByteBuffer[16];
    private long first;
    private long next;

    private Of(long stream) {
      this.stream = stream;
    }

    private synchronized void add(ByteBuffer buffer) {
      if (next - first == queue.length) {
        @Nullable ByteBuffer[] larger = new ByteBuffer[2 * queue.length];
        for (long i = first; i < next; i++) {
          larger[(int) (i & (larger.length - 1))] = queue[(int) (i & (queue.length - 1))];
        }
        queue = larger;
      }
      queue[(int) (next++ & (queue.length - 1))] = buffer;
    }

    /** What was noted up to now; taken before the stream is asked whether it is idle. */
    synchronized long mark() {
      return next;
    }

    synchronized void releaseUpTo(long mark) {
      while (first < mark) {
        queue[(int) (first++ & (queue.length - 1))] = null;
      }
    }
  }
}
