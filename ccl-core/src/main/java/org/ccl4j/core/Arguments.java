package org.ccl4j.core;

import org.ccl4j.api.CclUsageException;
import org.ccl4j.api.CollectiveOptions;
import org.ccl4j.api.DataType;
import org.ccl4j.api.DeviceBuffer;
import org.ccl4j.api.ErrorCode;
import org.ccl4j.api.ErrorDetails;
import org.ccl4j.api.ReduceOp;
import org.ccl4j.api.Stream;
import org.ccl4j.api.Tuning;
import org.jspecify.annotations.Nullable;

/**
 * The checks of an operation's arguments, for one operation at a time. Each throws before anything
 * is launched, and says what is wrong, the value, what is allowed and what to do. Texts are built
 * only when a check fails.
 */
final class Arguments {
  /** The number of the sum in the SPI. */
  static final int SUM = 0;

  /** So many elements have fewer bytes than a long can count, whatever type and parts are. */
  private static final int COUNTABLE = 1 << 28;

  private final CommunicatorHandle communicator;
  private final CclHandle library;

  /** What is being checked; set by {@link #check}, by the thread that is inside the call. */
  private Operation operation = Operation.ALL_REDUCE;

  /** The tuning of a call that was asked about last, so that a program asks about its own once. */
  private Tuning knownTuning = Tuning.DEFAULT;

  Arguments(CommunicatorHandle communicator) {
    this.communicator = communicator;
    this.library = communicator.library;
  }

  static CclUsageException nullArgument(String name) {
    return new CclUsageException(
        ErrorCode.NULL_ARGUMENT, name + " is null; allowed is an object. Pass one.");
  }

  static <T> T notNull(String name, @Nullable T value) {
    if (value == null) {
      throw nullArgument(name);
    }
    return value;
  }

  CclUsageException wrong(ErrorCode code, String message) {
    ErrorDetails details = communicator.details(operation);
    return new CclUsageException(code, operation + ": " + message, details, null);
  }

  CclUsageException foreign(String name) {
    return wrong(
        ErrorCode.FOREIGN_OBJECT,
        name
            + " was made by another Ccl or another implementation; allowed is one made by the Ccl"
            + " that made the communicator. Make it there.");
  }

  // --- stream and options ---

  void start(Operation newest) {
    if (operation != newest) {
      operation = newest; // seldom: a reference costs more to write than to compare
    }
  }

  StreamHandle check(Operation newest, @Nullable Stream stream, @Nullable CollectiveOptions given) {
    start(newest);
    if (given == null) {
      throw wrong(
          ErrorCode.NULL_ARGUMENT, "options is null; pass CollectiveOptions.DEFAULT for none.");
    }
    StreamHandle handle = stream(stream);
    if (given.hasDeadline() && handle.capture != null) {
      throw wrong(
          ErrorCode.ILLEGAL_STATE,
          "options has a deadline of "
              + given.deadline().orElseThrow()
              + " while the stream is captured; a captured operation has no one time at which it"
              + " is issued. Leave the deadline out, or bound the wait after the launch.");
    }
    if (given.hasTuning()) {
      requireTunable(given.tuning());
    }
    return handle;
  }

  private void requireTunable(Tuning tuning) {
    boolean takesOne =
        switch (operation) {
          case ALL_TO_ALL -> library.nativeAllToAll;
          case GATHER -> library.nativeGather;
          case SCATTER -> library.nativeScatter;
          default -> operation.tunable != null;
        };
    if (!takesOne) {
      throw wrong(
          ErrorCode.UNSUPPORTED,
          "options has "
              + tuning
              + ", which this operation does not take; allowed is a tuning for allReduce,"
              + " broadcast, reduce, allGather, reduceScatter, allToAll, gather and scatter where"
              + " they are the library's own. Use options without one.");
    }
    if (!tuning.equals(knownTuning)) {
      Tunings.requireKnownForCalls(library, operation.text, tuning);
      knownTuning = tuning;
    }
  }

  private StreamHandle stream(@Nullable Stream stream) {
    if (stream == null) {
      throw wrong(ErrorCode.NULL_ARGUMENT, "stream is null; pass a stream of the device.");
    }
    if (!(stream instanceof StreamImpl own) || own.handleOf().library != library) {
      throw foreign("stream");
    }
    StreamHandle handle = own.handleOf();
    handle.requireEnqueueable(operation.text);
    if (handle.ordinal != communicator.ordinal) {
      throw wrong(
          ErrorCode.WRONG_DEVICE,
          "stream is on device "
              + handle.ordinal
              + "; allowed is one on device "
              + communicator.ordinal
              + ", the communicator's. Open it there.");
    }
    return handle;
  }

