package org.ccl4j.fake;

import org.ccl4j.api.DataType;
import org.ccl4j.api.Tuning;
import org.jspecify.annotations.Nullable;

/**
 * What one rank called.
 *
 * @param kind the operation
 * @param send where this rank's elements are; null where it sends none
 * @param recv where its result goes; null where it gets none
 * @param bias what the result is combined with on this rank; null where there is none
 * @param count elements, as the operation counts them
 * @param type element type
 * @param op the operator; 0 where there is none
 * @param other root or peer; -1 where there is none
 * @param scalar the place of a created operator's scalar; null for the built-in ones
 * @param tuning a digest of what was asked of the library for this call, or {@link #UNTUNED}
 */
record Call(
    Kind kind,
    @Nullable Span send,
    @Nullable Span recv,
    @Nullable Span bias,
    long count,
    DataType type,
    int op,
    int other,
    @Nullable Span scalar,
    int tuning) {

  static final int UNTUNED = 0;

  private static final Kind[] KINDS = Kind.values();
  private static final DataType[] TYPES = DataType.values();

  long bytes() {
    return count * type.byteSize();
  }

  /** The bytes of the largest send side of any rank. */
  long contribution(int size) {
    return bytes() * kind.contributionParts(size);
  }

  /** Whether a rank sends anything. */
  boolean contributes(int rank) {
    return switch (kind) {
      case BROADCAST, SCATTER -> rank == other;
      case RECV -> false;
      default -> true;
    };
  }

  /** Whether a rank gets something that other ranks give. */
  boolean needsOthers(int rank) {
    return switch (kind) {
      case SEND -> false;
      case BROADCAST, SCATTER -> rank != other;
      case REDUCE, GATHER -> rank == other;
      default -> true;
    };
  }

  /** The same in every process, so that ranks that ask for different things are found out. */
  static int digest(Tuning tuning) {
    int hash = tuning.toString().hashCode();
    int folded = (hash ^ hash >>> 16) & 0xffff;
    return folded == UNTUNED ? 1 : folded;
  }

  /** Kind, type, operator, root or peer, and tuning in one word. */
  @SuppressWarnings("EnumOrdinal") // on one board all ranks run the same version of this class
  private long what() {
    return kind.ordinal()
        | (long) type.ordinal() << 8
        | (long) Math.min(op, Ops.FIRST_CREATED) << 16
        | (long) (other + 1) << 32 // no more ranks than MAX_DEVICES
        | (long) tuning << 48;
  }

  /** Writes the call into a slot; a small one need not say where its elements are. */
  void describe(Board board, int header, boolean small) {
    board.prepare(header + Layout.WHAT, what());
    board.prepare(header + Layout.COUNT, count);
    if (!small) {
      board.prepare(header + Layout.SEND, send == null ? 0 : send.sharedOffset());
      board.prepare(header + Layout.RECV, recv == null ? 0 : recv.sharedOffset());
    }
  }

  /** Whether the call in a slot belongs to this one. */
  boolean matches(Board board, int header) {
    long others = board.get(header + Layout.WHAT);
    return board.get(header + Layout.COUNT) == count
        && (kind.isPointToPoint() ? typeOf(others) == type : others == what());
  }

  private static DataType typeOf(long what) {
    return TYPES[(int) (what >>> 8) & 0xff];
  }

  /** The text of the call in a slot. */
  static String text(Board board, int header) {
    long what = board.get(header + Layout.WHAT);
    return text(
        KINDS[(int) what & 0xff],
        board.get(header + Layout.COUNT),
        typeOf(what),
        (int) (what >>> 16) & 0xffff,
        ((int) (what >>> 32) & 0xffff) - 1,
        (int) (what >>> 48));
  }

  private static String text(Kind kind, long count, DataType type, int op, int other, int tuning) {
    StringBuilder text =
        new StringBuilder(kind.displayName())
            .append("(count=")
            .append(count)
            .append(", type=")
            .append(type);
    if (kind.reduces()) {
      text.append(", op=").append(Ops.name(op));
    }
    if (other >= 0) {
      text.append(kind.isPointToPoint() ? ", peer=" : ", root=").append(other);
    }
    if (tuning != UNTUNED) {
      text.append(", tuning #").append(Integer.toHexString(tuning));
    }
    return text.append(')').toString();
  }

  @Override
  public String toString() {
    return text(kind, count, type, op, other, tuning);
  }
}
