package org.ccl4j.core;

import java.lang.reflect.Array;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.Deque;
import org.ccl4j.api.CclUsageException;
import org.ccl4j.api.DataType;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.spi.StatusCode;

/**
 * Copies between Java arrays and devices. Native copies need memory that the collector does not
 * move, so the elements go through direct buffers, piece by piece.
 */
final class HostArrays {
  private static final int PIECE_BYTES = 32 << 20;

  /** So many pieces may be on their way at once; with more, a large array would need its size. */
  private static final int PIECES_IN_FLIGHT = 4;

  private HostArrays() {}

  static void requireFit(String what, Object array, BufferImpl buffer) {
    if (!fits(array, buffer.type())) {
      throw new CclUsageException(
          ErrorCode.TYPE_MISMATCH,
          what
              + ": host is a "
              + array.getClass().getSimpleName()
              + " and "
              + buffer
              + " has elements of "
              + buffer.type()
              + "; allowed is "
              + javaArray(buffer.type())
              + ".");
    }
    int length = Array.getLength(array);
    if (length > buffer.count()) {
      throw new CclUsageException(
          ErrorCode.BUFFER_TOO_SMALL,
          what
              + ": host has "
              + length
              + " elements; allowed are at most the "
              + buffer.count()
              + " of "
              + buffer
              + ".");
    }
  }

  private static boolean fits(Object array, DataType type) {
    return array.getClass().getSimpleName().equals(javaArray(type));
  }

  private static String javaArray(DataType type) {
    return switch (type) {
      case INT8, UINT8, FLOAT8_E4M3, FLOAT8_E5M2 -> "byte[]";
      case FLOAT16, BFLOAT16 -> "short[]";
      case INT32, UINT32 -> "int[]";
      case INT64, UINT64 -> "long[]";
      case FLOAT32 -> "float[]";
      case FLOAT64 -> "double[]";
    };
  }

  static void toDevice(Object array, BufferImpl buffer, long address, StreamHandle stream) {
    toDevice(array, buffer, address, stream, PIECE_BYTES);
  }

  static void toDevice(
      Object array, BufferImpl buffer, long address, StreamHandle stream, int pieceBytes) {
    int length = Array.getLength(array);
    int elementBytes = buffer.type().byteSize();
    int piece = pieceBytes / elementBytes;
    boolean many = length > (long) piece * PIECES_IN_FLIGHT;
    if (many) {
      stream.library.requireNoGroup("copyFrom a large array, which waits for its first parts,");
    }
    Deque<Piece> inFlight = new ArrayDeque<>();
    try {
      for (int done = 0; done < length; done += Math.min(piece, length - done)) {
        int elements = Math.min(piece, length - done);
        ByteBuffer staging =
            inFlight.size() == PIECES_IN_FLIGHT
                ? inFlight.remove().awaitCopied()
                : staging(elements * elementBytes);
        staging.limit(elements * elementBytes);
        load(array, done, elements, staging);
        buffer.enqueueFrom("copyFrom", staging, address + (long) done * elementBytes, stream);
        if (many) {
          inFlight.add(new Piece(staging, mark(stream)));
        }
      }
    } finally {
      inFlight.forEach(each -> each.copied().close());
    }
  }

  /** Memory on its way to the device, and the event behind its copy. */
  private record Piece(ByteBuffer staging, EventHandle copied) {

    /** Gives the memory back for the next piece. */
    ByteBuffer awaitCopied() {
      try {
        Waits.forEvent(copied, copied.library.waitTimeoutNanos, "copyFrom");
        return staging;
      } finally {
        copied.close();
      }
    }
  }

  private static EventHandle mark(StreamHandle stream) {
    CclHandle library = stream.library;
    long event =
        library.requireValue(
            library.lockedResult(
                stream.ordinal, () -> library.devices.createEvent(stream.ordinal, false)),
            stream.ordinal,
            "copyFrom");
    EventHandle mark = new EventHandle(library, stream.ordinal, event, false);
    mark.recordedOn = stream;
    int status =
        library.locked(
            stream.ordinal,
            () -> library.devices.recordEvent(stream.ordinal, event, stream.handle));
    if (status != StatusCode.OK) {
      mark.close();
      library.requireOk(status, stream.ordinal, "copyFrom");
    }
    return mark;
  }

  static void toHost(Object array, BufferImpl buffer, long address, StreamHandle stream) {
    toHost(array, buffer, address, stream, PIECE_BYTES);
  }

  static void toHost(
      Object array, BufferImpl buffer, long address, StreamHandle stream, int pieceBytes) {
    int length = Array.getLength(array);
    int elementBytes = buffer.type().byteSize();
    int piece = Math.min(length, pieceBytes / elementBytes);
    ByteBuffer staging = staging(piece * elementBytes);
    long end = System.nanoTime() + stream.library.waitTimeoutNanos;
    for (int done = 0; done < length; done += Math.min(piece, length - done)) {
      int elements = Math.min(piece, length - done);
      staging.limit(elements * elementBytes);
      buffer.enqueueTo("copyTo", staging, address + (long) done * elementBytes, stream);
      Waits.forStream(stream, Math.max(1, end - System.nanoTime()), "copyTo");
      store(staging, array, done, elements);
    }
  }

  private static ByteBuffer staging(int bytes) {
    return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
  }

  private static void load(Object array, int start, int elements, ByteBuffer to) {
    if (array instanceof float[] a) {
      to.asFloatBuffer().put(a, start, elements);
    } else if (array instanceof double[] a) {
      to.asDoubleBuffer().put(a, start, elements);
    } else if (array instanceof int[] a) {
      to.asIntBuffer().put(a, start, elements);
    } else if (array instanceof long[] a) {
      to.asLongBuffer().put(a, start, elements);
    } else if (array instanceof short[] a) {
      to.asShortBuffer().put(a, start, elements);
    } else {
      to.duplicate().put((byte[]) array, start, elements);
    }
  }

  private static void store(ByteBuffer from, Object array, int start, int elements) {
    if (array instanceof float[] a) {
      from.asFloatBuffer().get(a, start, elements);
    } else if (array instanceof double[] a) {
      from.asDoubleBuffer().get(a, start, elements);
    } else if (array instanceof int[] a) {
      from.asIntBuffer().get(a, start, elements);
    } else if (array instanceof long[] a) {
      from.asLongBuffer().get(a, start, elements);
    } else if (array instanceof short[] a) {
      from.asShortBuffer().get(a, start, elements);
    } else {
      from.duplicate().get((byte[]) array, start, elements);
    }
  }
}