  // --- ranks and counts ---

  void rank(String name, int rank) {
    if (rank < 0 || rank >= communicator.size) {
      throw wrong(
          ErrorCode.OUT_OF_RANGE,
          name
              + " is "
              + rank
              + "; allowed is 0 to "
              + (communicator.size - 1)
              + " (the communicator has "
              + communicator.size
              + " ranks).");
    }
  }

  /** The elements of {@code parts} parts, refused unless their bytes can be counted. */
  long elements(long count, int parts, DataType type) {
    if (count < 0) {
      throw wrong(ErrorCode.OUT_OF_RANGE, "count is " + count + "; allowed is 0 or more elements.");
    }
    if (count > COUNTABLE && count > Long.MAX_VALUE / type.byteSize() / parts) {
      throw wrong(
          ErrorCode.OUT_OF_RANGE,
          "count is "
              + count
              + "; "
              + (parts == 1 ? "" : parts + " times ")
              + "as many elements of "
              + type
              + " are more bytes than a long can count. Pass the number of elements, not of"
              + " bits or an address.");
    }
    return count * parts;
  }

  // --- buffers ---

  BufferImpl buffer(String name, @Nullable DeviceBuffer buffer) {
    if (buffer == null) {
      throw wrong(ErrorCode.NULL_ARGUMENT, name + " is null; pass a buffer of the device.");
    }
    if (!(buffer instanceof BufferImpl own) || own.library() != library) {
      throw foreign(name);
    }
    if (own.memory().isClosed()) {
      throw wrong(
          ErrorCode.CLOSED, name + " is closed; allowed is an open buffer. Close it afterwards.");
    }
    if (own.ordinal() != communicator.ordinal) {
      throw wrong(
          ErrorCode.WRONG_DEVICE,
          name
              + " is on device "
              + own.ordinal()
              + "; allowed is one on device "
              + communicator.ordinal
              + ", the communicator's. Allocate it there.");
    }
    DataType type = own.type();
    if (!library.float8 && isFloat8(type)) {
      throw wrong(
          ErrorCode.UNSUPPORTED,
          name
              + " has elements of "
              + type
              + ", which the loaded library, "
              + library.loaded()
              + ", cannot send. Ask Ccl.backend().can(FLOAT8) before; view the buffer as UINT8 to"
              + " move its bytes.");
    }
    return own;
  }

  private static boolean isFloat8(DataType type) {
    return type == DataType.FLOAT8_E4M3 || type == DataType.FLOAT8_E5M2;
  }

  void sameType(BufferImpl send, BufferImpl recv) {
    if (send.type() != recv.type()) {
      throw wrong(
          ErrorCode.TYPE_MISMATCH,
          "send has elements of "
              + send.type()
              + " and recv of "
              + recv.type()
              + "; allowed is one type for both. View one of them with as(...), or convert.");
    }
  }

  void holds(String name, BufferImpl buffer, long elements) {
    if (buffer.count() < elements) {
      throw wrong(
          ErrorCode.BUFFER_TOO_SMALL,
          name
              + " holds "
              + buffer.count()
              + " elements; needed are "
              + elements
              + ". Pass a longer buffer or a smaller count.");
    }
  }

  /** Checks what the result in {@code recv} is combined with. */
  void bias(BufferImpl bias, BufferImpl recv, long elements) {
    if (bias.type() != recv.type()) {
      throw wrong(
          ErrorCode.TYPE_MISMATCH,
          "bias has elements of "
              + bias.type()
              + " and recv of "
              + recv.type()
              + "; allowed is one type for all buffers. View one of them with as(...), or convert.");
    }
    holds("bias", bias, elements);
    long bytes = elements * bias.type().byteSize();
    if (overlap(bias.address(), bytes, recv.address(), bytes)) {
      throw wrong(
          ErrorCode.ILLEGAL_OVERLAP,
          "bias and receive memory overlap: "
              + range(bias.address(), bytes)
              + " and "
              + range(recv.address(), bytes)
              + "; allowed is memory apart, for the bias is read while the result is written. Use a"
              + " buffer of its own for one of them.");
    }
  }

  /** Refuses a single rank, where some libraries leave the bias out of the result. */
  void several() {
    if (communicator.size == 1) {
      throw wrong(
          ErrorCode.UNSUPPORTED,
          "the communicator has 1 rank; allowed are 2 or more, for on a single rank some versions"
              + " of the library leave the bias out. Combine the two buffers in a kernel of your"
              + " own there.");
    }
  }

  /** Refuses memory that is shared in any way but by starting at the same place. */
  void sameStartOrApart(BufferImpl send, BufferImpl recv, long elements) {
    if (send.address() != recv.address()) {
      apart(send, 0, elements, recv, 0, elements, "or the same start for both");
    }
  }

  /**
   * Refuses a part that shares memory with the whole in any way but by being the whole's own part.
   */
  void ownPartOrApart(
      BufferImpl part, long partElements, BufferImpl whole, long ownOffset, long wholeElements) {
    long own = whole.address() + ownOffset * whole.type().byteSize();
    if (part.address() != own) {
      apart(
          part,
          0,
          partElements,
          whole,
          0,
          wholeElements,
          "or the shorter one at this rank's part of the longer one");
    }
  }

  void apart(
      BufferImpl a,
      long aOffset,
      long aElements,
      BufferImpl b,
      long bOffset,
      long bElements,
      String orElse) {
    long bytes = a.type().byteSize();
    long aStart = a.address() + aOffset * bytes;
    long bStart = b.address() + bOffset * bytes;
    if (overlap(aStart, aElements * bytes, bStart, bElements * bytes)) {
      throw wrong(
          ErrorCode.ILLEGAL_OVERLAP,
          "send and receive memory overlap: "
              + range(aStart, aElements * bytes)
              + " and "
              + range(bStart, bElements * bytes)
              + "; allowed is memory apart"
              + (orElse.isEmpty() ? ", there is no in-place form" : ", " + orElse)
              + ". Use a buffer of its own for the result.");
    }
  }

  static boolean overlap(long a, long aBytes, long b, long bBytes) {
    return aBytes > 0 && bBytes > 0 && a < b + bBytes && b < a + aBytes;
  }

  private static String range(long start, long bytes) {
    return "0x" + Long.toHexString(start) + " to 0x" + Long.toHexString(start + bytes - 1);
  }

  // --- parts of a buffer ---

  /** Checks counts and offsets of parts against the buffer they lie in. */
  void parts(
      String countsName,
      long @Nullable [] counts,
      String offsetsName,
      long @Nullable [] offsets,
      String bufferName,
      BufferImpl buffer) {
    counts(countsName, counts);
    lengthOf(offsetsName, offsets);
    long[] lengths = notNull(countsName, counts);
    long[] starts = notNull(offsetsName, offsets);
    for (int r = 0; r < lengths.length; r++) {
      long end = starts[r] + lengths[r];
      if (starts[r] < 0 || end < 0) {
        throw wrong(
            ErrorCode.OUT_OF_RANGE,
            offsetsName
                + "["
                + r
                + "] is "
                + starts[r]
                + " with a count of "
                + lengths[r]
                + "; allowed is an offset of 0 or more whose part ends where a long can count.");
      }
      if (lengths[r] > 0 && end > buffer.count()) {
        throw wrong(
            ErrorCode.BUFFER_TOO_SMALL,
            bufferName
                + " holds "
                + buffer.count()
                + " elements; the part of rank "
                + r
                + " goes from "
                + starts[r]
                + " to "
                + end
                + ". Pass a longer buffer, or correct "
                + countsName
                + " and "
                + offsetsName
                + ".");
      }
    }
  }

  /** Checks counts alone, for a rank that has no buffer for the parts. */
  void counts(String name, long @Nullable [] counts) {
    lengthOf(name, counts);
    long[] lengths = notNull(name, counts);
    long total = 0;
    for (int r = 0; r < lengths.length; r++) {
      if (lengths[r] < 0) {
        throw wrong(
            ErrorCode.OUT_OF_RANGE,
            name + "[" + r + "] is " + lengths[r] + "; allowed is 0 or more elements.");
      }
      total += lengths[r];
      if (total < 0) {
        throw wrong(
            ErrorCode.OUT_OF_RANGE,
            name + " add up to more elements than a long can count. Correct " + name + ".");
      }
    }
  }

  private void lengthOf(String name, long @Nullable [] perRank) {
    if (perRank == null) {
      throw wrong(
          ErrorCode.NULL_ARGUMENT, name + " is null; pass one entry for each of the ranks.");
    }
    if (perRank.length != communicator.size) {
      throw wrong(
          ErrorCode.INVALID_ARGUMENT,
          name
              + " has "
              + perRank.length
              + " entries; allowed is one for each of the "
              + communicator.size
              + " ranks.");
    }
  }

  /** Refuses parts that are written and share memory with each other. */
  void disjointParts(String name, long[] counts, long[] offsets) {
    if (rising(counts, offsets)) {
      return;
    }
    for (int a = 0; a < counts.length; a++) {
      for (int b = a + 1; b < counts.length; b++) {
        if (overlap(offsets[a], counts[a], offsets[b], counts[b])) {
          throw wrong(
              ErrorCode.ILLEGAL_OVERLAP,
              "the parts of ranks "
                  + a
                  + " and "
                  + b
                  + " in "
                  + name
                  + " overlap: elements "
                  + offsets[a]
                  + " to "
                  + (offsets[a] + counts[a] - 1)
                  + " and "
                  + offsets[b]
                  + " to "
                  + (offsets[b] + counts[b] - 1)
                  + "; allowed are parts apart from each other, for all of them are written.");
        }
      }
    }
  }

  /** Whether each part begins where the one before has ended, the usual case. */
  private static boolean rising(long[] counts, long[] offsets) {
    long end = 0;
    for (int r = 0; r < counts.length; r++) {
      if (counts[r] > 0) {
        if (offsets[r] < end) {
          return false;
        }
        end = offsets[r] + counts[r];
      }
    }
    return true;
  }

  /** Refuses one range of elements that shares memory with any of the parts of another buffer. */
  void apartFromParts(
      BufferImpl one,
      long oneOffset,
      long oneCount,
      BufferImpl other,
      long[] counts,
      long[] offsets,
      String orElse) {
    for (int r = 0; r < counts.length; r++) {
      apart(one, oneOffset, oneCount, other, offsets[r], counts[r], orElse);
    }
  }

  /** Whether two buffers share any memory at all: if not, their parts need no closer look. */
  static boolean shareMemory(BufferImpl a, BufferImpl b) {
    return overlap(a.address(), a.byteSize(), b.address(), b.byteSize());
  }

  // --- operators ---

  /** The number of an operator; {@link #custom} gives what must stay open with it. */
  int operator(@Nullable ReduceOp op, DataType type) {
    if (op == null) {
      throw wrong(ErrorCode.NULL_ARGUMENT, "op is null; pass ReduceOp.SUM or another operator.");
    }
    if (!library.float8Reduction && isFloat8(type)) {
      throw wrong(
          ErrorCode.UNSUPPORTED,
          "the elements are "
              + type
              + ", which the loaded library, "
              + library.loaded()
              + ", can send but not reduce on these devices. Ask"
              + " Ccl.backend().can(FLOAT8_REDUCTION) before; reduce them as FLOAT16 or BFLOAT16.");
    }
    if (op instanceof ReduceOp.Builtin builtin) {
      return switch (builtin) {
        case SUM -> SUM;
        case PROD -> 1;
        case MAX -> 2;
        case MIN -> 3;
        case AVG -> 4;
      };
    }
    if (!(op instanceof PreMulSumImpl own) || own.handle().communicator.library != library) {
      throw foreign("op");
    }
    OperatorHandle handle = own.handle();
    if (handle.communicator != communicator) {
      throw wrong(
          ErrorCode.INVALID_OPERATOR,
          "op is "
              + handle
              + "; allowed is one made on "
              + communicator.name()
              + ". Make it with this communicator's preMulSum.");
    }
    if (handle.isClosed()) {
      throw wrong(
          ErrorCode.CLOSED, "op is closed; allowed is an open operator. Close it afterwards.");
    }
    if (handle.type != type) {
      throw wrong(
          ErrorCode.INVALID_OPERATOR,
          "op was made for elements of "
              + handle.type
              + "; the buffers have elements of "
              + type
              + ". Make one for that type.");
    }
    MemoryHandle scalar = handle.scalar;
    if (scalar != null && scalar.isClosed()) {
      throw wrong(
          ErrorCode.CLOSED,
          "the buffer with the scalar of op is closed; allowed is to close it after the"
              + " operator.");
    }
    return handle.number;
  }

  static @Nullable OperatorHandle custom(ReduceOp op) {
    return op instanceof PreMulSumImpl own ? own.handle() : null;
  }

  // --- short forms ---

  /** The count of a short form that divides a buffer among the ranks. */
  long share(String name, BufferImpl buffer) {
    long count = buffer.count();
    if (count % communicator.size != 0) {
      throw wrong(
          ErrorCode.INVALID_ARGUMENT,
          name
              + " holds "
              + count
              + " elements; allowed is a whole multiple of the "
              + communicator.size
              + " ranks. Give the count, or slice the buffer.");
    }
    return count / communicator.size;
  }
}
